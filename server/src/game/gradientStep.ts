/** @file One step of gradient descent or ascent, and what κ means: a ratio of rates, or a weight in the loss; never both. */

/**
 * κ, how much faster the follower learns than the leader. `rateRatio`: its learning rate is κ times the leader's (separate parameters).
 * `lossWeight`: one rate, and its loss is multiplied by κ (shared parameters). For plain gradient steps on separate parameters they
 * coincide; with clipping, adaptive optimisers or shared parameters they do not.
 */
export interface Kappa {
  readonly as: 'rateRatio' | 'lossWeight';
  readonly value: number;
}

/** What each player's step uses, after κ has been put where it belongs. */
export interface PlayerRates {
  readonly leaderRate: number;
  readonly followerRate: number;
  readonly followerLossWeight: number;
}

/** Throws a RangeError unless the rate and κ are positive. */
export function playerRates(leaderRate: number, kappa: Kappa): PlayerRates {
  if (!(leaderRate > 0) || !(kappa.value > 0)) {
    throw new RangeError(`A rate and κ are positive: ${leaderRate}, ${kappa.value}.`);
  }
  return kappa.as === 'rateRatio'
    ? { leaderRate, followerRate: leaderRate * kappa.value, followerLossWeight: 1 }
    : { leaderRate, followerRate: leaderRate, followerLossWeight: kappa.value };
}

/** θ ± rate · gradient, in place: the leader ascends f, the follower descends it. */
export function gradientStep(
  theta: Float64Array,
  gradient: Float64Array,
  rate: number,
  direction: 'ascent' | 'descent',
): void {
  const signed = direction === 'ascent' ? rate : -rate;
  for (let i = 0; i < theta.length; i++) theta[i]! += signed * gradient[i]!; // same length
}

/** Scales the gradient, in place, so that its Euclidean norm is at most `max`; returns the norm it had. */
export function clipNorm(gradient: Float32Array | Float64Array, max: number): number {
  let squares = 0;
  for (const g of gradient) squares += g * g;
  const norm = Math.sqrt(squares);
  if (norm > max) for (let i = 0; i < gradient.length; i++) gradient[i]! *= max / norm;
  return norm;
}
