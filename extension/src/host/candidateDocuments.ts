/** @file Read-only `second-draft:` documents: what a diff editor shows, and texts that have no document of their own (commit messages). */
import * as vscode from 'vscode';

export const candidateScheme = 'second-draft';

export class CandidateDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  // VS Code asks for onDidChange at once: it must be there.
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(candidateScheme, this);
  #last = 0;

  /** A new document with this text; `name` is what tabs show. */
  create(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: candidateScheme, path: `/${String(++this.#last)}/${name}` });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  set(uri: vscode.Uri, text: string): void {
    if (this.#texts.get(uri.toString()) === text) return;
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  delete(uri: vscode.Uri): void {
    this.#texts.delete(uri.toString());
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
