import { describe, expect, it } from 'vitest';
import type { DecodeStep } from '../../../server/src/tensor/decoder.ts';
import type { Transformer } from '../../../server/src/tensor/transformer.ts';
import type { Writing } from '../../../server/src/training/candidates.ts';
import { corrections } from '../../../server/src/training/corrections.ts';
import type { AnswerGroup, LoraPolicy } from '../../../server/src/training/loraPolicy.ts';
import { MixtureWriter } from '../../../server/src/training/mixtures.ts';

const end = 3;
/** Writes the token 1, then ends. */
const transformer = {
  parameters: [new Float32Array(1), new Float32Array(1)],
  uploadParameters: () => undefined,
  decoder: () => ({
    step: (steps: readonly DecodeStep[]) =>
      steps.map(
        ({ rows, wanted }) =>
        wanted.map((row) => Float32Array.from({ length: end + 1 }, (_, k) => Number(k === (rows[row]!.token === 1 ? end : 1)))), // prettier-ignore
      ),
    dispose: () => undefined,
  }),
} as unknown as Transformer; // all that is asked

const writing: Writing = {
  leaderPrompt: () => [0],
  followerPrompt: (_context, draft) => [0, draft === 'draft' ? 0 : 2],
  show: () => 'text',
  isEnd: (token) => token === end,
  countTokens: () => 1,
};

/** The prompts that texts were scored behind, those of the corrections left out. */
async function scoredPrompts(drafts?: readonly (string | null)[]): Promise<(readonly number[])[]> {
  const prompts: (readonly number[])[] = [];
  const policy = {
    scoreGroups: (groups: readonly AnswerGroup[]) => {
      if (groups.length !== corrections.length) prompts.push(...groups.map(({ prompt }) => prompt));
      return Promise.resolve(groups.map(({ answers }) => ({ logProbs: answers.map(() => Float32Array.of(-1)) }))); // prettier-ignore
    },
  } as unknown as LoraPolicy; // all that is asked
  const mixtures = new MixtureWriter({
    transformer,
    policy,
    writing,
    encode: () => [1],
    styles: [{ name: 'brief', deltas: [Float32Array.of(1)] }],
    reference: [new Float32Array(1), new Float32Array(1)],
    betweenSteps: () => Promise.resolve(),
  });
  const contexts = ['a', 'b'].map((original) => ({ document: 'd', original, task: 'improve', instruction: '' })); // prettier-ignore
  const roles = drafts ? (['follower'] as const) : (['leader', 'follower'] as const);
  await mixtures.measure([1], await mixtures.answer([1], contexts, drafts), roles);
  return prompts;
}

describe('how far a mixture is from where it began', () => {
  it('is measured by what each of its roles wrote, behind the prompt of that role', async () => {
    const texts = [[0], [0, 2], [0], [0, 2]]; // of each context a draft, "text", and the reply to it
    expect(await scoredPrompts()).toEqual([...texts, ...texts]); // by the mixture and by the reference
    expect(await scoredPrompts(['draft', null])).toEqual([[0, 0], [0, 2], [0, 0], [0, 2]]); // prettier-ignore
  });
});
