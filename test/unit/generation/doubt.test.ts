import { describe, expect, it } from 'vitest';
import { withoutDoubtful } from '../../../server/src/generation/doubt.ts';
import type { TextModel, WeighOptions } from '../../../server/src/generation/textModel.ts';

const asked = { turns: [], role: 'leader' as const, signal: new AbortController().signal };
const before = 'She go to office every days and like it.';
const after = 'She goes to an office every day and likes them.';

/** A model that prefers the text to another by what `margin` says of the other. */
function judging(margin: (other: string) => number): TextModel {
  return {
    weigh: ({ text, others }: WeighOptions) => {
      expect(text).toBe(after);
      return Promise.resolve(others.map(margin));
    },
  } as unknown as TextModel;
}

describe('changes that the model itself does not prefer', () => {
  it('are taken back, each by itself', async () => {
    const doubtsArticle = judging((other) => (other.includes('an office') ? 3 : 0.1));
    expect(await withoutDoubtful(doubtsArticle, before, after, asked)).toBe(
      'She goes to office every day and likes them.',
    );
  });

  it('are taken back as a phrase where they stand side by side', async () => {
    const doubtsEnd = judging((other) => (other.endsWith('like it.') ? -1 : 3));
    expect(await withoutDoubtful(doubtsEnd, before, after, asked)).toBe(
      'She goes to an office every day and like it.',
    );
  });

  it('are more in a refinement of what was corrected before', async () => {
    const hardly = judging(() => 0.4);
    expect(await withoutDoubtful(hardly, before, after, asked)).toBe(after);
    expect(await withoutDoubtful(hardly, before, after, { ...asked, role: 'follower' })).toBe(before);
  });

  it('must be surer where a word is new or another', async () => {
    const source = 'It is a easy thing to mend, I find he have enough of informations.';
    const draft = 'It is an easy thing to repair, I find that he has enough informations.';
    const margins = [0.3, 0.9, 0.9, 0.3, 0.3]; // a, mend, that, have, of
    const model = { weigh: () => Promise.resolve(margins) } as unknown as TextModel;
    expect(await withoutDoubtful(model, source, draft, asked)).toBe(
      'It is an easy thing to mend, I find he has enough informations.',
    );
  });

  it('are one change where words are moved', async () => {
    const moved = 'We sold it last year.';
    const weighed: string[] = [];
    const model = {
      weigh: ({ others }: WeighOptions) => {
        weighed.push(...others);
        return Promise.resolve([-1]);
      },
    } as unknown as TextModel;
    const source = 'Last year we has sold it.';
    expect(await withoutDoubtful(model, source, moved, asked)).toBe(source);
    expect(weighed).toEqual([source]);
  });

  it('may be all or none', async () => {
    expect(
      await withoutDoubtful(
        judging(() => -1),
        before,
        after,
        asked,
      ),
    ).toBe(before);
    expect(
      await withoutDoubtful(
        judging(() => 1),
        before,
        after,
        asked,
      ),
    ).toBe(after);
  });

  it('are kept where the model can not tell, or where the text was written anew', async () => {
    const silent = { weigh: () => Promise.resolve(null) } as unknown as TextModel;
    expect(await withoutDoubtful(silent, before, after, asked)).toBe(after);
    const words = Array.from({ length: 14 }, (_, i) => `kept${i} old`).join(' ');
    const never = { weigh: () => Promise.reject(new Error('asked')) } as unknown as TextModel;
    const anew = words.replaceAll('old', 'new');
    expect(await withoutDoubtful(never, words, anew, asked)).toBe(anew);
  });
});
