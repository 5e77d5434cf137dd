/** @file The review as a diff editor: where zones can't be (notebook cells, comments switched off) and for **Show Diff**. */
import * as vscode from 'vscode';
import type { CandidateDocuments } from './candidateDocuments.ts';
import type { RefineRun } from './refineRun.ts';
import { reviewTitle, type ReviewSurface, type ReviewView } from './reviewSurface.ts';

export class ReviewDiff implements ReviewSurface {
  readonly #documents: CandidateDocuments;
  readonly #run: RefineRun;
  readonly #uri: vscode.Uri;
  readonly #onError: (error: unknown) => void;
  #opened = false;

  constructor(documents: CandidateDocuments, run: RefineRun, onError: (error: unknown) => void) {
    this.#documents = documents;
    this.#run = run;
    this.#onError = onError;
    const { document } = run.request;
    this.#uri = documents.create(document.uri.path.split('/').at(-1) ?? 'text.md', document.getText());
  }

  update(view: ReviewView): void {
    const candidate = view.candidates[view.current];
    const offsets = this.#run.offsets;
    if (!candidate || !offsets) return;
    const { document } = this.#run.request;
    const text = document.getText();
    this.#documents.set(this.#uri, text.slice(0, offsets.start) + candidate.text + text.slice(offsets.end));
    if (this.#opened) return;
    this.#opened = true;
    vscode.commands
      .executeCommand('vscode.diff', document.uri, this.#uri, reviewTitle(view, vscode.l10n.t), {
        preview: true,
      })
      .then(undefined, this.#onError);
  }

  dispose(): void {
    const isOurs = (tab: vscode.Tab) =>
      tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.toString() === this.#uri.toString();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(isOurs));
    vscode.window.tabGroups.close(tabs).then(() => this.#documents.delete(this.#uri), this.#onError);
  }
}
