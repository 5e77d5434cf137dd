/**
 * @file What tells a right text from a wrong one: −log σ(log π(right) − log π(wrong)), as weights of the answers' tokens. As in
 * contrastive preference optimisation (Xu et al. 2024), without a reference; what is right by far has no more weight.
 */
import type { LoraPolicy } from '../../server/src/training/loraPolicy.ts';

export interface ContrastPair {
  readonly prompt: readonly number[];
  readonly right: readonly number[];
  readonly wrong: readonly number[];
}

/** A sequence for packMasked: one weight for each token, null where there is no loss. */
export interface MaskedSequence {
  readonly ids: readonly number[];
  readonly weights: readonly (number | null)[];
}

/** Every token of the answer with the same weight. */
export function masked(prompt: readonly number[], answer: readonly number[], weight: number): MaskedSequence {
  return {
    ids: [...prompt, ...answer],
    weights: [...prompt.map(() => null), ...answer.map(() => weight)],
  };
}

/** The gradient of `strength` times the mean over the pairs, under the parameters as they are. */
export async function contrastRows(
  policy: Pick<LoraPolicy, 'scoreGroups'>,
  pairs: readonly ContrastPair[],
  strength: number,
): Promise<MaskedSequence[]> {
  if (pairs.length === 0) return [];
  const groups = pairs.map(({ prompt, right, wrong }) => ({ prompt, answers: [right, wrong] }));
  const scores = await policy.scoreGroups(groups);
  return pairs.flatMap(({ prompt, right, wrong }, i) => {
    const [ofRight, ofWrong] = scores[i]!.logProbs.map((tokens) => tokens.reduce((sum, x) => sum + x, 0)); // one for each pair
    const weight = strength / pairs.length / (1 + Math.exp(ofRight! - ofWrong!)); // two answers
    return [masked(prompt, right, weight), masked(prompt, wrong, -weight)];
  });
}
