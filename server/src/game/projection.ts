/** @file The projection of SGDA onto the simplex (Euclidean). */

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
