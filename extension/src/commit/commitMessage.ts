/** @file Refining the commit message of the SCM box, which is no editor: the candidates are picked from a list, through the Git extension's API. */
import * as vscode from 'vscode';
import type { Candidate } from '../../../server/protocol/refine.ts';
import type { CandidateDocuments } from '../host/candidateDocuments.ts';
import type { DraftClient } from '../engine/client.ts';
import { splicedMessage } from './commitText.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Dialogs } from '../messages/dialogs.ts';
import type { Failure } from '../messages/errors.ts';
import { findRepository, type GitRepository } from './gitRepository.ts';
import { RefineRun } from '../review/refineRun.ts';
import { roleName } from '../review/reviewSurface.ts';
import { say } from '../messages/say.ts';
import { isOnOrTurnedOn } from '../settings/turnOn.ts';

export interface CommitMessageDependencies {
  readonly client: DraftClient;
  readonly documents: CandidateDocuments;
  readonly decisions: Decisions;
  readonly dialogs: Dialogs;
  readonly showFailure: (failure: Failure) => void;
}

/** `sourceControl` is what `scm/title` hands over: its root names the repository. */
export async function refineCommitMessage(
  dependencies: CommitMessageDependencies,
  sourceControl?: { readonly rootUri?: vscode.Uri },
): Promise<void> {
  const t = vscode.l10n.t;
  const found = await findRepository(sourceControl?.rootUri);
  if (found.kind !== 'found') {
    say(
      found.kind === 'noGit'
        ? t("Git can't be reached from this window: refine the message in an editor.")
        : t('There is no Git repository here.'),
    );
    return;
  }
  const { repository } = found;
  const message = repository.inputBox.value;
  if (message.trim() === '') {
    say(t('There is no commit message to refine.'));
    return;
  }
  const uri = dependencies.documents.create('COMMIT_EDITMSG', message);
  try {
    const opened = await vscode.workspace.openTextDocument(uri);
    const document = await vscode.languages.setTextDocumentLanguage(opened, 'git-commit').then(
      (changed) => changed,
      () => opened,
    );
    if (await isOnOrTurnedOn(document, dependencies.dialogs))
      await refineDocument(dependencies, document, repository, message);
  } finally {
    dependencies.documents.delete(uri);
  }
}

/** `message` is what the box says, and what the document was made of. */
async function refineDocument(
  dependencies: CommitMessageDependencies,
  document: vscode.TextDocument,
  repository: GitRepository,
  message: string,
): Promise<void> {
  const t = vscode.l10n.t;
  const whole = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  const run = new RefineRun(dependencies.client, { document, range: whole, task: 'improve' });
  try {
    const cancelled = await write(run);
    if (run.state.kind === 'failed') {
      dependencies.showFailure(run.state.failure);
      return;
    }
    const { contextId, candidates, offsets } = run;
    if (contextId === undefined || offsets === undefined || candidates.length === 0) {
      if (!cancelled) say(t('Nothing to improve here.'));
      return;
    }
    const picked = await pick(candidates);
    if (!picked) return;
    if (picked.kind === 'accepted') {
      if (repository.inputBox.value !== message) {
        await sayChanged(dependencies.dialogs, repository);
        return;
      }
      repository.inputBox.value = splicedMessage(document.getText(), offsets, picked.candidate.text);
    }
    const seen = candidates.map((candidate) => candidate.id);
    dependencies.decisions.record(
      document,
      { contextId, candidateId: picked.candidate.id, kind: picked.kind, seen },
      run.retell(),
    );
  } finally {
    run.dispose();
  }
}

/** Runs it behind a notification. @returns whether the writer stopped it there */
async function write(run: RefineRun): Promise<boolean> {
  const options: vscode.ProgressOptions = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Refining the commit message…'),
    cancellable: true,
  };
  return await vscode.window.withProgress(options, async (_progress, token) => {
    const subscription = token.onCancellationRequested(() => run.stop());
    await run.start();
    subscription.dispose();
    return token.isCancellationRequested;
  });
}

interface Picked {
  readonly kind: 'accepted' | 'rejected';
  readonly candidate: Candidate;
}

interface PickItem extends vscode.QuickPickItem {
  readonly decision?: Picked;
}

/** Newest first. Undefined when the list was closed: why is not told, so that it says nothing about the candidates. */
async function pick(candidates: readonly Candidate[]): Promise<Picked | undefined> {
  const t = vscode.l10n.t;
  const items: PickItem[] = candidates.toReversed().map((candidate) => ({
    label: firstLine(candidate.text),
    detail: rest(candidate.text),
    description: roleName(candidate.role, t),
    decision: { kind: 'accepted', candidate },
  }));
  const newest = candidates.at(-1);
  if (newest) {
    items.push(
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      { label: t('Keep Original'), decision: { kind: 'rejected', candidate: newest } },
    );
  }
  // It stays while the writer looks at the changes.
  const options = { placeHolder: t('Use as commit message'), ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.decision;
}

async function sayChanged(dialogs: Dialogs, { rootUri }: GitRepository): Promise<void> {
  const t = vscode.l10n.t;
  const again = t('Refine Again');
  const answer = await dialogs.ask({
    severity: 'warning',
    message: t('The commit message changed while Second Draft was writing.'),
    buttons: [again],
  });
  if (answer === again) await vscode.commands.executeCommand('secondDraft.refineCommitMessage', { rootUri });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trimEnd() ?? '';
}

function rest(text: string): string {
  return text.split('\n').slice(1).join(' ').trim();
}
