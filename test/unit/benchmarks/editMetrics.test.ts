import { describe, expect, it } from 'vitest';
import { gleu, sari, scoreEdits, wordEdits, words } from '../../../benchmarks/editMetrics.ts';

const split = (text: string): string[] => text.split(' ');

describe('edit scores', () => {
  it('give the GLEU that a hand computation gives', () => {
    const [source, reference] = [split('a b c d e'), split('a b x d e')];
    expect(gleu(source, reference, reference)).toBeCloseTo(1, 12);
    // copied: 1-grams 4 − 1 of 5, 2-grams 2 − 2 → 1 of 4, then 1 of 3 and 1 of 2
    expect(gleu(source, source, reference)).toBeCloseTo(((3 / 5) * (1 / 4) * (1 / 3) * (1 / 2)) ** 0.25, 12);
    expect(gleu(source, split('a b x d'), reference)).toBeCloseTo(Math.exp(1 - 5 / 4), 12);
  });

  it('give a SARI that rewards keeping, deleting and adding alike', () => {
    const [source, reference] = [split('the the cat sat'), split('the cat slept')];
    expect(sari(source, reference, reference)).toBeGreaterThan(sari(source, source, reference));
    expect(sari(source, [], reference)).toBeLessThan(sari(source, reference, reference));
  });

  it('count edits as runs of words', () => {
    const edits = wordEdits(words('He go to the the store.'), words('He goes to the store.'));
    expect([...edits]).toHaveLength(2);
    expect(edits.has('1:2:goes')).toBe(true);
  });

  it('weigh precision above recall in F0.5', () => {
    const source = 'He go to the the store.';
    const reference = 'He goes to the store.';
    const scores = scoreEdits([{ source, reference, output: 'He goes to the the store.' }]);
    expect(scores).toMatchObject({ precision: 100, recall: 50, f05: 83.33 });
  });

  it('count good sentences that were changed, and copies', () => {
    const good = { source: 'Fine.', reference: 'Fine.' };
    const scores = scoreEdits([
      { ...good, output: 'Fine.' },
      { ...good, output: 'It is fine.' },
    ]);
    expect(scores).toMatchObject({ overEdited: 50, copied: 50, exact: 50 });
    expect(scoreEdits([{ source: 'a', reference: 'b', output: 'a' }]).overEdited).toBeNull();
  });
});
