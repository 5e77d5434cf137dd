import { describe, expect, it } from 'vitest';
import { applyEdits, onlyEdits, separateEdits, wordEdits } from '../../../server/src/document/edits.ts';

describe('the edits of a rewrite', () => {
  it('make the one text of the other', () => {
    const [before, after] = ['Me and him was late to day.', 'He and I were late today.'];
    expect(applyEdits(before, wordEdits(before, after))).toBe(after);
  });

  it('are kept where each may be made', () => {
    const before = 'She go to `run()` and he forget it.';
    const after = 'She goes to `runs()` and he forgets it.';
    const isNoCode = ({ text }: { readonly text: string }): boolean => !text.includes('run');
    expect(onlyEdits(before, after, isNoCode)).toBe('She goes to `run()` and he forgets it.');
    expect(onlyEdits(before, after, () => false)).toBe(before);
    expect(onlyEdits(before, after, () => true)).toBe(after);
  });

  it('are all left out where one may not be made and words are moved', () => {
    const before = 'By default him use `npm`.';
    const isNoCode = ({ start, end }: { readonly start: number; readonly end: number }): boolean =>
      !before.slice(start, end).includes('npm');
    expect(onlyEdits(before, 'He uses npm by default.', isNoCode)).toBe(before);
    expect(onlyEdits(before, 'He uses npm by default.', () => true)).toBe('He uses npm by default.');
  });

  it('are one where only white space separates them, and all are one where words are moved', () => {
    expect(separateEdits('I saw a dog and him run.', 'I saw ten cats and he ran.')).toEqual([
      { start: 6, end: 11, text: 'ten cats' },
      { start: 16, end: 23, text: 'he ran' },
    ]);
    expect(separateEdits('Last year we has sold it.', 'We sold it last year.')).toEqual([
      { start: 0, end: 24, text: 'We sold it last year' },
    ]);
  });

  it('fall together with the one right behind them where words stand for more or fewer', () => {
    const before = 'He really are good.';
    const isNotAre = ({ start, end }: { readonly start: number; readonly end: number }): boolean =>
      !before.slice(start, end).includes('are');
    expect(onlyEdits(before, 'He is good.', isNotAre)).toBe(before);
    expect(onlyEdits(before, 'He truly is good.', isNotAre)).toBe('He truly are good.');
  });

  it('fall together with the one right before them', () => {
    const isNoFigure = ({ text }: { readonly text: string }): boolean => !/\d/.test(text);
    expect(onlyEdits('We has 6 games here.', 'We have 1 game here.', isNoFigure)).toBe(
      'We have 6 games here.',
    );
  });
});
