/** @file Refining the commit message of the SCM box, which is no editor: the candidates are picked from a list, through the Git extension's API. */
import * as vscode from 'vscode';
import type { CandidateDocuments } from './candidateDocuments.ts';
import type { DraftClient } from './client.ts';
import type { Decisions } from './decisions.ts';
import type { Failure } from './errors.ts';
import { RefineRun } from './refineRun.ts';
import { roleName } from './reviewSurface.ts';

/** The part of the Git extension's API (version 1) that is used here. */
interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
}
interface GitApi {
  readonly repositories: readonly GitRepository[];
}
interface GitExtension {
  getAPI(version: 1): GitApi;
}

export interface CommitMessageDependencies {
  readonly client: DraftClient;
  readonly documents: CandidateDocuments;
  readonly decisions: Decisions;
  readonly showFailure: (failure: Failure) => void;
}

/** `sourceControl` is what `scm/title` hands over: its root names the repository. */
export async function refineCommitMessage(
  dependencies: CommitMessageDependencies,
  sourceControl?: { readonly rootUri?: vscode.Uri },
): Promise<void> {
  const t = vscode.l10n.t;
  const repository = await gitRepository(sourceControl?.rootUri);
  const message = repository?.inputBox.value.trim() ?? '';
  if (!repository || message === '') {
    vscode.window.setStatusBarMessage(t('There is no commit message to refine.'), 5_000);
    return;
  }
  const uri = dependencies.documents.create('COMMIT_EDITMSG', message);
  try {
    const opened = await vscode.workspace.openTextDocument(uri);
    const document = await vscode.languages.setTextDocumentLanguage(opened, 'git-commit').then(
      (changed) => changed,
      () => opened,
    );
    await refineDocument(dependencies, document, repository);
  } finally {
    dependencies.documents.delete(uri);
  }
}

async function refineDocument(
  { client, decisions, showFailure }: CommitMessageDependencies,
  document: vscode.TextDocument,
  repository: GitRepository,
): Promise<void> {
  const t = vscode.l10n.t;
  const whole = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  const run = new RefineRun(client, { document, range: whole, task: 'improve' });
  try {
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Refining the commit message…'),
        cancellable: true,
      },
      async (_progress, token) => {
        const subscription = token.onCancellationRequested(() => run.stop());
        await run.start();
        subscription.dispose();
      },
    );
    if (run.state.kind === 'failed') {
      showFailure(run.state.failure);
      return;
    }
    const { contextId, candidates } = run;
    if (contextId === undefined || candidates.length === 0) {
      vscode.window.setStatusBarMessage(t('Nothing to improve here.'), 5_000);
      return;
    }
    const items = candidates
      .map((candidate) => ({
        label: firstLine(candidate.text),
        detail: rest(candidate.text),
        description: roleName(candidate.role, t),
        candidate,
      }))
      .reverse();
    const picked = await vscode.window.showQuickPick(items, { placeHolder: t('Use as commit message') });
    const [newest] = items;
    const chosen = picked?.candidate ?? newest?.candidate;
    if (!chosen) return;
    if (picked) repository.inputBox.value = picked.candidate.text;
    decisions.record(document, {
      contextId,
      candidateId: chosen.id,
      kind: picked ? 'accepted' : 'rejected',
      seen: candidates.map((candidate) => candidate.id),
    });
  } finally {
    run.dispose();
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function rest(text: string): string {
  return text.split('\n').slice(1).join(' ').trim();
}

async function gitRepository(root: vscode.Uri | undefined): Promise<GitRepository | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) return undefined;
  const { repositories } = (await extension.activate()).getAPI(1);
  return repositories.find(({ rootUri }) => rootUri.toString() === root?.toString()) ?? repositories[0];
}
