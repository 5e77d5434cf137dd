import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, editAt, withLineEndings, wordEdits } from '../../../extension/src/text/edits.ts';
import { countWords, diffWords, shareChanged } from '../../../extension/src/text/wordDiff.ts';

/** Texts that share words, so that diffs have equal parts too. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('the', 'cat', ' ', ', ', '.', '\n', 'naïve', '👩‍👩‍👧', '猫が', 'don’t'),
      fc.string({ maxLength: 4 }),
    ),
    {
      maxLength: 25,
    },
  )
  .map((parts) => parts.join(''));

describe('the word diff', () => {
  it('gives both texts back, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffWords(before, after);
        const side = (left: 'removed' | 'added') =>
          parts
            .filter((part) => part.kind !== left)
            .map((part) => part.text)
            .join('');
        expect(side('added')).toBe(before);
        expect(side('removed')).toBe(after);
      }),
    );
  });

  it('marks whole words, never parts of them', () => {
    expect(diffWords('a wonderful day', 'a wonderfully day')).toEqual([
      { kind: 'equal', text: 'a ' },
      { kind: 'removed', text: 'wonderful' },
      { kind: 'added', text: 'wonderfully' },
      { kind: 'equal', text: ' day' },
    ]);
  });

  it('shows a rewritten phrase as one change, with the spaces between its words', () => {
    expect(diffWords('we was not able', 'they were not able')).toEqual([
      { kind: 'removed', text: 'we was' },
      { kind: 'added', text: 'they were' },
      { kind: 'equal', text: ' not able' },
    ]);
  });

  it('is nothing for equal texts but the text', () => {
    expect(diffWords('same', 'same')).toEqual([{ kind: 'equal', text: 'same' }]);
    expect(diffWords('', '')).toEqual([]);
  });

  it('knows how much changed, as a share of words', () => {
    expect(shareChanged(diffWords('one two three four', 'one two three five'))).toBeCloseTo(0.25);
    expect(shareChanged(diffWords('all of it', 'something else'))).toBe(1);
    expect(shareChanged(diffWords('', ''))).toBe(0);
  });
});

describe('word edits', () => {
  it('turn the text before into the text after, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(applyEdits(before, wordEdits(before, after))).toBe(after);
      }),
    );
  });

  it('leave what both texts share alone, so that carets there survive', () => {
    const edits = wordEdits('The cat sat on the mat.', 'The dog sat on a mat.');
    expect(edits).toEqual([
      { start: 4, end: 7, newText: 'dog' },
      { start: 15, end: 18, newText: 'a' },
    ]);
  });

  it('are in order and do not overlap', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edits = wordEdits(before, after);
        edits.forEach((edit, index) => {
          expect(edit.start).toBeLessThanOrEqual(edit.end);
          const next = edits[index + 1];
          if (next) expect(edit.end).toBeLessThan(next.start);
        });
      }),
    );
  });

  it('take the one at the caret first, then the next, then the first', () => {
    const edits = wordEdits('The cat sat on the mat.', 'The dog sat on a mat.');
    expect(editAt(edits, 5)).toBe(edits[0]);
    expect(editAt(edits, 9)).toBe(edits[1]);
    expect(editAt(edits, 22)).toBe(edits[0]);
    expect(editAt([], 0)).toBeUndefined();
  });

  it('speak the document’s line endings', () => {
    expect(withLineEndings('a\nb\r\nc', '\r\n')).toBe('a\r\nb\r\nc');
    expect(withLineEndings('a\r\nb', '\n')).toBe('a\nb');
  });
});

describe('counting words', () => {
  it('counts words, not spaces and marks', () => {
    expect(countWords('Well, that is 5 words!')).toBe(5);
    expect(countWords('')).toBe(0);
  });
});
