/** @file `secondDraft.enable` where it is false: says so when a refine is asked for all the same, and switches it on in the setting that says it. */
import * as vscode from 'vscode';
import { documentSettings } from './config.ts';
import type { Dialogs } from './dialogs.ts';

type Target = 'global' | 'workspace' | 'workspaceFolder';

/** What `inspect` tells of a setting; a value for the document's language counts before any other. */
export type Inspected = Partial<
  Record<`${Target}Value` | `${Target}LanguageValue` | 'defaultLanguageValue', boolean | undefined>
>;

export interface SettingPlace {
  readonly target: Target;
  readonly forLanguage: boolean;
}

/** Where the value that counts stands. */
export function decidingPlace(inspected: Inspected): SettingPlace {
  const nearestFirst: readonly Target[] = ['workspaceFolder', 'workspace', 'global'];
  const forLanguage = nearestFirst.find((target) => inspected[`${target}LanguageValue`] !== undefined);
  if (forLanguage) return { target: forLanguage, forLanguage: true };
  if (inspected.defaultLanguageValue !== undefined) return { target: 'global', forLanguage: true };
  const target = nearestFirst.find((one) => inspected[`${one}Value`] !== undefined) ?? 'global';
  return { target, forLanguage: false };
}

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
  const targets = {
    global: vscode.ConfigurationTarget.Global,
    workspace: vscode.ConfigurationTarget.Workspace,
    workspaceFolder: vscode.ConfigurationTarget.WorkspaceFolder,
  };
  await config.update('enable', true, targets[target], forLanguage);
  return true;
}
