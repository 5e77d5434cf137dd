import { describe, expect, it } from 'vitest';
import {
  InlineWriter,
  isComplete,
  loopStart,
  presentable,
} from '../../../server/src/generation/inlineWriter.ts';
import type { Continued, ContinueOptions, TextModel } from '../../../server/src/generation/textModel.ts';

const limits = { confidence: 0.4, maxWords: 20 };

/** A model that says these tokens, each with its probability. */
function saying(...tokens: readonly (readonly [string, number])[]): Pick<TextModel, 'continueText'> {
  const continueText = ({ enough }: ContinueOptions): Promise<Continued> => {
    let text = '';
    const probabilities: number[] = [];
    for (const [token, probability] of tokens) {
      text += token;
      probabilities.push(probability);
      if (enough(text, probabilities)) break;
    }
    return Promise.resolve({ text, probabilities, drawn: [], promptTokens: 0, promptMs: 0, totalMs: 0 });
  };
  return { continueText };
}

function suggest(...tokens: readonly (readonly [string, number])[]): Promise<string | undefined> {
  return new InlineWriter(saying(...tokens), limits)
    .suggest('She went ', new AbortController().signal)
    .then(([suggestion]) => suggestion?.text);
}

describe('ghost text', () => {
  it('offers different continuations, the likeliest first, and none of which the model is unsure', async () => {
    const drawn = [
      { text: ' went to bed. Then', probabilities: [0.9, 0.6, 0.7, 0.9, 0.9] },
      { text: ' went home. She', probabilities: [0.9, 0.9, 0.9, 0.9] },
      { text: ' xylophoned', probabilities: [0.01] },
    ];
    const asked: (number | undefined)[] = [];
    const model: Pick<TextModel, 'continueText'> = {
      continueText: async (options) => {
        asked.push(options.draws);
        const tokens = [' went', ' home', '.', ' She'].map((token) => [token, 0.9] as const);
        return { ...(await saying(...tokens).continueText(options)), drawn };
      },
    };
    const suggestions = await new InlineWriter(model, limits).suggest('She', new AbortController().signal, 3);
    expect(asked).toEqual([3]);
    expect(suggestions.map(({ text }) => text)).toEqual([' went home.', ' went to bed.']);
    expect(suggestions[0]?.confidence).toBeCloseTo(0.9);
  });

  it('ends with the sentence', async () => {
    await expect(
      suggest([' to', 0.9], [' the', 0.9], [' office', 0.8], ['.', 0.9], [' Then', 0.9]),
    ).resolves.toBe(' to the office.');
  });

  it('is withheld when the model is unsure from the beginning', async () => {
    await expect(suggest([' to', 0.1], [' the', 0.9])).resolves.toBeUndefined();
  });

  it('shows only the words of which the model was sure', async () => {
    await expect(suggest([' straight', 0.9], [' home', 0.9], [' where', 0.001], [' she', 0.9])).resolves.toBe(
      ' straight home',
    );
  });

  it('drops half a word, and little words that promise more', () => {
    expect(presentable(' to the off', false, 20)).toBe('');
    expect(presentable(' home with her bro', false, 20)).toBe(' home with her');
  });

  it('stops before a word that comes round again', async () => {
    expect(loopStart(' the fifth, the sixth, the fifth,')).toBe(' the fifth, the sixth, the '.length);
    expect(loopStart(' the fifth, the sixth')).toBe(-1);
    await expect(
      suggest([' fifteen', 0.9], [' sixteen', 0.9], [' fifteen', 0.9], [' sixteen', 0.9]),
    ).resolves.toBe(' fifteen sixteen');
  });

  it('holds no more words than the limit', () => {
    expect(presentable(' one two three four five si', false, 3)).toBe(' one two three');
  });

  it('is complete at the end of a sentence or line, and not at a comma', () => {
    expect(isComplete(' to the office.')).toBe(true);
    expect(isComplete(' to the office\n')).toBe(true);
    expect(isComplete(' to the office,')).toBe(false);
    for (const unfinished of [
      ' costs about 3.',
      ' costs about 3.5',
      ' such as e.',
      ' such as e.g.',
      ' to Dr.',
      ' to Dr. S',
    ])
      expect(isComplete(unfinished), unfinished).toBe(false);
    for (const finished of [
      ' in 2019. ',
      ' in 2019. T',
      ' in 1984. He then moved',
      ' such as e.g. that. So',
      ' to go!',
      ' he said.”',
      ' so he did… A',
    ])
      expect(isComplete(finished), finished).toBe(true);
  });
});
