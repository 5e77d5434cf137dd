/**
 * @file SLHF over styles: the actions are adapters that differ in how much of each ready style they have, an action's text for a context is
 * what the product would show with that adapter, and p is the mean over the writer's contexts. The game on the styles tried so far has a
 * closed form (ALGORITHM.md §1); a pattern search (Hooke & Jeeves 1961) says which style to try next.
 */
import { createPool, solvePool } from '../game/pool.ts';
import { mostOfAStyle } from './styles.ts';

/** Shares of the ready styles, in their order; 0 is the adapter that training began with. */
export type Shares = readonly number[];

export interface StyleGameOptions {
  readonly tauLeader: number;
  readonly tauFollower: number;
}

export interface StyleGameSolution {
  /** The leader's most likely style: the one to commit to, whatever style is chosen against it. */
  readonly best: number;
  /** The follower's likeliest reply to it. */
  readonly reply: number;
  /** V of each style: what it earns against the follower's reply to it. */
  readonly value: Float64Array;
}

/** Reference probability of a style: a normal density of this deviation over the shares, so that a style must earn what it changes. */
const referenceDeviation = 1.5;

/** Log of the reference density, up to a constant. */
function logDensity(shares: Shares, around?: Shares): number {
  const squares = shares.reduce((sum, share, s) => sum + (share - (around?.[s] ?? 0)) ** 2, 0);
  return -squares / (2 * referenceDeviation ** 2);
}

/**
 * The follower's likeliest mixture against a leader that has committed itself: ω* ∝ ω_ref · exp(p / τ), where the reference lies around the
 * leader's own mixture.
 * @param payoff of each mixture: mean p(its reply ≻ the leader's draft)
 * @returns an index of `styles`
 */
export function bestReply(
  leader: Shares,
  styles: readonly Shares[],
  payoff: readonly number[],
  tauFollower: number,
): number {
  const score = styles.map((shares, i) => payoff[i]! + tauFollower * logDensity(shares, leader)); // one for each
  return score.indexOf(Math.max(...score));
}

/** @param preference [n][n]: mean p(text of style a ≻ text of style b) */
export function solveStyleGame(
  styles: readonly Shares[],
  preference: readonly (readonly number[])[],
  { tauLeader, tauFollower }: StyleGameOptions,
): StyleGameSolution {
  const density = styles.map((shares) => Math.exp(logDensity(shares)));
  const total = density.reduce((sum, x) => sum + x, 0);
  const reference = density.map((x) => x / total);
  const { leader, follower, value } = solvePool(
    createPool({
      preference,
      leaderReference: reference,
      followerReference: styles.map(() => reference),
      tauLeader,
      tauFollower,
    }),
  );
  const best = leader.indexOf(Math.max(...leader));
  const replies = follower.subarray(best * styles.length, (best + 1) * styles.length);
  return { best, reply: replies.indexOf(Math.max(...replies)), value };
}

/** Steps of a share, the wide one first: what a style does grows faster than its share, so that half a step might not be told from none. */
const stepSizes: readonly number[] = [1.5, 0.5];

/**
 * The neighbour of `best` to try next: one share moved by a step, those first that have moved already; with a finer step once all wide ones
 * are known. null when all are.
 * @param already what the adapter has of each style before training
 */
export function nextStyle(tried: readonly Shares[], best: Shares, already: Shares): Shares | null {
  const order = best.map((_, s) => s).sort((a, b) => Math.abs(best[b]!) - Math.abs(best[a]!)); // in range
  for (const size of stepSizes) {
    for (const s of order) {
      const outward = best[s]! < 0 ? -size : size; // further the way it went
      for (const move of [outward, -outward]) {
        const shares = best.map((share, i) => (i === s ? share + move : share));
        const inAll = already[s]! + shares[s]!; // one for each style
        if (Math.abs(inAll) <= mostOfAStyle && !isKnown(shares, tried)) return shares;
      }
    }
  }
  return null;
}

/** No more of a style in all than is known to be readable. */
export function isWritable(shares: Shares, already: Shares): boolean {
  return shares.every((share, s) => Math.abs(already[s]! + share) <= mostOfAStyle); // one for each style
}

export function isKnown(shares: Shares, tried: readonly Shares[]): boolean {
  return tried.some((other) => other.every((share, s) => Math.abs(share - shares[s]!) < 1e-3)); // one for each style
}
