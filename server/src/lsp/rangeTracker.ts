/** @file Where stretches of open documents are while the writer types around them. server.ts lets every change pass through here. */
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';

/** UTF-16 offsets. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** One stretch of text; it ends to be followed with the first change inside it. */
export class TrackedRange implements OffsetRange {
  readonly #broken = new AbortController();
  readonly #forget: (range: TrackedRange) => void;
  #start: number;
  #end: number;

  constructor({ start, end }: OffsetRange, forget: (range: TrackedRange) => void) {
    this.#start = start;
    this.#end = end;
    this.#forget = forget;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Fires when the text itself was changed, or its document closed. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** `[start, end)` became `length` characters. Text put exactly before or after the range stays outside. */
  follow(change: OffsetRange, length: number): void {
    if (change.end <= this.#start) {
      const delta = length - (change.end - change.start);
      this.#start += delta;
      this.#end += delta;
    } else if (change.start < this.#end) this.break();
  }

  break(): void {
    this.dispose();
    this.#broken.abort();
  }

  dispose(): void {
    this.#forget(this);
  }
}

export class RangeTracker {
  readonly #ranges = new Map<string, Set<TrackedRange>>();

  /** @param range in the document as it is now */
  track(uri: string, range: OffsetRange): TrackedRange {
    const tracked = new TrackedRange(range, (one) => {
      const others = this.#ranges.get(uri);
      others?.delete(one);
      if (others?.size === 0) this.#ranges.delete(uri);
    });
    this.#ranges.set(uri, (this.#ranges.get(uri) ?? new Set()).add(tracked));
    return tracked;
  }

  /** `TextDocument.update`; each change speaks of the text after the one before. */
  update(document: TextDocument, changes: TextDocumentContentChangeEvent[], version: number): TextDocument {
    const ranges = this.#ranges.get(document.uri);
    if (!ranges) return TextDocument.update(document, changes, version);
    let current = TextDocument.update(document, [], version);
    for (const change of changes) {
      const { range, length } = changedPart(current, change);
      for (const tracked of [...ranges]) tracked.follow(range, length);
      current = TextDocument.update(current, [change], version);
    }
    return current;
  }

  /** The document was closed. */
  close(uri: string): void {
    for (const tracked of [...(this.#ranges.get(uri) ?? [])]) tracked.break();
  }
}

/** What a change replaces, and by how many characters. Of an editor that sends the whole text: the part that differs. */
function changedPart(
  document: TextDocument,
  change: TextDocumentContentChangeEvent,
): { range: OffsetRange; length: number } {
  if ('range' in change) {
    const range = { start: document.offsetAt(change.range.start), end: document.offsetAt(change.range.end) };
    return { range, length: change.text.length };
  }
  const before = document.getText();
  const after = change.text;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return { range: { start, end: before.length - same }, length: after.length - same - start };
}
