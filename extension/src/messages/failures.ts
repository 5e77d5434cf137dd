/** @file Shows a failure to the writer, with its buttons. errors.ts has the words. */
import * as vscode from 'vscode';
import type { Dialogs } from './dialogs.ts';
import { errorView, type ErrorView, type Failure } from './errors.ts';
import { say } from './say.ts';

export async function showFailure(
  failure: Failure,
  dialogs: Dialogs,
  log: vscode.LogOutputChannel,
  /** Whether the server stays stopped; a crash that was mended is told more gently. */
  gaveUp: boolean,
  /** Whether a refine failed, which can be asked for again. */
  ofRefine: boolean,
): Promise<void> {
  const view = viewOf(failure, gaveUp, ofRefine);
  if (!view) return;
  log.error(`${failure.code}: ${failure.message}`);
  if (view.buttons.length === 0) {
    // A plain fact that needs no answer.
    say(view.message);
    return;
  }
  const answer = await dialogs.ask({
    severity: 'error',
    message: view.message,
    buttons: view.buttons.map((button) => button.title),
  });
  const button = view.buttons.find(({ title }) => title === answer);
  if (button) await vscode.commands.executeCommand(button.command, ...(button.args ?? []));
}

function viewOf(failure: Failure, gaveUp: boolean, ofRefine: boolean): ErrorView | null {
  const t = vscode.l10n.t;
  if (failure.code !== 'serverCrashed' || gaveUp) return errorView(failure, t);
  return {
    message: t('The writing engine stopped and was started again. Your text is untouched.'),
    buttons: [
      ...(ofRefine ? [{ title: t('Refine Again'), command: 'secondDraft.tryAgain' }] : []),
      { title: t('Show Log'), command: 'secondDraft.showLog' },
    ],
  };
}
