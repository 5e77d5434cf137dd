/** @file When to train by itself. A pure decision over facts, so that each rule is a test; the server asks every minute. */

export interface ScheduleFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly mode: 'automatic' | 'manual' | 'off';
  readonly newDecisions: number;
  readonly minDecisions: number;
  /** Since the writer's last keystroke. */
  readonly idleMs: number;
  readonly onMains: boolean;
  readonly allowBattery: boolean;
  readonly generating: boolean;
  readonly running: boolean;
  /** End of the last run, or null; may lie in the future when the clock was set back. */
  readonly lastRunAt: number | null;
  readonly everyHours: number;
}

export const idleNeededMs = 5 * 60_000;

export type ScheduleAnswer =
  | { readonly start: true }
  | {
      readonly start: false;
      readonly because: 'off' | 'running' | 'decisions' | 'recent' | 'writing' | 'battery';
    };

/** Whether a run should start now, and if not, the first reason why not. */
export function shouldTrain(facts: ScheduleFacts): ScheduleAnswer {
  const no = (because: Extract<ScheduleAnswer, { start: false }>['because']): ScheduleAnswer => ({
    start: false,
    because,
  });
  if (facts.mode !== 'automatic') return no('off');
  if (facts.running) return no('running');
  if (facts.newDecisions < facts.minDecisions) return no('decisions');
  if (ranRecently(facts)) return no('recent');
  if (facts.generating || facts.idleMs < idleNeededMs) return no('writing');
  if (!facts.onMains && !facts.allowBattery) return no('battery');
  return { start: true };
}

/** A last run in the future means that the clock jumped back: it does not block training for ever. */
function ranRecently({ lastRunAt, now, everyHours }: ScheduleFacts): boolean {
  if (lastRunAt === null || lastRunAt > now) return false;
  return now - lastRunAt < everyHours * 3_600_000;
}

/** Why a run that is under way has to pause, or null when it may go on. */
export function shouldPause(
  facts: Pick<ScheduleFacts, 'onMains' | 'allowBattery' | 'generating'> & {
    readonly pausedByWriter: boolean;
  },
): 'user' | 'writing' | 'battery' | null {
  if (facts.pausedByWriter) return 'user';
  if (facts.generating) return 'writing';
  if (!facts.onMains && !facts.allowBattery) return 'battery';
  return null;
}
