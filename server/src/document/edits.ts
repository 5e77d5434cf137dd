/** @file What a rewrite changes, as replacements of words, and a rewrite with some of its changes left out. */
import { diffArrays } from 'diff';

/** One replacement: UTF-16 offsets in the text before. */
export interface WordEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' });

export function words(text: string): string[] {
  return Array.from(wordSegmenter.segment(text), ({ segment }) => segment);
}

/** Minimal edits over words, spaces and punctuation that turn `before` into `after`. Neighbouring changes are one edit. */
export function wordEdits(before: string, after: string): WordEdit[] {
  const edits: WordEdit[] = [];
  let at = 0;
  let open: { start: number; end: number; text: string } | undefined;
  for (const { added, removed, value } of diffArrays(words(before), words(after))) {
    const text = value.join('');
    if (!added && !removed) {
      if (open) edits.push(open);
      open = undefined;
      at += text.length;
      continue;
    }
    open ??= { start: at, end: at, text: '' };
    if (added) open.text += text;
    else {
      at += text.length;
      open.end = at;
    }
  }
  if (open) edits.push(open);
  return edits;
}

/** The edits, those together that only white space separates. */
function phrases(before: string, after: string): WordEdit[][] {
  const groups: WordEdit[][] = [];
  for (const edit of wordEdits(before, after)) {
    const last = groups.at(-1)?.at(-1);
    if (last && before.slice(last.end, edit.start).trim() === '') groups.at(-1)?.push(edit);
    else groups.push([edit]);
  }
  return groups;
}

/** Several edits as one; what stands between them goes with it. */
function joined(before: string, edits: readonly WordEdit[]): WordEdit {
  const start = edits[0]?.start ?? 0;
  const end = edits.at(-1)?.end ?? start;
  const inside = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));
  return { start, end, text: applyEdits(before.slice(start, end), inside) };
}

/**
 * Changes that can be judged one by one: those that only white space separates are one ("ten cats" for "a dog"), and where words are moved, all are.
 */
export function separateEdits(before: string, after: string): WordEdit[] {
  const edits = phrases(before, after).map((phrase) => joined(before, phrase));
  return movesWords(before, edits) ? [joined(before, edits)] : edits;
}

/** @param edits in order, none over another */
export function applyEdits(text: string, edits: readonly WordEdit[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, text: words } of edits) {
    out += text.slice(at, start) + words;
    at = end;
  }
  return out + text.slice(at);
}

const wordPattern = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
const wordsOf = (text: string): string[] => text.toLowerCase().match(wordPattern) ?? [];

/** Whether a word goes in one place and comes in another: then the edits can't be judged one by one. */
export function movesWords(before: string, edits: readonly WordEdit[]): boolean {
  const gone = edits.map(({ start, end }) => wordsOf(before.slice(start, end)));
  const come = edits.map(({ text }) => wordsOf(text));
  return gone.some((list, from) =>
    list.some(
      (word) => !come[from]?.includes(word) && come.some((other, to) => to !== from && other.includes(word)),
    ),
  );
}

function isWordForWord(before: string, edits: readonly WordEdit[]): boolean {
  return edits.every(({ start, end, text }) => countOf(before.slice(start, end)) === countOf(text));
}

/** How many words; a figure is one, with its points and commas. */
function countOf(text: string): number {
  return wordsOf(text.replace(/(?<=\d)[.,:/](?=\d)/g, '')).length;
}

/**
 * The rewrite with those changes alone that may be made, each judged by itself. With one that may not be made falls what comes right behind it
 * ("6 games" is not to become "6 game" of "1 game"), where words stand there for more or fewer what comes right before it too ("really are" is
 * not to become "is are" of "is"), and where words are moved among them, what they are moved among.
 */
export function onlyEdits(before: string, after: string, mayBe: (edit: WordEdit) => boolean): string {
  const all = phrases(before, after);
  const kept = all.map((phrase) => {
    const first = phrase.findIndex((edit) => !mayBe(edit));
    if (first < 0) return phrase;
    return movesWords(before, phrase) || !isWordForWord(before, phrase) ? [] : phrase.slice(0, first);
  });
  const isWhole = kept.every((phrase, at) => phrase.length === all[at]?.length);
  const moves = movesWords(
    before,
    all.map((phrase) => joined(before, phrase)),
  );
  return !isWhole && moves ? before : applyEdits(before, kept.flat());
}
