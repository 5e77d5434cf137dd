/**
 * @file Which of several continuations is offered: the leader's part of the game on them (ALGORITHM.md §1). The language model's
 * confidence is the reference, the writer's preference model the payoff, every other continuation a possible reply.
 */
import { createPool, solvePool } from '../game/pool.ts';
import type { PreferenceModel } from './preferenceModel.ts';

/** Low: a preference of 60 % outweighs a confidence half as high again. */
const tauLeader = 0.25;
const tauFollower = 1;

/**
 * Sorts continuations, the one to offer first.
 *
 * @param lead the unfinished sentence that they go on with
 * @param candidates each with its confidence in (0, 1]
 */
export function rankContinuations<T extends { readonly text: string; readonly confidence: number }>(
  model: PreferenceModel,
  lead: string,
  candidates: readonly T[],
): T[] {
  if (candidates.length < 2) return [...candidates];
  const total = candidates.reduce((sum, { confidence }) => sum + confidence, 0);
  const { leader } = solvePool(
    createPool({
      preference: candidates.map((a) =>
        candidates.map((b) =>
          model.probability(lead, lead + a.text, lead + b.text, undefined, { continues: true }),
        ),
      ),
      leaderReference: candidates.map(({ confidence }) => confidence / total),
      tauLeader,
      tauFollower,
    }),
  );
  const share = new Map(candidates.map((candidate, k) => [candidate, leader[k] ?? 0]));
  return [...candidates].sort((a, b) => (share.get(b) ?? 0) - (share.get(a) ?? 0));
}
