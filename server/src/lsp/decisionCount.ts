/** @file How many decisions there are to learn from: one count for the schedule, the dashboard, and the error that says what is missing. */
import type { DecisionId } from '../../protocol/common.ts';
import type { RunRow } from '../../protocol/learning.ts';
import { teaches } from '../preferences/comparisonRows.ts';
import { neededDecisions } from '../preferences/fitPreferenceModel.ts';
import type { Comparison, PreferenceStore } from '../storage/preferenceStore.ts';
import { DraftError } from '../util/errors.ts';

/**
 * Decisions on rewrites that teach which text is better, as the trainer counts them: what a guard objects to says nothing about taste. Those
 * on ghost text teach too, but no run begins for them.
 */
export interface DecisionCount {
  readonly all: number;
  /** Since the last learning. */
  readonly fresh: number;
  /** How many there have to be before anything can be learned. */
  readonly needed: number;
  /** How many more have to come before learning begins by itself. */
  readonly missing: number;
}

export function countDecisions(
  store: PreferenceStore,
  runs: readonly RunRow[],
  now: number,
  minDecisions: number,
): DecisionCount {
  return counted(timesOfRewrites(store.comparisons()), learnedUntil(runs, now), minDecisions);
}

/**
 * {@link countDecisions} for who asks again and again: reads the decisions only where they may have changed since it was asked last, and looks
 * at each once, which takes about a millisecond.
 */
export class DecisionCounter {
  readonly #teaching = new Map<DecisionId, boolean>();
  #read:
    | {
        readonly store: PreferenceStore;
        readonly revision: string;
        readonly times: ReadonlyMap<DecisionId, number>;
      }
    | undefined;

  count(store: PreferenceStore, runs: readonly RunRow[], now: number, minDecisions: number): DecisionCount {
    const revision = store.revision(); // before they are read: what changes meanwhile is read the next time
    if (this.#read?.store !== store || this.#read.revision !== revision)
      this.#read = { store, revision, times: timesOfRewrites(store.comparisons(), this.#teaching) };
    return counted(this.#read.times, learnedUntil(runs, now), minDecisions);
  }
}

/** @throws DraftError `notEnoughDecisions` */
export function requireEnough({ all, needed }: DecisionCount): void {
  if (all >= needed) return;
  throw new DraftError('notEnoughDecisions', `Learning starts at ${needed} decisions; you have ${all}.`, {
    facts: { needed, has: all },
  });
}

/**
 * When the decisions that the last finished run learned from ended, ms; 0 before the first. A run that is dated in the future was begun
 * while the clock was wrong, and is not counted.
 */
export function learnedUntil(runs: readonly RunRow[], now: number): number {
  return runs.reduce(
    (latest, { startedAt, verdict }) =>
      startedAt <= now && (verdict?.kind === 'promoted' || verdict?.kind === 'keptAside')
        ? Math.max(latest, startedAt)
        : latest,
    0,
  );
}

/**
 * When each decision on a rewrite that teaches something was made.
 * @param known what was found of a decision before; what is found now is added
 */
function timesOfRewrites(
  comparisons: readonly Comparison[],
  known = new Map<DecisionId, boolean>(),
): ReadonlyMap<DecisionId, number> {
  const rewrites = comparisons.filter(({ continues }) => !continues);
  for (const [id, ofDecision] of Map.groupBy(rewrites, ({ decisionId }) => decisionId))
    if (!known.has(id)) known.set(id, ofDecision.some(teaches));
  return new Map(
    rewrites.flatMap(({ decisionId, time }) => (known.get(decisionId) === true ? [[decisionId, time]] : [])),
  );
}

function counted(times: ReadonlyMap<DecisionId, number>, since: number, minDecisions: number): DecisionCount {
  const needed = Math.max(2 * neededDecisions, minDecisions);
  const all = times.size;
  const fresh = [...times.values()].filter((time) => time > since).length;
  return { all, fresh, needed, missing: Math.max(0, minDecisions - fresh, needed - all) };
}
