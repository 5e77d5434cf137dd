import { describe, expect, it } from 'vitest';
import { coldStartModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import type { DecodeStep } from '../../../server/src/tensor/decoder.ts';
import type { Transformer } from '../../../server/src/tensor/transformer.ts';
import type { TrainingContext, Writing } from '../../../server/src/training/candidates.ts';
import { examine } from '../../../server/src/training/examination.ts';
import type { AnswerGroup, LoraPolicy } from '../../../server/src/training/loraPolicy.ts';

const end = 2;

/** Its parameter is the probability of an end after each token. */
function engineOf(writing: Writing) {
  const parameters = [Float32Array.of(0)];
  const transformer = {
    parameters,
    uploadParameters: () => undefined,
    decoder: () => ({
      step: (steps: readonly DecodeStep[]) =>
        steps.map(({ wanted }) => wanted.map(() => Float32Array.of(0, 1 - parameters[0]![0]!, parameters[0]![0]!))), // prettier-ignore
      dispose: () => undefined,
    }),
  } as unknown as Transformer; // all that is asked
  const policy = {
    scoreGroups: (groups: readonly AnswerGroup[]) =>
      Promise.resolve(
        groups.map(({ answers }) => ({
          logProbs: answers.map(
            (answer) =>
            Float32Array.from(answer, (token) => Math.log(token === end ? parameters[0]![0]! : 1 - parameters[0]![0]!)), // prettier-ignore
          ),
        })),
      ),
  } as unknown as LoraPolicy; // all that is asked
  return { transformer, policy, writing, encode: () => [1] };
}

const writing: Writing = {
  leaderPrompt: () => [0],
  followerPrompt: () => [0],
  show: (answer, _ended, original) => original.slice(answer.length),
  isEnd: (token) => token === end,
  countTokens: () => 1,
};
const heldOut = Array.from({ length: 14 }, (_, i): TrainingContext => ({
  document: `letter${i % 3}.md`,
  original: `Anna brings many letters to office ${i} in town.`,
  task: 'improve',
  instruction: '',
}));

async function sentenceAfter(before: number, after: number, klToReference: number | null): Promise<string> {
  const engine = engineOf(writing);
  const { gate } = await examine({
    engine,
    heldOut,
    fit: {
      kind: 'crossFit',
      teacher: coldStartModel(),
      folds: [{ teacher: coldStartModel(), comparisons: [] }],
      heldOut: new Set(),
    },
    before: { leader: [Float32Array.of(before)], follower: {}, styles: undefined },
    after: { leader: [Float32Array.of(after)], follower: {}, styles: undefined },
    corrections: { before: null, now: null },
    firstQuality: 80,
    klToReference,
    decisions: 30,
    seed: 1,
    betweenSteps: () => Promise.resolve(),
  });
  expect(engine.transformer.parameters[0]![0]).toBeCloseTo(after, 6);
  return gate.verdict.sentence;
}

describe('the examination', () => {
  it('measures how far all parameters went as they are at the end, where no step knows it', async () => {
    expect(await sentenceAfter(0.001, 0.6, null)).toContain('moved too far');
    expect(await sentenceAfter(0.55, 0.6, null)).not.toContain('moved too far');
    expect(await sentenceAfter(0.55, 0.6, 3)).toContain('moved too far');
  });
});
