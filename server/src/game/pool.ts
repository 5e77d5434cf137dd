/**
 * @file The game of one context on a finite pool: checked construction, value, exact gradients and the closed form (ALGORITHM.md §1).
 * Everything that the hot loops call writes into arrays of the caller and allocates nothing.
 */
import { klToLog, safeLog } from './kl.ts';
import { GameError } from './types.ts';
import type { Pool, Strategies } from './types.ts';

export interface PoolInput {
  /** [K][M]: p(y_k ≻ y'_km). */
  readonly preference: readonly ArrayLike<number>[];
  /** [K]: π_ref; uniform when left out. */
  readonly leaderReference?: ArrayLike<number>;
  /** [K][M]: ω_ref(·|y_k); uniform when left out. */
  readonly followerReference?: readonly ArrayLike<number>[];
  readonly tauLeader: number;
  readonly tauFollower: number;
}

const sumTolerance = 1e-9;

/** Copies and checks. Throws a {@link GameError} that names the entry it cannot take. */
export function createPool(input: PoolInput): Pool {
  const leaders = input.preference.length;
  const followers = input.preference[0]?.length ?? 0;
  if (leaders === 0) throw new GameError('preference', 'has no action of the leader');
  if (followers === 0) throw new GameError('preference[0]', 'has no reply of the follower');
  checkTemperature('tauLeader', input.tauLeader);
  checkTemperature('tauFollower', input.tauFollower);
  const preference = new Float64Array(leaders * followers);
  input.preference.forEach((row, k) => {
    if (row.length !== followers)
      throw new GameError(`preference[${k}]`, `has ${row.length} entries, not ${followers}`);
    for (let m = 0; m < followers; m++) {
      const p = row[m]!; // index is in range
      if (!(p >= 0 && p <= 1)) throw new GameError(`preference[${k},${m}]`, `is ${p}, not a probability`);
      preference[k * followers + m] = p;
    }
  });
  const leaderLogReference = new Float64Array(leaders).fill(-Math.log(leaders));
  if (input.leaderReference)
    logReference('leaderReference', input.leaderReference, leaderLogReference, 0, leaders);
  const followerLogReference = new Float64Array(leaders * followers).fill(-Math.log(followers));
  if (input.followerReference) {
    if (input.followerReference.length !== leaders) {
      throw new GameError('followerReference', `has ${input.followerReference.length} rows, not ${leaders}`);
    }
    input.followerReference.forEach((row, k) =>
      logReference(`followerReference[${k}]`, row, followerLogReference, k * followers, followers),
    );
  }
  const { tauLeader, tauFollower } = input;
  return { leaders, followers, preference, leaderLogReference, followerLogReference, tauLeader, tauFollower };
}

function checkTemperature(entry: string, tau: number): void {
  if (!(tau > 0 && Number.isFinite(tau))) throw new GameError(entry, `is ${tau}, not a positive number`);
}

function logReference(
  entry: string,
  p: ArrayLike<number>,
  out: Float64Array,
  offset: number,
  count: number,
): void {
  if (p.length !== count) throw new GameError(entry, `has ${p.length} entries, not ${count}`);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const pi = p[i]!; // index is in range
    if (!(pi > 0 && pi <= 1))
      throw new GameError(`${entry}[${i}]`, `is ${pi}: a reference needs full support`);
    sum += pi;
    out[offset + i] = Math.log(pi);
  }
  if (Math.abs(sum - 1) > sumTolerance) throw new GameError(entry, `sums to ${sum}, not 1`);
}

/** A pair of strategies at the references, where SGDA starts. */
export function referenceStrategies(pool: Pool): Strategies {
  return { leader: pool.leaderLogReference.map(Math.exp), follower: pool.followerLogReference.map(Math.exp) };
}

/** Softmax of `count` logits at `offset`, into `out` at the same place; works in place. */
export function softmaxInto(
  out: Float64Array,
  logits: ArrayLike<number>,
  offset: number,
  count: number,
): void {
  let max = -Infinity;
  for (let i = offset; i < offset + count; i++) if (logits[i]! > max) max = logits[i]!; // index is in range
  let sum = 0;
  for (let i = offset; i < offset + count; i++) sum += out[i] = Math.exp(logits[i]! - max);
  for (let i = offset; i < offset + count; i++) out[i]! /= sum;
}

