import { expect, it, vi } from 'vitest';
import { DrawnDiffs } from '../../../extension/src/review/drawnDiffs.ts';
import * as wordDiffMarkdown from '../../../extension/src/review/wordDiffMarkdown.ts';

it('what is drawn of a candidate is worked out once, and anew where the text is another', () => {
  const worked = vi.spyOn(wordDiffMarkdown, 'candidateMarkdown');
  const drawn = new DrawnDiffs();
  const first = drawn.of('She go home today.', 'She goes home today.');
  expect(first.removed).toEqual([{ start: 4, end: 6, newText: 'goes' }]);
  expect(drawn.of('She go home today.', 'She goes home today.')).toBe(first);
  expect(worked).toHaveBeenCalledTimes(1);
  expect(drawn.of('She goes home today.', 'She goes home today.').removed).toEqual([]);
  expect(worked).toHaveBeenCalledTimes(2);
});
