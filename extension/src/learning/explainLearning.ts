/** @file The panel "How Second Draft learns" (command secondDraft.explainLearning): a shell; the page itself is media/explainLearning. */
import * as vscode from 'vscode';
import { mediaRoot, webviewPage } from '../host/webviewPage.ts';

let open: vscode.WebviewPanel | undefined; // at most one panel a window, as with VS Code's own pages

/** Opens the panel, or shows the one that is open. */
export function openExplainLearning(context: vscode.ExtensionContext): void {
  if (open) {
    open.reveal();
    return;
  }
  const { extensionUri } = context;
  const panel = vscode.window.createWebviewPanel(
    'secondDraft.explainLearning',
    vscode.l10n.t('How Second Draft learns'),
    vscode.ViewColumn.Active,
    { enableScripts: true, localResourceRoots: [mediaRoot(extensionUri)] },
  );
  panel.webview.html = webviewPage(panel.webview, extensionUri, 'explainLearning', 'How Second Draft learns');
  open = panel;
  panel.onDidDispose(() => {
    open = undefined;
  });
  context.subscriptions.push({
    dispose: () => {
      panel.dispose();
    },
  });
}
