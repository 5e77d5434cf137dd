/**
 * @file What changed between two texts, word by word. Pure; edits.ts and wordDiffMarkdown.ts build on it. Joined in order, the parts
 * `equal` and `removed` give the text before.
 */
import { diffArrays } from 'diff';
import type { DiffPart } from '../../../server/protocol/dashboardMessages.ts';

/** Made when it is first needed: it takes as long as half of all activation. */
let segmenter: Intl.Segmenter | undefined;

/** Past this many changed tokens the texts count as wholly different. */
const maxEditLength = 4_000;

function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  return segmenter.segment(text);
}

/** Words, spaces and punctuation marks, each its own token; joined they give the text back. */
export function tokens(text: string): string[] {
  return Array.from(segments(text), (segment) => segment.segment);
}

export function countWords(text: string): number {
  let count = 0;
  for (const segment of segments(text)) if (segment.isWordLike) count++;
  return count;
}

/**
 * The word diff of two texts. Removed comes before added; a space between two changed words belongs to the change, so that
 * a rewritten phrase reads as one change.
 */
export function diffWords(before: string, after: string): DiffPart[] {
  if (before === after) return before === '' ? [] : [{ kind: 'equal', text: before }];
  const changes = diffArrays(tokens(before), tokens(after), { maxEditLength });
  if (changes === undefined) return joined(before, after);
  const parts: DiffPart[] = [];
  let removed = '';
  let added = '';
  const flush = () => {
    parts.push(...joined(removed, added));
    removed = '';
    added = '';
  };
  changes.forEach((change, index) => {
    const text = change.value.join('');
    if (change.removed) removed += text;
    else if (change.added) added += text;
    else if (/^[^\S\n]+$/.test(text) && removed + added !== '' && changesOn(changes, index)) {
      removed += text;
      added += text;
    } else {
      flush();
      parts.push({ kind: 'equal', text });
    }
  });
  flush();
  return parts;
}

/** Whether what follows the space is a rewrite too (a removal answered by an addition), not a lone insertion or deletion. */
function changesOn(changes: readonly { added: boolean; removed: boolean }[], index: number): boolean {
  const [first, second] = [changes[index + 1], changes[index + 2]];
  const [last, lastButOne] = [changes[index - 1], changes[index - 2]];
  return isPair(first, second) && isPair(last, lastButOne);
}

function isPair(a?: { added: boolean; removed: boolean }, b?: { added: boolean; removed: boolean }): boolean {
  return a !== undefined && b !== undefined && (a.added || a.removed) && (b.added || b.removed);
}

function joined(removed: string, added: string): DiffPart[] {
  const parts: DiffPart[] = [];
  if (removed !== '') parts.push({ kind: 'removed', text: removed });
  if (added !== '') parts.push({ kind: 'added', text: added });
  return parts;
}

/** Words that go, or words that come, whichever are more. */
export function wordsChanged(before: string, after: string): number {
  const { removed, added } = wordsOf(diffWords(before, after));
  return Math.max(removed, added);
}

function wordsOf(parts: readonly DiffPart[]): Record<DiffPart['kind'], number> {
  const words = { equal: 0, removed: 0, added: 0 };
  for (const part of parts) words[part.kind] += countWords(part.text);
  return words;
}

/** Words that differ as a share of the longer text, 0–1. */
export function shareChanged(parts: readonly DiffPart[]): number {
  const words = wordsOf(parts);
  const total = words.equal + Math.max(words.removed, words.added);
  return total === 0 ? 0 : Math.max(words.removed, words.added) / total;
}
