/** @file `secondDraft.enable` where it is false: says so when a refine is asked for all the same, and switches it on in the setting that says it. */
import * as vscode from 'vscode';
import { configurationTarget, decidingPlace, documentSettings } from './config.ts';
import type { Dialogs } from '../messages/dialogs.ts';

/** Whether Second Draft is on for a document; where it is off, the writer can turn it on. */
export async function isOnOrTurnedOn(document: vscode.TextDocument, dialogs: Dialogs): Promise<boolean> {
  if (documentSettings(document).enabled) return true;
  const turnOn = vscode.l10n.t('Turn On');
  const answer = await dialogs.ask({
    severity: 'info',
    message: vscode.l10n.t('Second Draft is off here.'),
    buttons: [turnOn],
  });
  if (answer !== turnOn) return false;
  const config = vscode.workspace.getConfiguration('secondDraft', document);
  const { target, forLanguage } = decidingPlace(config.inspect<boolean>('enable') ?? {});
  await config.update('enable', true, configurationTarget(target), forLanguage);
  return true;
}
