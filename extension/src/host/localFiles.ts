/**
 * @file Files that the writer chose, as paths on this computer, where the server reads and writes: in a remote window a file dialog
 * may name a file on the other machine, which is copied through the editor.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

/** Hands on the path of the file, or of a copy that lasts until `use` is done. */
export async function readLocally<T>(file: vscode.Uri, use: (path: string) => Promise<T>): Promise<T> {
  if (file.scheme === 'file') return await use(file.fsPath);
  return await withTemporary(file, async (copy) => {
    await vscode.workspace.fs.copy(file, copy, { overwrite: true });
    return await use(copy.fsPath);
  });
}

/** Hands on the path to write; what is written there is at `target` when this resolves. */
export async function writeLocally<T>(target: vscode.Uri, use: (path: string) => Promise<T>): Promise<T> {
  if (target.scheme === 'file') return await use(target.fsPath);
  return await withTemporary(target, async (copy) => {
    const result = await use(copy.fsPath);
    await vscode.workspace.fs.copy(copy, target, { overwrite: true });
    return result;
  });
}

export function nameOf({ path }: vscode.Uri): string {
  return path.split('/').at(-1) ?? '';
}

/** A file of the same name in a folder of its own, which is removed afterwards. */
async function withTemporary<T>(file: vscode.Uri, use: (copy: vscode.Uri) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'second-draft-'));
  try {
    return await use(vscode.Uri.file(join(folder, nameOf(file))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
