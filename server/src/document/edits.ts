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

/** The same, with those that only white space separates as one: "ten cats" for "a dog" is one change. */
export function phraseEdits(before: string, after: string): WordEdit[] {
  const phrases: WordEdit[] = [];
  for (const edit of wordEdits(before, after)) {
    const last = phrases.at(-1);
    const between = last && before.slice(last.end, edit.start);
    if (last && between?.trim() === '')
      phrases.splice(-1, 1, { start: last.start, end: edit.end, text: last.text + between + edit.text });
    else phrases.push(edit);
  }
  return phrases;
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

/**
 * The rewrite with those changes alone that may be made, each judged by itself; none where some may not be made and words are moved. What comes
 * right behind one that may not be made falls with it: "6 games" is not to become "6 game" of "1 game".
 */
export function onlyEdits(before: string, after: string, mayBe: (edit: WordEdit) => boolean): string {
  const edits = wordEdits(before, after);
  let dropped: WordEdit | undefined;
  const kept = edits.filter((edit) => {
    const isBehind = dropped !== undefined && before.slice(dropped.end, edit.start).trim() === '';
    const stays = !isBehind && mayBe(edit);
    if (!stays) dropped = edit;
    return stays;
  });
  return kept.length < edits.length && movesWords(before, edits) ? before : applyEdits(before, kept);
}
