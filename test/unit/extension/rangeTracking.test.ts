import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  growRange,
  growWithin,
  inOrder,
  offsetOf,
  paragraphLines,
  shiftRange,
  type TextChange,
} from '../../../extension/src/text/rangeTracking.ts';

function apply(text: string, change: TextChange): string {
  return text.slice(0, change.offset) + change.text + text.slice(change.offset + change.length);
}

describe('a tracked range', () => {
  it('holds the same text after any change outside it', () => {
    const change = fc.record({ offset: fc.nat(30), length: fc.nat(10), text: fc.string({ maxLength: 5 }) });
    fc.assert(
      fc.property(fc.string({ minLength: 40, maxLength: 60 }), change, (text, typed) => {
        const range = { start: 10, end: 20 };
        const moved = shiftRange(range, typed);
        if (moved === null) {
          expect(typed.offset < range.end && typed.offset + typed.length > range.start).toBe(true);
        } else {
          expect(apply(text, typed).slice(moved.start, moved.end)).toBe(text.slice(range.start, range.end));
        }
      }),
    );
  });

  it('is broken by typing inside', () => {
    expect(shiftRange({ start: 10, end: 20 }, { offset: 15, length: 0, text: 'x' })).toBeNull();
    expect(shiftRange({ start: 10, end: 20 }, { offset: 5, length: 6, text: '' })).toBeNull();
  });

  it('grows with edits inside and at its ends when it is watched', () => {
    const range = { start: 10, end: 20 };
    expect(growRange(range, { offset: 20, length: 0, text: 'abc' })).toEqual({ start: 10, end: 23 });
    expect(growRange(range, { offset: 10, length: 0, text: 'abc' })).toEqual({ start: 10, end: 23 });
    expect(growRange(range, { offset: 12, length: 4, text: '' })).toEqual({ start: 10, end: 16 });
    expect(growRange(range, { offset: 0, length: 2, text: '' })).toEqual({ start: 8, end: 18 });
    expect(growRange(range, { offset: 25, length: 2, text: '' })).toEqual(range);
    expect(growRange(range, { offset: 5, length: 10, text: 'z' })).toEqual({ start: 5, end: 11 });
  });

  it('follows the changes of one event from the last to the first', () => {
    const [first, second] = inOrder([
      { offset: 1, length: 0, text: 'a' },
      { offset: 9, length: 0, text: 'b' },
    ]);
    expect([first?.offset, second?.offset]).toEqual([9, 1]);
  });
});

describe('offsets', () => {
  it('count from the start of lines with any ending', () => {
    expect(offsetOf('ab\r\ncd\nef', 1, 1)).toBe(5);
    expect(offsetOf('ab\r\ncd\nef', 2, 0)).toBe(7);
    expect(offsetOf('ab', 5, 0)).toBe(2);
  });
});

describe('the paragraph at a caret', () => {
  const lines = ['# Title', '', 'one', 'two', '', 'three'];
  const at = (line: number) => paragraphLines((index) => lines[index] ?? '', lines.length, line);

  it('is the run of lines without a blank one', () => {
    expect(at(2)).toEqual([2, 3]);
    expect(at(3)).toEqual([2, 3]);
    expect(at(5)).toEqual([5, 5]);
  });

  it('is a blank line alone', () => {
    expect(at(1)).toEqual([1, 1]);
  });

  it.each([
    [
      'an item of a list, with the lines that it goes on in',
      ['Buy:', '- milk', '  and bread', '- eggs'],
      2,
      [1, 2],
    ],
    ['the last item', ['1. First', '2) Second', '   goes on'], 2, [1, 2]],
    ['what stands before a list', ['You need', 'these:', '* milk'], 0, [0, 1]],
    ['an item of LaTeX', [String.raw`\item one`, String.raw`\item two`, 'goes on'], 1, [1, 2]],
    ['a heading, which needs no blank line behind it', ['# Title', 'one', 'two'], 0, [0, 0]],
    ['a comment of several lines', ['x = 1', '# one', '# two', 'y = 2'], 1, [1, 2]],
    ['a paragraph behind a heading', ['# Title', 'one', 'two'], 2, [1, 2]],
    [
      'a sentence with a dash or a year at the beginning of a line',
      ['We met in', '2024. It was', '-cold'],
      2,
      [0, 2],
    ],
  ])('is %s', (_, some, line, expected) => {
    expect(paragraphLines((index) => some[index] ?? '', some.length, line)).toEqual(expected);
  });
});

describe('a text behind which its writer goes on', () => {
  const text = 'The meeting is on Monday.';

  /** What of the text is followed after these keys and selections. */
  function followed(
    ...changes: readonly (readonly [offset: number, length: number, text: string])[]
  ): string {
    let [document, range] = [`${text}\n`, { start: 0, end: text.length }];
    for (const [offset, length, words] of changes) {
      range = growWithin(range, { offset, length, text: words });
      document = document.slice(0, offset) + words + document.slice(offset + length);
    }
    return document.slice(range.start, range.end);
  }
  const typed = (from: number, words: string): [number, number, string][] =>
    Array.from(words, (character, i) => [from + i, 0, character]);
  const end = text.length;

  it.each<[string, string, [number, number, string][]]>([
    ['does not grow by the next sentence', text, typed(end, ' It is long.')],
    ['has a new end where its own was deleted', 'The meeting is on Tuesday.', [[18, 7, ''], ...typed(18, 'Tuesday.')]],
    ['has a new end where its own was replaced', 'The meeting is on Friday.', [[18, 7, 'F'], ...typed(19, 'riday.')]],
    ['ends with its new sentence', 'The meeting is on Tuesday.', [[18, 7, ''], ...typed(18, 'Tuesday. It is long.')]],
    ['is what stands in its place', 'We meet.', [[0, end, 'W'], ...typed(1, 'e meet.\nThen')]],
    ['takes in what is written within it', 'The big meeting is on Monday.', typed(4, 'big ')],
  ])('%s', (_, expected, changes) => expect(followed(...changes)).toBe(expected)); // prettier-ignore
});
