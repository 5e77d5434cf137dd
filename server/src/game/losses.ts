/**
 * @file From rewards to one number per generated token, w_t = advantage − β · (log π_θ − log π_ref)_t (ALGORITHM.md §3). A policy's
 * `backward(sequence, w)` turns it into the gradient of −Σ w_t log π_θ(token_t). Pure, on typed arrays, nothing allocated.
 */
import { followerGradient, leaderGradient, toLogits } from './pool.ts';
import type { Pool, Role, Strategies, Vector } from './types.ts';

/**
 * How the KL to the reference is charged. `returnToGo`: a token pays for its own ratio and those after it, whose expected gradient is
 * exactly ∇KL of the whole text. `perToken`: it pays for its own alone, the paper's choice: less variance, no credit for later tokens.
 */
export type KlCharge = 'perToken' | 'returnToGo';

/** What a text earns: P = p(y ≻ y') for the leader, 1 − P for the follower. */
export function reward(role: Role, preference: number): number {
  return role === 'leader' ? preference : 1 - preference;
}

/** The leader's reward with the term of the exact game: P + β_F · KL_F, where `replyLogRatio` = Σ_t k1 of the follower's reply. */
export function leaderReward(preference: number, betaFollower: number, replyLogRatio: number): number {
  return preference + betaFollower * replyLogRatio;
}

/** Σ_t (log π_θ − log π_ref)_t: the one-sample KL of a whole text. */
export function sequenceLogRatio(logProbs: Vector, referenceLogProbs: Vector): number {
  let sum = 0;
  for (let t = 0; t < logProbs.length; t++) sum += logProbs[t]! - referenceLogProbs[t]!; // index is in range
  return sum;
}

/** w_t for one text, into `out` [T]. `logProbs` and `referenceLogProbs` are [T] and held constant. */
export function tokenWeights(
  advantage: number,
  beta: number,
  logProbs: Vector,
  referenceLogProbs: Vector,
  charge: KlCharge,
  out: Vector,
): void {
  let toGo = 0;
  for (let t = logProbs.length - 1; t >= 0; t--) {
    const k = logProbs[t]! - referenceLogProbs[t]!; // index is in range
    toGo += k;
    out[t] = advantage - beta * (charge === 'returnToGo' ? toGo : k);
  }
}

/**
 * w_t when the text was drawn under older parameters: r_t = exp(log π_θ − log π_old), and w_t = r_t · advantage inside PPO's clip,
 * 0 outside: the gradient of min(r A, clip(r, 1−ε, 1+ε) A). The KL is charged on the same ratio, unclipped, so that it keeps pulling back.
 * With logProbs = oldLogProbs it equals {@link tokenWeights}.
 */
export function clippedTokenWeights(
  advantage: number,
  beta: number,
  logProbs: Vector,
  oldLogProbs: Vector,
  referenceLogProbs: Vector,
  charge: KlCharge,
  clip: number,
  out: Vector,
): void {
  let toGo = 0;
  for (let t = logProbs.length - 1; t >= 0; t--) {
    const k = logProbs[t]! - referenceLogProbs[t]!; // index is in range
    toGo += k;
    const ratio = Math.exp(logProbs[t]! - oldLogProbs[t]!);
    const clipped = advantage >= 0 ? ratio > 1 + clip : ratio < 1 - clip;
    out[t] = ratio * ((clipped ? 0 : advantage) - beta * (charge === 'returnToGo' ? toGo : k));
  }
}

/**
 * Exact expectations over a pool instead of one sample: `strategies` are softmaxes over the candidates' sequence log-probs, and the
 * weights are the derivatives of f with respect to those log-probs, signed so that both players step along −Σ w log π:
 *   leader [K]:       w_k  = π_k (g_k − Σ π g),     g_k  = Σ_m ω_km p_km + τ_F KL_F(k) − τ_L log(π_k/π_ref,k)
 *   follower [K, M]:  w_km = ω_km (h_km − Σ ω h),   h_km = (1 − p_km) − τ_F log(ω_km/ω_ref,km)
 * Every token of candidate k gets w_k (of reply km, w_km). The follower's row is not weighted by π_k: each shown draft is answered as
 * if it had been drawn. This is also the step of tabular SGDA in logits, which is how it is checked against the closed form.
 */
export function poolWeights(
  pool: Pool,
  strategies: Strategies,
  leaderOut: Float64Array,
  followerOut: Float64Array,
): void {
  leaderGradient(pool, strategies, leaderOut);
  toLogits(leaderOut, strategies.leader, 0, pool.leaders);
  followerGradient(pool, strategies, followerOut);
  for (let k = 0; k < pool.leaders; k++)
    toLogits(followerOut, strategies.follower, k * pool.followers, pool.followers);
  for (let i = 0; i < followerOut.length; i++) followerOut[i] = -followerOut[i]!; // index is in range
}

/**
 * The same without KL and without the factor of the candidate's own probability: the advantages of candidates that were drawn from
 * their policies, so that each already counts by its frequency.
 *   leader [K]:      A_k  = Σ_m ω_km p_km − Σ_k π_k Σ_m ω_km p_km
 *   follower [K, M]: A_km = (1 − p_km) − Σ_m ω_km (1 − p_km)
 */
export function poolAdvantages(
  pool: Pool,
  { leader, follower }: Strategies,
  leaderOut: Vector,
  followerOut: Vector,
): void {
  const { leaders, followers, preference } = pool;
  let mean = 0;
  for (let k = 0; k < leaders; k++) {
    let expected = 0;
    for (let i = k * followers; i < (k + 1) * followers; i++) expected += follower[i]! * preference[i]!; // index is in range
    for (let i = k * followers; i < (k + 1) * followers; i++) followerOut[i] = expected - preference[i]!;
    leaderOut[k] = expected;
    mean += leader[k]! * expected;
  }
  for (let k = 0; k < leaders; k++) leaderOut[k]! -= mean;
}
