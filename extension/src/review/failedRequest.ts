/** @file A refine that failed, kept for its buttons: what was asked, and where that text is while the writer goes on. */
import * as vscode from 'vscode';
import { growRange, inOrder, plainChange, type OffsetRange } from '../text/rangeTracking.ts';
import type { RefineRequest } from './refineRun.ts';

export class FailedRequest implements vscode.Disposable {
  readonly #request: RefineRequest;
  readonly #subscription: vscode.Disposable;
  #offsets: OffsetRange;

  /** @param range where the text is now, which may not be where it was when it was asked about */
  constructor(request: RefineRequest, { start, end }: vscode.Range) {
    const { document } = request;
    this.#request = request;
    this.#offsets = { start: document.offsetAt(start), end: document.offsetAt(end) };
    this.#subscription = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document) return;
      this.#offsets = inOrder(event.contentChanges.map(plainChange)).reduce(growRange, this.#offsets);
    });
  }

  /** The same wish for the text where it is now; undefined where its document was closed. */
  again(): RefineRequest | undefined {
    return this.#request.document.isClosed ? undefined : this.#of(this.#offsets);
  }

  /** For a part of it, in offsets of a version of the document; for all of it where the document has changed since. */
  part(offsets: OffsetRange, version: number): RefineRequest {
    return this.#of(this.#request.document.version === version ? offsets : this.#offsets);
  }

  #of({ start, end }: OffsetRange): RefineRequest {
    const { document } = this.#request;
    return {
      ...this.#request,
      range: new vscode.Range(document.positionAt(start), document.positionAt(end)),
    };
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
