/** @file How far a policy has moved from the reference, by what it wrote. */
import type { CandidateSet } from './candidates.ts';
import type { AnswerGroup } from './loraPolicy.ts';

export const groupOf = ({ prompt, answers }: CandidateSet): AnswerGroup => ({ prompt, answers });

/**
 * Mean over tokens of log π − log π_ref of what was drawn, nats; at least 0.
 * @param reference log π_ref of each token of each answer of each set
 */
export function divergence(
  sets: readonly CandidateSet[],
  reference: readonly (readonly Float32Array[])[],
): number {
  let sum = 0;
  let tokens = 0;
  sets.forEach((set, s) => {
    // Drawn without replacement, the likelier count more: weighed by their own probability.
    const weight = softmax(set.drawn);
    set.answers.forEach((answer, k) => {
      sum += weight[k]! * (set.drawn[k]! - reference[s]![k]!.reduce((total, x) => total + x, 0)); // one for each answer
      tokens += weight[k]! * answer.length;
    });
  });
  return Math.max(0, sum / Math.max(1, tokens));
}

function softmax(values: Float64Array): Float64Array {
  const largest = Math.max(...values);
  const p = values.map((x) => Math.exp(x - largest));
  const total = p.reduce((sum, x) => sum + x, 0);
  return p.map((x) => x / total);
}
