/** @file When to train by itself. A pure decision over facts, so that each rule is a test; the server asks twice a minute. */

export interface ScheduleFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly mode: 'automatic' | 'manual' | 'off';
  /** Decisions on rewrites since the last learning. */
  readonly newDecisions: number;
  /** How many more there have to be. */
  readonly missingDecisions: number;
  /** Since the writer's last keystroke. */
  readonly idleMs: number;
  readonly onMains: boolean;
  readonly allowBattery: boolean;
  readonly generating: boolean;
  readonly running: boolean;
  /** End of the last run, or null; may lie in the future when the clock was set back. */
  readonly lastRunAt: number | null;
  readonly everyHours: number;
  /** The last start that failed; null after one that did not. */
  readonly failedStart: FailedStart | null;
}

export interface FailedStart {
  readonly at: number;
  /** How many there were then. */
  readonly newDecisions: number;
  /** It failed for want of decisions: without others it would fail again. */
  readonly wantsDecisions: boolean;
}

/** What failed is not tried again for so long, unless new decisions came. */
export const failedWaitMs = 3_600_000;
export const idleNeededMs = 5 * 60_000;

export type ScheduleAnswer =
  | { readonly start: true }
  | {
      readonly start: false;
      readonly because: 'off' | 'running' | 'decisions' | 'recent' | 'failed' | 'writing' | 'battery';
    };

/** Whether a run should start now, and if not, the first reason why not. */
export function shouldTrain(facts: ScheduleFacts): ScheduleAnswer {
  const no = (because: Extract<ScheduleAnswer, { start: false }>['because']): ScheduleAnswer => ({
    start: false,
    because,
  });
  if (facts.mode !== 'automatic') return no('off');
  if (facts.running) return no('running');
  if (facts.missingDecisions > 0) return no('decisions');
  if (restsUntil(facts) !== null) return no('recent');
  if (failedRecently(facts)) return no('failed');
  if (facts.generating || facts.idleMs < idleNeededMs) return no('writing');
  if (!facts.onMains && !facts.allowBattery) return no('battery');
  return { start: true };
}

/**
 * When it may begin by itself again, as far as the last run is concerned; null: now. A last run in the future means that the clock jumped back: it
 * does not block training for ever.
 */
export function restsUntil({
  lastRunAt,
  now,
  everyHours,
}: Pick<ScheduleFacts, 'lastRunAt' | 'now' | 'everyHours'>): number | null {
  if (lastRunAt === null || lastRunAt > now) return null;
  const until = lastRunAt + everyHours * 3_600_000;
  return until > now ? until : null;
}

function failedRecently({ failedStart, now, newDecisions }: ScheduleFacts): boolean {
  if (failedStart === null || newDecisions > failedStart.newDecisions) return false;
  // Fewer: a run came between, or some were deleted.
  if (failedStart.wantsDecisions) return newDecisions === failedStart.newDecisions;
  return failedStart.at <= now && now - failedStart.at < failedWaitMs;
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
