/** @file Baselines: what is taken from a reward before it weighs a log-prob. Pure functions into arrays of the caller. */
import type { Vector } from './types.ts';

/** r − b with the constant control variate b = ½, the reward of a text against itself (ALGORITHM.md §3). */
export function advantageHalf(rewards: Vector, out: Vector): void {
  for (let i = 0; i < rewards.length; i++) out[i] = rewards[i]! - 0.5; // index is in range
}

/**
 * Leave-one-out (RLOO): each reward minus the mean of the others of its group. `groupSize` consecutive rewards share a context.
 * Unbiased, because the baseline of a sample does not depend on it. Throws when a group has fewer than two samples.
 */
export function advantageLeaveOneOut(rewards: Vector, groupSize: number, out: Vector): void {
  if (!(groupSize >= 2) || rewards.length % groupSize !== 0) {
    throw new RangeError(
      `Leave-one-out needs whole groups of two or more, not ${rewards.length} by ${groupSize}.`,
    );
  }
  for (let start = 0; start < rewards.length; start += groupSize) {
    let sum = 0;
    for (let i = start; i < start + groupSize; i++) sum += rewards[i]!; // index is in range, here and below
    for (let i = start; i < start + groupSize; i++)
      out[i] = rewards[i]! - (sum - rewards[i]!) / (groupSize - 1);
  }
}

/** Divides each group by its standard deviation (+ε), so that a judge that spreads little still teaches; 0 stays 0. In place. */
export function normaliseGroups(advantages: Vector, groupSize: number, epsilon = 1e-4): void {
  for (let start = 0; start < advantages.length; start += groupSize) {
    let mean = 0;
    for (let i = start; i < start + groupSize; i++) mean += advantages[i]! / groupSize; // index is in range
    let variance = 0;
    for (let i = start; i < start + groupSize; i++) variance += (advantages[i]! - mean) ** 2 / groupSize;
    const scale = 1 / (Math.sqrt(variance) + epsilon);
    for (let i = start; i < start + groupSize; i++) advantages[i]! *= scale;
  }
}
