/** @file The projections of SGDA: onto the simplex (Euclidean), and back under a cap on the KL to the reference. */
import { klToLog } from './kl.ts';
import { softmaxInto } from './pool.ts';

/**
 * The nearest point of the probability simplex, in place, for `count` entries at `offset`: max(v − θ, 0) with the θ that makes the sum 1,
 * found by sorting, O(n log n) (Held, Wolfe, Crowder 1974). `scratch` has exactly `count` entries.
 */
export function projectSimplex(v: Float64Array, offset: number, count: number, scratch: Float64Array): void {
  for (let i = 0; i < count; i++) scratch[i] = v[offset + i]!; // index is in range
  scratch.sort();
  let sum = 0;
  let theta = 0;
  for (let taken = 1; taken <= count; taken++) {
    const value = scratch[count - taken]!; // from the largest down
    sum += value;
    const candidate = (sum - 1) / taken;
    if (value <= candidate) break;
    theta = candidate;
  }
  for (let i = offset; i < offset + count; i++) v[i] = Math.max(v[i]! - theta, 0);
}

/**
 * The largest scale in [0, 1] at which a policy that is pulled toward its reference has KL ≤ cap; `klAt(1)` is the policy as it is,
 * `klAt(0)` the reference, and KL grows with the scale. For an adapter the scale multiplies B, for a table the log ratio.
 */
export function scaleToKlCap(klAt: (scale: number) => number, cap: number, tolerance = 1e-6): number {
  if (!(cap >= 0)) throw new RangeError(`A cap on KL is not negative: ${cap}.`);
  if (klAt(1) <= cap) return 1;
  let fits = 0;
  let tooFar = 1;
  while (tooFar - fits > tolerance) {
    const middle = (fits + tooFar) / 2;
    if (klAt(middle) <= cap) fits = middle;
    else tooFar = middle;
  }
  return fits;
}

/** Pulls p toward exp(logReference) along π ∝ π_ref · (p/π_ref)^s until KL(p ‖ π_ref) ≤ cap; in place; returns s. */
export function projectKl(p: Float64Array, logReference: Float64Array, cap: number): number {
  const logRatio = p.map((pi, i) => Math.log(Math.max(pi, 1e-300)) - logReference[i]!); // same length
  const trial = new Float64Array(p.length);
  const at = (scale: number): Float64Array => {
    for (let i = 0; i < p.length; i++) trial[i] = logReference[i]! + scale * logRatio[i]!;
    softmaxInto(trial, trial, 0, trial.length);
    return trial;
  };
  const scale = scaleToKlCap((s) => klToLog(at(s), logReference, 0, p.length), cap);
  if (scale < 1) p.set(at(scale));
  return scale;
}
