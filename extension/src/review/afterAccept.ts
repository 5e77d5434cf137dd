/**
 * @file What became of a decision: undone within a minute and not redone, edited before the caret left the paragraph, or, after Keep
 * Original, the writer's own wording. Ends by itself, and says so then; a newer review in the same place ends it too.
 */
import * as vscode from 'vscode';
import {
  growRange,
  growWithin,
  inOrder,
  plainChange,
  type OffsetRange,
  type WrittenRange,
} from '../text/rangeTracking.ts';

const watchMs = 60_000;
/** Who undoes to compare redoes soon. */
const redoMs = 10_000;

export interface Watched {
  readonly document: vscode.TextDocument;
  readonly range: OffsetRange;
  /** What stood there before Accept. */
  readonly before: string;
  /** What stands there after it; the same after Keep Original. */
  readonly after: string;
}

export type Aftermath =
  { readonly kind: 'undone' } | { readonly kind: 'changed'; readonly finalText: string };

export class AfterAccept implements vscode.Disposable {
  readonly #onAftermath: (aftermath: Aftermath) => void;
  readonly #watched: Watched;
  readonly #subscriptions: vscode.Disposable[];
  #timer: ReturnType<typeof setTimeout>;
  #range: WrittenRange;
  /** The caret left: edits no longer belong to the decision, undoing it still does. */
  #left = false;
  /** What Accept did was undone; redoing it takes that back. */
  #undone = false;
  #ended = false;

  constructor(watched: Watched, onAftermath: (aftermath: Aftermath) => void) {
    this.#watched = watched;
    this.#onAftermath = onAftermath;
    this.#range = watched.range;
    this.#timer = setTimeout(() => this.#end(), watchMs);
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === watched.document) this.#follow(event);
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor.document === watched.document && !this.#holds(textEditor.selections)) this.#leave();
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        // Another language is a closing and an opening of a text that stays open.
        if (document.isClosed && document === watched.document) this.#end();
      }),
    ];
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** Whether it is about this place, in part. */
  touches(document: vscode.TextDocument, { start, end }: OffsetRange): boolean {
    return document === this.#watched.document && start <= this.#range.end && end >= this.#range.start;
  }

  /** Ends the watch and says what happened so far. */
  finish(): void {
    this.#end();
  }

  dispose(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #follow(event: vscode.TextDocumentChangeEvent): void {
    const { before, after } = this.#watched;
    // Undoing gives back what Accept took away at the end.
    const grow = event.reason === undefined ? growWithin : growRange;
    this.#range = inOrder(event.contentChanges.map(plainChange)).reduce(grow, this.#range);
    const text = this.#text();
    if (text === after) this.#setUndone(false);
    else if (event.reason === vscode.TextDocumentChangeReason.Undo && text === before) this.#setUndone(true);
  }

  #setUndone(undone: boolean): void {
    if (this.#undone === undone) return;
    this.#undone = undone;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), undone ? redoMs : watchMs);
  }

  /** Whether a caret is still in the paragraph or on the line after it, where Enter at its end leads. */
  #holds(selections: readonly vscode.Selection[]): boolean {
    const { document } = this.#watched;
    const first = document.positionAt(this.#range.start).line;
    const last = document.positionAt(this.#range.end).line;
    return selections.some(({ active }) => active.line >= first && active.line <= last + 1);
  }

  #leave(): void {
    if (this.#text() !== this.#watched.after) this.#end();
    else this.#left = true;
  }

  #text(): string {
    const { document } = this.#watched;
    return document.getText(
      new vscode.Range(document.positionAt(this.#range.start), document.positionAt(this.#range.end)),
    );
  }

  #end(): void {
    if (this.#ended) return;
    this.dispose();
    if (this.#undone) {
      this.#onAftermath({ kind: 'undone' });
      return;
    }
    const finalText = this.#text();
    // A text that is gone, with its document or without, is no wording.
    if (this.#left || finalText.trim() === '' || finalText === this.#watched.after) return;
    this.#onAftermath({ kind: 'changed', finalText });
  }
}
