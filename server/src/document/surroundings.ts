/**
 * @file The sentence round a part of it that is refined: what the model has to see to rewrite the part as what it is, and how its
 * rewrite of the whole becomes one of the part again. Without it a clause comes back as a sentence, with a capital and a full stop.
 */
import { visibleText } from './atoms.ts';
import { clipBlock, type Block } from './blocks.ts';
import { applyEdits, wordEdits } from './edits.ts';
import { sentences } from './sentences.ts';

/** What stands in the same sentence before and behind a text; '' where it begins or ends one. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
}

export const noSurroundings: Surroundings = { before: '', after: '' };

/** Of a sentence without an end no more is shown than this many words on a side. */
const maxWords = 40;

/** @param part the whole block, or what {@link clipBlock} left of it */
export function surroundingsOf(whole: Block, part: Block): Surroundings {
  const visible = visibleText(whole.atoms);
  const start = visibleText(clipBlock(whole, whole.start, part.start).atoms).length;
  const end = start + visibleText(part.atoms).length;
  let [before, after] = ['', ''];
  let at = 0;
  for (const sentence of sentences(visible)) {
    const next = at + sentence.length;
    if (at <= start && start < next) before = visible.slice(at, start);
    if (at < end && end <= next) after = visible.slice(end, next);
    at = next;
  }
  return {
    before: before.trim() === '' ? '' : wordsOf(before).slice(-maxWords).join(''),
    after: after.trim() === '' ? '' : wordsOf(after).slice(0, maxWords).join(''),
  };
}

/** Each with the space behind it. */
function wordsOf(text: string): string[] {
  return text.split(/(?<=\s)(?=\S)/);
}

export function isPart({ before, after }: Surroundings): boolean {
  return before !== '' || after !== '';
}

export function surrounded(text: string, { before, after }: Surroundings): string {
  return before + text + after;
}

/**
 * @param rewritten a rewrite of the text with its surroundings
 * @returns the text with those of its changes that lie within it
 */
export function cutToPart(text: string, around: Surroundings, rewritten: string): string {
  if (!isPart(around)) return rewritten;
  const start = around.before.length;
  const end = start + text.length;
  const edits = wordEdits(surrounded(text, around), rewritten);
  const inside = edits.filter((edit) => edit.start >= start && edit.end <= end);
  // Words that come in at the border may belong to a change behind it: "him⟧ keys" becomes "his hat", not "his hat keys".
  const isCut = inside.length < edits.length;
  const kept = inside.filter(
    (edit) => !isCut || edit.start < edit.end || (edit.start > start && edit.end < end),
  );
  return applyEdits(
    text,
    kept.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start })),
  );
}

/** A rewrite of a part that was made without its surroundings, as it stands in the sentence: no capital, no full stop of its own. */
export function fitIntoSentence(rewritten: string, text: string, { before, after }: Surroundings): string {
  let fitted = rewritten;
  if (before !== '' && /^\s*\p{Ll}/u.test(text) && !/^\s*I(?!\p{L})/u.test(fitted))
    fitted = fitted.replace(/^\s*\p{Lu}/u, (first) => first.toLowerCase());
  return after !== '' && !/\.\s*$/.test(text) ? withoutFullStop(fitted) : fitted;
}

/** What of a rewrite that is being written belongs to the part, as far as that can be told yet. */
export function streamedPart(draft: string, { before, after }: Surroundings): string {
  if (draft.length < before.length && before.startsWith(draft)) return '';
  const part = draft.startsWith(before) ? draft.slice(before.length) : draft;
  const behind = after.slice(0, recognised);
  const end = behind.length < recognised ? -1 : part.lastIndexOf(behind);
  return end < 0 ? part : part.slice(0, end);
}

/** Characters by which the beginning of what follows is known. */
const recognised = 6;

/** A last line of fewer words is a name under a letter or a salutation, not the end of a sentence. */
const minSentenceWords = 4;

/**
 * Whether a block is written without a full stop and its rewrites have none either: a heading, a subject, an item of a list, a
 * cell of a table, a paragraph whose last line is no sentence.
 */
export function hasOpenEnd({ kind, atoms }: Block): boolean {
  const text = visibleText(atoms).trim();
  if (!/[\p{L}\p{N}\p{Pe}\p{Pf}"'`]$/u.test(text)) return false;
  if (kind === 'heading' || kind === 'listItem' || kind === 'cell') return sentences(text).length === 1;
  const lines = atoms.map(({ raw }) => raw).join('');
  const lastLine = lines.trimEnd().split('\n').at(-1) ?? '';
  return lastLine.trim().split(/\s+/).length < minSentenceWords;
}

export function withoutFullStop(text: string): string {
  return text.replace(/(?<![.…])\.(?=\s*$)/, '');
}
