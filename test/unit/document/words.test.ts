import { expect, it } from 'vitest';
import { countUnspaced, countWords, wordEnds } from '../../../server/src/document/words.ts';
import { findTarget, refuseTooLong } from '../../../server/src/document/target.ts';
import { DraftError } from '../../../server/src/util/errors.ts';

it.each([
  ['Well, that’s 5 well-known words!', 5],
  ['나는 학교에 갔다.', 3],
  ['', 0],
])('counts the words of %j by what stands between them', (text, count) => {
  expect(countWords(text)).toBe(count);
  expect(wordEnds(text)).toHaveLength(count);
});

it.each([
  '我昨天去了图书馆借了三本书。',
  '彼は毎日会社に行きます。',
  'ฉันไปโรงเรียนทุกวัน',
  'ຂ້ອຍໄປໂຮງຮຽນ',
  'ខ្ញុំទៅសាលារៀន',
])('counts words that have no spaces between them: %s', (text) => {
  expect(countWords(text)).toBeGreaterThanOrEqual(3);
  expect(countWords(text)).toBeLessThan(text.length);
  expect(wordEnds(text).every((end, at, ends) => end > (ends[at - 1] ?? 0) && end <= text.length)).toBe(true);
});

it('counts Latin words beside Chinese ones', () => {
  expect(wordEnds('使用 VS Code')).toEqual([2, 5, 10]);
  expect(countUnspaced('使用 VS Code')).toBe(2);
});

it('finds the part of a Chinese text that is short enough', () => {
  const text = '我昨天去了图书馆。他今天去了学校。';
  const target = findTarget(text, 'markdown', 0, text.length);
  let error: unknown;
  try {
    refuseTooLong(target, 7);
  } catch (thrown) {
    error = thrown;
  }
  const end = error instanceof DraftError ? Number(error.facts.end) : NaN;
  expect(countWords(text.slice(0, end))).toBe(7);
});
