/** @file Whether a document can be edited, as far as the API tells: an editor that was made read-only for the session is found out by trying. */
import * as vscode from 'vscode';

/** What VS Code's own file system says of a file whose mode forbids writing; the API has no name for it. */
const locked = 2;

/** Its file system can be written, and the file is not marked read-only: by itself, or by the settings `files.readonly…`. */
export async function isWritable(document: vscode.TextDocument): Promise<boolean> {
  const { uri, isUntitled } = document;
  if (isUntitled || uri.scheme === 'vscode-notebook-cell') return true;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) === false) return false;
  const files = vscode.workspace.getConfiguration('files', document);
  if (matches(document, files.get('readonlyInclude')) && !matches(document, files.get('readonlyExclude')))
    return false;
  try {
    const { permissions = 0 } = await vscode.workspace.fs.stat(uri);
    const forbidden =
      vscode.FilePermission.Readonly | (files.get('readonlyFromPermissions') === true ? locked : 0);
    return (permissions & forbidden) === 0;
  } catch {
    // A file that was never saved, or was deleted under the editor: its text can still be edited.
    return (
      vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== undefined || uri.scheme === 'vscode-userdata'
    );
  }
}

/** `patterns`: a setting of the form `{"**\/*.lock": true}`. */
function matches(document: vscode.TextDocument, patterns: unknown): boolean {
  if (typeof patterns !== 'object' || patterns === null) return false;
  return Object.entries(patterns).some(
    ([pattern, on]) => on === true && vscode.languages.match({ pattern }, document) > 0,
  );
}
