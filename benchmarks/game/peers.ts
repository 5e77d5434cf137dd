/** @file The peers of SLHF on the same finite games, one context, exact expectations: RLHF, Nash-MD, EGPO, online IPO. */
import { softmaxInto } from '../../server/src/game/pool.ts';
import type { Pool } from '../../server/src/game/types.ts';

/** P(a ≻ π) for every action a, into `out`. */
function winsAgainst(pool: Pool, policy: Float64Array, out: Float64Array): void {
  for (let a = 0; a < pool.leaders; a++) {
    out[a] = 0;
    for (let b = 0; b < pool.leaders; b++) out[a]! += pool.preference[a * pool.leaders + b]! * policy[b]!; // index is in range
  }
}

/** Advances a policy in place by one iteration. */
export type PeerStep = (policy: Float64Array) => void;

/** log π ← (1 − ητ) log π + ητ log π_ref + η · wins: the regularised mirror step that Nash-MD and EGPO share. */
function mirrorStep(
  pool: Pool,
  rate: number,
  from: Float64Array,
  wins: Float64Array,
  out: Float64Array,
): void {
  const keep = 1 - rate * pool.tauLeader;
  for (let a = 0; a < out.length; a++) {
    out[a] = keep * Math.log(from[a]!) + (1 - keep) * pool.leaderLogReference[a]! + rate * wins[a]!; // index is in range
  }
  softmaxInto(out, out, 0, out.length);
}

/**
 * Nash-MD (Munos et al. 2023): the opponent is the geometric mixture of π and π_ref. At a constant rate it settles beside the Nash policy;
 * 'decaying' is the schedule of the paper's theorem, η_t = 2 / (τ (t + 2)).
 */
export function nashMd(pool: Pool, schedule: number | 'decaying'): PeerStep {
  const [wins, none, mixture] = [0, 1, 2].map(() => new Float64Array(pool.leaders)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let t = 0;
  return (policy) => {
    const rate = schedule === 'decaying' ? 2 / (pool.tauLeader * (t++ + 2)) : schedule;
    mirrorStep(pool, rate, policy, none, mixture);
    winsAgainst(pool, mixture, wins);
    mirrorStep(pool, rate, policy, wins, policy);
  };
}

/** EGPO (extragradient, the update that Nash mirror-prox takes too): a look ahead, then the step against what was seen there. */
export function egpo(pool: Pool, rate: number): PeerStep {
  const wins = new Float64Array(pool.leaders);
  const ahead = new Float64Array(pool.leaders);
  return (policy) => {
    winsAgainst(pool, policy, wins);
    mirrorStep(pool, rate, policy, wins, ahead);
    winsAgainst(pool, ahead, wins);
    mirrorStep(pool, rate, policy, wins, policy);
  };
}

/** Online IPO: gradient descent on logits of E_{y,y'~π} (h(y,y') − (p(y≻y') − ½)/τ)², the sampling held constant. */
export function onlineIpo(pool: Pool, rate: number): PeerStep {
  const n = pool.leaders;
  const wins = new Float64Array(n);
  const logits = new Float64Array(n);
  return (policy) => {
    winsAgainst(pool, policy, wins);
    let mean = 0;
    for (let a = 0; a < n; a++) mean += policy[a]! * (Math.log(policy[a]!) - pool.leaderLogReference[a]!); // index is in range
    for (let a = 0; a < n; a++) {
      const h = Math.log(policy[a]!) - pool.leaderLogReference[a]! - mean;
      logits[a] = Math.log(policy[a]!) - rate * 2 * policy[a]! * (h - (wins[a]! - 0.5) / pool.tauLeader);
    }
    softmaxInto(policy, logits, 0, n);
  };
}

/** The regularised Nash policy: EGPO at a small rate, run until it no longer moves. */
export function regularisedNash(pool: Pool): Float64Array {
  const policy = pool.leaderLogReference.map(Math.exp);
  const step = egpo(pool, Math.min(0.25, 0.5 / pool.tauLeader));
  const before = policy.slice();
  for (let t = 0; t < 2_000_000; t++) {
    before.set(policy);
    step(policy);
    if (policy.every((p, a) => Math.abs(p - before[a]!) < 1e-16)) break;
  }
  return policy;
}

/** Bradley–Terry rewards of maximum likelihood when the pair (a, b) is shown with weight `pairs[a * n + b]`; mean zero. */
function bradleyTerry(pool: Pool, pairs: Float64Array): Float64Array {
  const n = pool.leaders;
  const rewards = new Float64Array(n);
  const gradient = new Float64Array(n);
  const total = pairs.reduce((sum, weight) => sum + weight, 0);
  for (let t = 0; t < 200_000; t++) {
    gradient.fill(0);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const g =
          (pairs[a * n + b]! / total) *
          (pool.preference[a * n + b]! - 1 / (1 + Math.exp(rewards[b]! - rewards[a]!)));
        gradient[a]! += g;
        gradient[b]! -= g;
      }
    }
    for (let a = 0; a < n; a++) rewards[a]! += 2 * gradient[a]!;
    if (gradient.every((g) => Math.abs(g) < 1e-13)) break;
  }
  return rewards;
}

/** RLHF: π ∝ π_ref · exp(reward / τ). */
export function rlhf(pool: Pool, pairs: Float64Array): Float64Array {
  const policy = bradleyTerry(pool, pairs).map((r, a) => pool.leaderLogReference[a]! + r / pool.tauLeader); // same length
  softmaxInto(policy, policy, 0, policy.length);
  return policy;
}
