/** @file Where a stretch of text is after edits around it and inside it. Pure; offsets are UTF-16. */

/** As in a text document change event: `[offset, offset + length)` became `text`. */
export interface TextChange {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** The range after one change outside it, or null when the change touched it. Text put exactly before or after it stays outside. */
export function shiftRange(range: OffsetRange, change: TextChange): OffsetRange | null {
  const changeEnd = change.offset + change.length;
  if (changeEnd <= range.start) {
    const delta = change.text.length - change.length;
    return { start: range.start + delta, end: range.end + delta };
  }
  return change.offset >= range.end ? range : null;
}

/** The range after one change anywhere: edits inside and at its ends make it grow and shrink. */
export function growRange(range: OffsetRange, change: TextChange): OffsetRange {
  const delta = change.text.length - change.length;
  const changeEnd = change.offset + change.length;
  if (changeEnd < range.start || (changeEnd === range.start && change.length > 0)) {
    return { start: range.start + delta, end: range.end + delta };
  }
  if (change.offset > range.end) return range;
  return {
    start: Math.min(range.start, change.offset),
    end: Math.max(changeEnd, range.end) + delta,
  };
}

/** A text that its writer may change, and write on behind. */
export interface WrittenRange extends OffsetRange {
  /** What was written at its end since that was changed; undefined where it was not, or where that sentence is over. */
  readonly newEnd?: string;
}

/**
 * As {@link growRange}, but what is written behind its end is the writer's next sentence, not a change of this one, unless the end itself was
 * deleted or replaced before.
 */
export function growWithin(range: WrittenRange, change: TextChange): WrittenRange {
  const { start, end, newEnd } = range;
  if (change.offset > end || (change.offset === end && newEnd === undefined)) return range;
  const changesEnd = change.length > 0 && change.offset + change.length >= end;
  const written = changesEnd ? change.text : change.offset === end ? `${newEnd ?? ''}${change.text}` : newEnd;
  if (written !== undefined && /(?:[.!?…]["'”’)\]]*\s+|\n)$/.test(written) && !changesEnd)
    return { start, end };
  const grown = growRange(range, change);
  return written === undefined ? grown : { ...grown, newEnd: written };
}

/** The editor's change event in our words. */
export function plainChange(change: { rangeOffset: number; rangeLength: number; text: string }): TextChange {
  return { offset: change.rangeOffset, length: change.rangeLength, text: change.text };
}

/** The changes of one event, which all speak of the text before it, in the order to follow them: last in the document first. */
export function inOrder(changes: readonly TextChange[]): TextChange[] {
  return [...changes].sort((a, b) => b.offset - a.offset);
}

/** The offset of a zero-based line and character in a text with any line endings. */
export function offsetOf(text: string, line: number, character: number): number {
  let offset = 0;
  for (let index = 0; index < line; index++) {
    const next = text.indexOf('\n', offset);
    if (next === -1) return text.length;
    offset = next + 1;
  }
  return Math.min(offset + character, text.length);
}

/** What begins an item of a list, as the server sees it, and what is a heading of Markdown. */
const item = /^[ \t]*(?:(?:[-*+•]|\d{1,2}[.)])[ \t]+\S|\\item\b)/;
const heading = /^#{1,6}[ \t]/;

/**
 * The first and last line of the paragraph, the item of a list or the heading around a line, by the looks of it: where the zone opens before
 * the server has answered.
 */
export function paragraphLines(
  lineAt: (line: number) => string,
  lineCount: number,
  line: number,
): [number, number] {
  const goesOn = (index: number) => {
    const [before, here] = [lineAt(index - 1), lineAt(index)];
    // Where the next line has a # too, both are a comment.
    return (
      before.trim() !== '' &&
      here.trim() !== '' &&
      !item.test(here) &&
      heading.test(before) === heading.test(here)
    );
  };
  let first = line;
  let last = line;
  while (first > 0 && goesOn(first)) first--;
  while (last < lineCount - 1 && goesOn(last + 1)) last++;
  return [first, last];
}
