/** @file The Git extension's repositories, as far as they are used here: the commit message in the SCM box is theirs. */
import * as vscode from 'vscode';
import { repositoryAt } from './commitText.ts';

/** The part of the Git extension's API (version 1) that is used here. */
export interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly ui: { readonly selected: boolean };
}
interface GitApi {
  readonly repositories: readonly GitRepository[];
  getRepository(uri: vscode.Uri): GitRepository | null;
}
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

export type FoundRepository =
  | { readonly kind: 'found'; readonly repository: GitRepository }
  /** The Git extension is switched off, or runs on another machine than this extension, as in a remote window. */
  | { readonly kind: 'noGit' }
  | { readonly kind: 'noRepository' };

/** Whether the Git extension runs where this one does. */
export function gitIsHere(): boolean {
  return gitExtension() !== undefined;
}

/** The repository at `root`; without a root the selected one. */
export async function findRepository(root: vscode.Uri | undefined): Promise<FoundRepository> {
  const extension = gitExtension();
  if (!extension) return { kind: 'noGit' };
  const git = await extension.activate();
  // Asked for its API while `git.enabled` is off, it throws.
  if (!git.enabled) return { kind: 'noGit' };
  const api = git.getAPI(1);
  const repository =
    repositoryAt(api.repositories, root) ?? (root === undefined ? null : api.getRepository(root));
  return repository ? { kind: 'found', repository } : { kind: 'noRepository' };
}

function gitExtension(): vscode.Extension<GitExtension> | undefined {
  return vscode.extensions.getExtension<GitExtension>('vscode.git');
}
