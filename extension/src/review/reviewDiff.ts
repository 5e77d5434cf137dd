/** @file The review as a diff editor: where zones can't be (notebook cells, comments switched off) and for **Show Diff**. */
import * as vscode from 'vscode';
import type { CandidateDocuments } from '../host/candidateDocuments.ts';
import type { RefineRun } from './refineRun.ts';
import type { ReviewSurface, ReviewView } from './reviewSurface.ts';

/** Opens by itself once, with the first candidate; a tab that was closed comes back with {@link ReviewDiff.show}. */
export class ReviewDiff implements ReviewSurface {
  readonly #documents: CandidateDocuments;
  readonly #run: RefineRun;
  readonly #name: string;
  readonly #uri: vscode.Uri;
  readonly #onError: (error: unknown) => void;
  readonly #closing: vscode.Disposable;
  #opened = false;

  /** @param onClose the writer closed its tab */
  constructor(
    documents: CandidateDocuments,
    run: RefineRun,
    onError: (error: unknown) => void,
    onClose: () => void,
  ) {
    this.#documents = documents;
    this.#run = run;
    this.#onError = onError;
    const { document } = run.request;
    this.#name = document.uri.path.split('/').at(-1) ?? 'text.md';
    this.#uri = documents.create(this.#name, document.getText());
    this.#closing = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      // One that is moved to another group closes in the first.
      if (closed.some((tab) => this.#isOurs(tab)) && this.#tabs().length === 0) onClose();
    });
  }

  update(view: ReviewView): void {
    const candidate = view.candidates[view.current];
    const offsets = this.#run.offsets;
    if (!candidate || !offsets) return;
    const text = this.#run.request.document.getText();
    this.#documents.set(this.#uri, text.slice(0, offsets.start) + candidate.text + text.slice(offsets.end));
    if (!this.#opened) this.#open();
  }

  /** Brings its tab to the front, opening it again where it was closed. */
  show(view: ReviewView): void {
    const wasOpened = this.#opened;
    this.update(view);
    if (wasOpened) this.#open();
  }

  /** Whether a document is the candidate's side of this diff. */
  shows(document: vscode.TextDocument): boolean {
    return document.uri.toString() === this.#uri.toString();
  }

  dispose(): void {
    this.#closing.dispose();
    vscode.window.tabGroups.close(this.#tabs()).then(() => this.#documents.delete(this.#uri), this.#onError);
  }

  /** VS Code shows the tab that there is, if there is one. */
  #open(): void {
    this.#opened = true;
    vscode.commands
      .executeCommand(
        'vscode.diff',
        this.#run.request.document.uri,
        this.#uri,
        vscode.l10n.t('Suggestion for {0}', this.#name),
        { preview: true },
      )
      .then(undefined, this.#onError);
  }

  #tabs(): vscode.Tab[] {
    return vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter((tab) => this.#isOurs(tab)));
  }

  #isOurs({ input }: vscode.Tab): boolean {
    return input instanceof vscode.TabInputTextDiff && input.modified.toString() === this.#uri.toString();
  }
}
