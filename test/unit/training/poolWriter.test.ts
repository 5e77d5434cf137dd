import { describe, expect, it } from 'vitest';
import { createRng } from '../../../server/src/game/rng.ts';
import { writeDraft } from '../../../server/src/generation/draftWriter.ts';
import type { GenerateOptions, TextModel } from '../../../server/src/generation/textModel.ts';
import type { DecodeStep } from '../../../server/src/tensor/decoder.ts';
import type { TrainingContext, Writing } from '../../../server/src/training/candidates.ts';
import { answerLimit, mostSlots, writePools } from '../../../server/src/training/poolWriter.ts';
import type { DecoderSource } from '../../../server/src/training/rollouts.ts';

const letters = 'abcdefghij';
const end = letters.length;

/** Any letter follows any other; a text ends with probability ½ after each. */
const source: DecoderSource = {
  decoder: () => ({
    step: (steps: readonly DecodeStep[]) =>
      steps.map(({ wanted }) =>
        wanted.map(() => Float32Array.from({ length: end + 1 }, (_, k) => (k === end ? 0.5 : 0.5 / end))),
      ),
    dispose: () => undefined,
  }),
};

const tokensOf = (text: string): number[] => Array.from(text, (letter) => letters.indexOf(letter));
const textOf = (tokens: readonly number[]): string => tokens.map((token) => letters[token] ?? '').join('');

const writing: Writing = {
  leaderPrompt: ({ original }) => tokensOf(original),
  followerPrompt: ({ original }, draft) => tokensOf(original + draft),
  show: (answer) => {
    const text = textOf(answer.filter((token) => token !== end));
    return text === '' ? null : text; // junk
  },
  isEnd: (token) => token === end,
  countTokens: (text) => text.length,
};
const contexts: TrainingContext[] = ['ab', 'cd'].map((original) => ({
  document: 'notes.md',
  original,
  task: 'improve',
  instruction: '',
}));
const write = (rounds: number, drafts = 2) =>
  writePools(source, writing, contexts, { groupSize: 5, drafts, rounds, temperature: 1, rng: createRng(5) });

it('an answer may be as long as the product lets it be', async () => {
  const limits: (number | undefined)[] = [];
  const model = {
    countTokens: (text: string) => text.length,
    generate: ({ maxTokens }: GenerateOptions) => {
      limits.push(maxTokens);
      return Promise.reject(new Error('enough'));
    },
  } as unknown as TextModel; // all that is asked
  for (const source of ['ab', 'abcdefghij'.repeat(7)]) {
    const signal = new AbortController().signal;
    const wish = { role: 'leader', style: undefined, corrects: true, instruction: '' } as const;
    await writeDraft(model, { ...wish, turns: [], source, copyFrom: source, seed: 1, signal }).catch(
      () => undefined,
    );
    expect(answerLimit(writing, source)).toBe(limits.at(-1));
  }
});

it('no decoder has more slots than were computed beforehand', async () => {
  const asked: number[] = [];
  const counting: DecoderSource = {
    decoder: (slots) => {
      asked.push(slots.reduce((sum, n) => sum + n, 0));
      return source.decoder(slots);
    },
  };
  const texts = Array.from({ length: 12 }, (_, i): TrainingContext => ({ ...contexts[0]!, original: letters.slice(0, 1 + (i % 9)) })); // prettier-ignore
  const options = { groupSize: 5, drafts: 2, rounds: 2, temperature: 1, rng: createRng(5) };
  await writePools(counting, writing, texts, options);
  const most = mostSlots(writing, texts, { count: 5, drafts: 2 });
  expect(Math.max(...asked)).toBeLessThanOrEqual(most);
  expect(Math.max(...asked)).toBeGreaterThan(most / 2);
});

describe('the pools of a step', () => {
  it('hold the leader’s candidates and the follower’s replies to the first of them that can be shown', async () => {
    for (const { leader, followers, context } of await write(1)) {
      expect(leader.texts).toHaveLength(5);
      expect(leader.prompt).toEqual(writing.leaderPrompt(context));
      const shown = leader.texts.filter((text) => text !== null);
      expect(followers.map(({ draft }) => draft)).toEqual(shown.slice(0, 2));
      for (const { prompt, draft } of followers)
        expect(prompt).toEqual(writing.followerPrompt(context, draft!)); // followers have one
    }
  });

  it('begin with the very same round when there are more, whose drafts are replies that nobody answered yet', async () => {
    const [one, three] = [await write(1), await write(3)];
    three.forEach(({ followers }, i) => {
      expect(followers.slice(0, 2)).toEqual(one[i]?.followers);
      expect(followers).toHaveLength(6);
      [2, 4].forEach((at) => {
        const replies = followers.slice(at - 2, at).flatMap(({ texts }) => texts);
        for (const { draft } of followers.slice(at, at + 2)) expect(replies).toContain(draft);
      });
      expect(new Set(followers.map(({ draft }) => draft)).size).toBe(6);
    });
  });

  it('are the leader’s alone where no draft is to be answered', async () => {
    expect((await write(2, 0)).map(({ followers }) => followers)).toEqual([[], []]);
  });
});