/**
 * The unique solution (ALGORITHM.md §1):
 *   ω*(y'|y) ∝ ω_ref · exp(−p/τ_F),  V(y) = −τ_F · log Σ ω_ref · exp(−p/τ_F),  π*(y) ∝ π_ref · exp(V/τ_L).
 * On a pool of sampled candidates this is the target that distillation fits.
 */
export function solvePool(pool: Pool): Strategies & { readonly value: Float64Array } {
  const { leaders, followers, preference, tauLeader, tauFollower } = pool;
  const leader = new Float64Array(leaders);
  const follower = new Float64Array(leaders * followers);
  const value = new Float64Array(leaders);
  for (let k = 0; k < leaders; k++) {
    let max = -Infinity;
    for (let i = k * followers; i < (k + 1) * followers; i++) {
      follower[i] = pool.followerLogReference[i]! - preference[i]! / tauFollower; // index is in range, here and below
      max = Math.max(max, follower[i]!);
    }
    let sum = 0;
    for (let i = k * followers; i < (k + 1) * followers; i++) sum += Math.exp(follower[i]! - max);
    value[k] = -tauFollower * (max + Math.log(sum));
    softmaxInto(follower, follower, k * followers, followers);
    leader[k] = pool.leaderLogReference[k]! + value[k]! / tauLeader;
  }
  softmaxInto(leader, leader, 0, leaders);
  return { leader, follower, value };
}

/** What the leader's text k earns against ω(·|y_k): Σ ω p + τ_F · KL(ω ‖ ω_ref). Equals V(y_k) where ω is the best reply. */
export function payoff(pool: Pool, follower: Float64Array, k: number): number {
  const { followers, preference } = pool;
  let sum = 0;
  for (let i = k * followers; i < (k + 1) * followers; i++) sum += follower[i]! * preference[i]!; // index is in range
  return sum + pool.tauFollower * klToLog(follower, pool.followerLogReference, k, followers);
}

/** f(π, ω) of one context. */
export function poolValue(pool: Pool, { leader, follower }: Strategies): number {
  let sum = -pool.tauLeader * klToLog(leader, pool.leaderLogReference, 0, pool.leaders);
  for (let k = 0; k < pool.leaders; k++) sum += leader[k]! * payoff(pool, follower, k); // index is in range
  return sum;
}

/** ∇_π f: payoff(k) − τ_L (log π − log π_ref + 1), into `out` [K]. Contains τ_F·KL_F through the payoff. */
export function leaderGradient(pool: Pool, { leader, follower }: Strategies, out: Float64Array): void {
  for (let k = 0; k < pool.leaders; k++) {
    const logRatio = safeLog(leader[k]!) - pool.leaderLogReference[k]!; // index is in range
    out[k] = payoff(pool, follower, k) - pool.tauLeader * (logRatio + 1);
  }
}

/** ∇_ω(·|y_k) f / π(y_k): p + τ_F (log ω − log ω_ref + 1), into `out` [K, M]. Times π(y_k) it is the gradient of f. */
export function followerGradient(pool: Pool, { follower }: Strategies, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const logRatio = safeLog(follower[i]!) - pool.followerLogReference[i]!; // index is in range
    out[i] = pool.preference[i]! + pool.tauFollower * (logRatio + 1);
  }
}

/**
 * From the gradient with respect to probabilities to the gradient with respect to logits, in place:
 * ∂f/∂θ_i = p_i (g_i − Σ_j p_j g_j), for `count` entries at `offset`.
 */
export function toLogits(gradient: Float64Array, p: Float64Array, offset: number, count: number): void {
  let mean = 0;
  for (let i = offset; i < offset + count; i++) mean += p[i]! * gradient[i]!; // index is in range
  for (let i = offset; i < offset + count; i++) gradient[i] = p[i]! * (gradient[i]! - mean);
}
