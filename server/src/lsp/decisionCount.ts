/** @file How many decisions there are to learn from: one count for the schedule, the dashboard, and the error that says what is missing. */
import type { RunRow } from '../../protocol/messages.ts';
import { neededDecisions } from '../preferences/fitPreferenceModel.ts';
import type { Comparison, PreferenceStore } from '../storage/preferenceStore.ts';
import { DraftError } from '../util/errors.ts';

/** Decisions on rewrites that say which text is better; those on ghost text teach too, but no run begins for them. */
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
  const needed = Math.max(2 * neededDecisions, minDecisions);
  const all = decisionsOnRewrites(store.comparisons());
  const fresh = newDecisions(store, runs, now);
  return { all, fresh, needed, missing: Math.max(0, minDecisions - fresh, needed - all) };
}

export function newDecisions(store: PreferenceStore, runs: readonly RunRow[], now: number): number {
  return decisionsOnRewrites(store.comparisons(learnedUntil(runs, now)));
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

function decisionsOnRewrites(comparisons: readonly Comparison[]): number {
  const ids = comparisons.flatMap(({ decisionId, continues }) => (continues ? [] : [decisionId]));
  return new Set(ids).size;
}
