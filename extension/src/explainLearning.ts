/** @file The panel "How Second Draft learns" (command secondDraft.explainLearning): a shell; the page itself is media/explainLearning. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

let open: vscode.WebviewPanel | undefined; // at most one panel a window, as with VS Code's own pages

/** Opens the panel, or shows the one that is open. */
export function openExplainLearning(context: vscode.ExtensionContext): void {
  if (open) {
    open.reveal();
    return;
  }
  const root = vscode.Uri.joinPath(context.extensionUri, 'dist', 'media');
  const panel = vscode.window.createWebviewPanel(
    'secondDraft.explainLearning',
    vscode.l10n.t('How Second Draft learns'),
    vscode.ViewColumn.Active,
    { enableScripts: true, localResourceRoots: [root] },
  );
  const script = panel.webview.asWebviewUri(vscode.Uri.joinPath(root, 'explainLearning.js'));
  const style = panel.webview.asWebviewUri(vscode.Uri.joinPath(root, 'explainLearning.css'));
  const nonce = randomBytes(16).toString('hex');
  const policy = `default-src 'none'; style-src ${panel.webview.cspSource}; script-src 'nonce-${nonce}'`;
  panel.webview.html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>How Second Draft learns</title>
<link rel="stylesheet" href="${style.toString()}">
</head>
<body><main id="app"></main><script nonce="${nonce}" src="${script.toString()}"></script></body>
</html>`;
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
