/** @file The context keys about where the writer is, for keys and menus: in prose, where Second Draft is off, where Git can be reached. */
import * as vscode from 'vscode';
import { documentSettings, onDidChangeSettings } from './settings/config.ts';
import { setContext } from './host/contextKeys.ts';
import { gitIsHere } from './commit/gitRepository.ts';
import { isProse } from './settings/prose.ts';

export class EditorContexts implements vscode.Disposable {
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.#subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(noticeEditor),
      // A document whose language changes is opened again.
      vscode.workspace.onDidOpenTextDocument(noticeEditor),
      onDidChangeSettings(noticeEditor),
      vscode.extensions.onDidChange(noticeGit),
    ];
    noticeEditor();
    noticeGit();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

function noticeEditor(): void {
  const document = vscode.window.activeTextEditor?.document;
  setContext('inProse', document !== undefined && isProse(document.languageId));
  // Off rather than on: the keys for prose work before the extension is active.
  setContext('offHere', document !== undefined && !documentSettings(document).enabled);
}

function noticeGit(): void {
  setContext('git', gitIsHere());
}
