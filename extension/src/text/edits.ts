/** @file The smallest word edits that turn one text into another. Pure; accepting a candidate applies them as one undo step. */
import { diffWords } from './wordDiff.ts';

/** Replaces `[start, end)`, UTF-16 offsets into the text before. */
export interface OffsetEdit {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** In order, without overlap; applied together they turn `before` into `after`. */
export function wordEdits(before: string, after: string): OffsetEdit[] {
  const edits: OffsetEdit[] = [];
  let offset = 0;
  let open: { start: number; newText: string } | undefined;
  const close = () => {
    if (open) edits.push({ start: open.start, end: offset, newText: open.newText });
    open = undefined;
  };
  for (const part of diffWords(before, after)) {
    if (part.kind === 'equal') {
      close();
      offset += part.text.length;
      continue;
    }
    open ??= { start: offset, newText: '' };
    if (part.kind === 'removed') offset += part.text.length;
    else open.newText += part.text;
  }
  close();
  return edits;
}

export function applyEdits(text: string, edits: readonly OffsetEdit[]): string {
  let result = '';
  let offset = 0;
  for (const edit of edits) {
    result += text.slice(offset, edit.start) + edit.newText;
    offset = edit.end;
  }
  return result + text.slice(offset);
}

/** The edit at the caret, else the next one after it, else the first; undefined where there is none. */
export function editAt(edits: readonly OffsetEdit[], caret: number): OffsetEdit | undefined {
  return (
    edits.find((edit) => caret <= edit.end && caret >= edit.start) ??
    edits.find((edit) => edit.start >= caret) ??
    edits[0]
  );
}

/** A model writes `\n`; a document may want `\r\n`. */
export function withLineEndings(text: string, eol: '\n' | '\r\n'): string {
  return text.replace(/\r\n|\r|\n/g, eol);
}
