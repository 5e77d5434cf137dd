/** @file Kullback–Leibler divergence, its one-sample estimates, entropy and total variation. Natural logarithms throughout. */
import type { Vector } from './types.ts';

/** Probabilities below this are taken for it inside a logarithm, so that a projection onto a face has a finite gradient. */
const floor = 1e-300;

/** log max(p, floor). */
export function safeLog(p: number): number {
  return Math.log(p > floor ? p : floor);
}

/** KL(p ‖ exp(logQ)) of row `row` of two row-major matrices with `width` columns; 0·log 0 = 0. */
export function klToLog(p: Vector, logQ: Vector, row: number, width: number): number {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) {
    const pi = p[i]!; // index is in range
    if (pi > 0) sum += pi * (Math.log(pi) - logQ[i]!);
  }
  return sum;
}

/** KL(p ‖ q) of two distributions over the same set. Infinite where q lacks support that p has. */
export function kl(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const pi = p[i]!; // index is in range
    if (pi > 0) sum += pi * (Math.log(pi) - Math.log(q[i]!));
  }
  return sum;
}

/** H(p) = −Σ p log p, in nats. */
export function entropy(p: readonly number[] | Vector): number {
  let sum = 0;
  for (const pi of p) if (pi > 0) sum -= pi * Math.log(pi);
  return sum;
}

/** ½ Σ |p − q| over `width` entries of one row. */
export function totalVariation(
  p: ArrayLike<number>,
  q: ArrayLike<number>,
  row = 0,
  width = p.length,
): number {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) sum += Math.abs(p[i]! - q[i]!); // index is in range
  return sum / 2;
}

/** k1 = log π_θ − log π_ref: unbiased for KL(π_θ ‖ π_ref) under π_θ, and the coefficient whose score-function gradient is ∇KL. */
export function k1(logProb: number, logReference: number): number {
  return logProb - logReference;
}

/**
 * k3 = e^−k1 − 1 + k1: unbiased for the value of KL and never negative. For reports only: as a score-function coefficient it does
 * not estimate ∇KL (docs/algorithm.md has the measurement).
 */
export function k3(logProb: number, logReference: number): number {
  const difference = logReference - logProb;
  return Math.expm1(difference) - difference;
}
