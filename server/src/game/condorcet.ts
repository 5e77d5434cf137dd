/** @file Three writers whose tastes form a cycle (ALGORITHM.md §2): the game that shows why SLHF is not a ranking. Known answers. */
import { createMatrixGame } from './matrixGame.ts';
import type { MatrixGame } from './matrixGame.ts';
import { GameError } from './types.ts';

/** Who ranks the texts A, B, C how: A≻B≻C, B≻C≻A, C≻A≻B. */
const rankings = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
] as const;

/** p(a ≻ b) = the share of writers who rank a above b; shares are positive or zero and sum to 1. */
export function condorcetPreference(shares: ArrayLike<number>): number[][] {
  if (shares.length !== 3) throw new GameError('shares', `has ${shares.length} entries, not 3`);
  let sum = 0;
  for (let i = 0; i < 3; i++) {
    const share = shares[i]!; // index is in range
    if (!(share >= 0 && share <= 1)) throw new GameError(`shares[${i}]`, `is ${share}, not a share`);
    sum += share;
  }
  if (Math.abs(sum - 1) > 1e-9) throw new GameError('shares', `sums to ${sum}, not 1`);
  return [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => {
      if (a === b) return 0.5;
      // Mirror entries are complements by construction, so that rounding cannot break antisymmetry.
      if (a > b) return 1 - above(shares, b, a);
      return above(shares, a, b);
    }),
  );
}

function above(shares: ArrayLike<number>, a: number, b: number): number {
  return rankings.reduce((sum, ranking, writer) => {
    const order: readonly number[] = ranking;
    return order.indexOf(a) < order.indexOf(b) ? sum + shares[writer]! : sum; // three writers, three shares
  }, 0);
}

export interface CondorcetOptions {
  readonly shares: ArrayLike<number>;
  readonly tauLeader: number;
  readonly tauFollower: number;
}

/** The game with uniform references. */
export function condorcetGame({ shares, tauLeader, tauFollower }: CondorcetOptions): MatrixGame {
  return createMatrixGame({
    contexts: [{ preference: condorcetPreference(shares) }],
    tauLeader,
    tauFollower,
  });
}

/** Nash's answer without regularisation, when every share is below ½: (1−2α₃, 1−2α₁, 1−2α₂). */
export function nashMixture(shares: ArrayLike<number>): [number, number, number] {
  return [1 - 2 * shares[2]!, 1 - 2 * shares[0]!, 1 - 2 * shares[1]!]; // three shares
}

/**
 * The chance that a writer meets their favourite within N answers, N = 1 … `rounds`: the leader's draft, then the follower's reply to
 * the latest text each round. Writers come with `shares`; `leader` [3], `follower` [3, 3].
 */
export function favouriteWithinRounds(
  shares: ArrayLike<number>,
  leader: Float64Array,
  follower: Float64Array,
  rounds: number,
): number[] {
  const met = new Array<number>(rounds).fill(0);
  for (let writer = 0; writer < 3; writer++) {
    const favourite = rankings[writer]![0]; // three writers
    // The chance of showing text a now, and of not having shown the favourite before.
    let waiting: number[] = [...leader];
    let found = 0;
    for (let n = 0; n < rounds; n++) {
      found += waiting[favourite]!;
      waiting[favourite] = 0;
      met[n]! += shares[writer]! * found;
      waiting = [0, 1, 2].map((b) =>
        waiting.reduce((sum, chance, a) => sum + chance * follower[a * 3 + b]!, 0),
      );
    }
  }
  return met;
}
