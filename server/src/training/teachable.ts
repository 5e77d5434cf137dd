/** @file From the weights of a pool's answers to what a step goes backward through: the answers worth their time, a weight for each token. */
import type { CandidateSet, ContextPool } from './candidates.ts';
import type { AnswerGroup } from './loraPolicy.ts';
import { negligibleShare, type SetWeights } from './methods.ts';

export interface Taught {
  readonly group: AnswerGroup;
  /** For each answer of the group, for each of its tokens. */
  readonly tokens: readonly Float32Array[];
}

type Weight = number | Float32Array;

/**
 * The answers with weights worth their time, and a weight for each token.
 * @param weights for the leader's set, then the followers'
 * @param contexts of the step: the loss is their mean
 */
export function teachable(
  { leader, followers }: ContextPool,
  [ofLeader, ...ofFollowers]: SetWeights,
  contexts: number,
): Taught[] {
  return [
    ...ofRole([leader], [ofLeader ?? []], contexts),
    ...ofRole(followers, ofFollowers, contexts), // cut for itself: the louder role would push the other under the cut
  ];
}

function ofRole(sets: readonly CandidateSet[], weights: SetWeights, contexts: number): Taught[] {
  const least = leastWeight(weights.flat().map(magnitude));
  return sets.flatMap((set, s): Taught[] => {
    const chosen = set.answers.map((_, k) => k).filter((k) => magnitude(weights[s]![k]!) > least); // one for each answer
    if (chosen.length === 0) return [];
    // By one number for all answers of a set: each by its own length would make short ones likelier than their weights say.
    const scale = 1 / (meanLength(set.answers) * contexts);
    const answers = chosen.map((k) => set.answers[k]!);
    const tokens = chosen.map((k, i) => scaled(weights[s]![k]!, answers[i]!.length, scale)); // one for each
    return [{ group: { prompt: set.prompt, answers }, tokens }];
  });
}

function scaled(weight: Weight, length: number, scale: number): Float32Array {
  return typeof weight === 'number'
    ? new Float32Array(length).fill(weight * scale)
    : weight.map((w) => w * scale);
}

function meanLength(answers: CandidateSet['answers']): number {
  return Math.max(1, answers.reduce((sum, { length }) => sum + length, 0) / answers.length);
}

/** The smallest weights are left out, together {@link negligibleShare} of all: they cost as much time as the others and teach nothing. */
function leastWeight(magnitudes: readonly number[]): number {
  const rising = [...magnitudes].sort((a, b) => a - b);
  let left = negligibleShare * rising.reduce((sum, size) => sum + size, 0);
  let least = 0;
  for (const size of rising) {
    left -= size;
    if (left < 0) break;
    least = size;
  }
  return least;
}

function magnitude(weight: Weight): number {
  return typeof weight === 'number'
    ? Math.abs(weight)
    : weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
}
