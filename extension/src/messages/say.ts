/** @file Short facts that need no answer: in the status bar, seen by who looks and in nobody's way. */
import * as vscode from 'vscode';

const shownMs = 5_000;

/** VS Code reads no status bar message aloud: with a screen reader it is a notification too. */
export function say(message: string): void {
  vscode.window.setStatusBarMessage(message, shownMs);
  const reader = vscode.workspace.getConfiguration('editor').get<string>('accessibilitySupport');
  if (reader === 'on') void vscode.window.showInformationMessage(message);
}
