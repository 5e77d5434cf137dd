/** @file Reads the settings `secondDraft.*` for a document and its language, and says when they change. Nobody else reads them. */
import * as vscode from 'vscode';
import { defaultSettings, type Settings } from '../../../server/protocol/settings.ts';
import { isEnabledFor, mayOfferUnasked, yieldsToCopilot, type UnaskedFacts } from './ghostGate.ts';
import { isProse } from './prose.ts';
import type { ProxySettings } from './proxyEnvironment.ts';

const section = 'secondDraft';

/** What the client itself needs to know about a document; the server asks for the rest. */
export interface DocumentSettings {
  readonly enabled: boolean;
  readonly inlineTrigger: Settings['inlineSuggestions']['trigger'];
  readonly inlineDelayMs: number;
  readonly yieldToOthers: boolean;
  readonly record: boolean;
}

export function documentSettings(document: vscode.TextDocument): DocumentSettings {
  const config = vscode.workspace.getConfiguration(section, document);
  // These two belong to the window; VS Code warns when they are read for a document.
  const window = vscode.workspace.getConfiguration(section);
  const inline = defaultSettings.inlineSuggestions;
  return {
    enabled: config.get('enable', defaultSettings.enable),
    inlineTrigger: config.get('inlineSuggestions.trigger', inline.trigger),
    inlineDelayMs: window.get('inlineSuggestions.delayMs', inline.delayMs),
    yieldToOthers: window.get('inlineSuggestions.yieldToOthers', inline.yieldToOthers),
    record: config.get('learning.record', defaultSettings.learning.record),
  };
}

/** How the editor reaches the network. */
export function proxySettings(): ProxySettings {
  const http = vscode.workspace.getConfiguration('http');
  return { proxy: http.get('proxy', ''), noProxy: http.get<string[]>('noProxy', []) };
}

/** The writer's data folder: the setting, else the extension's own. */
export function storagePath(otherwise: string): string {
  return vscode.workspace.getConfiguration(section).get('storage.path', '').trim() || otherwise;
}

type Target = 'global' | 'workspace' | 'workspaceFolder';

/** What `inspect` tells of a setting; a value for the document's language counts before any other. */
type Inspected = Partial<
  Record<`${Target}Value` | `${Target}LanguageValue` | 'defaultLanguageValue', unknown>
>;

interface SettingPlace {
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

export function configurationTarget(target: Target): vscode.ConfigurationTarget {
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  return { global: Global, workspace: Workspace, workspaceFolder: WorkspaceFolder }[target];
}

/** Sets when ghost text is offered in a language, in the setting that says it for the text before the writer, else in the user's own. */
export async function setInlineTrigger(
  languageId: string,
  trigger: Settings['inlineSuggestions']['trigger'],
): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  // Without a document no folder's settings are read.
  const scope = document?.languageId === languageId ? document : { languageId };
  const config = vscode.workspace.getConfiguration(section, scope);
  const key = 'inlineSuggestions.trigger';
  // Where a folder or the workspace says it for the language, the writer's own value would not count.
  const { target, forLanguage } = decidingPlace(config.inspect(key) ?? {});
  await config.update(key, trigger, configurationTarget(forLanguage ? target : 'global'), true);
}

export async function setSetting(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration(section).update(key, value, vscode.ConfigurationTarget.Global);
}

/** What names a model before the one that was picked from the list has its turn. */
const modelSettings = ['server.url', 'model.path', 'model.id'] as const;

/**
 * Takes back the settings that name another model than the one that is picked. They belong to the machine: VS Code writes them there.
 * @returns what puts them back; undefined where there were none
 */
export async function resetModelSettings(): Promise<(() => Promise<void>) | undefined> {
  const config = vscode.workspace.getConfiguration(section);
  const before = modelSettings.flatMap((key) => {
    const value = config.inspect<string>(key)?.globalValue;
    return value === undefined ? [] : [{ key, value }];
  });
  if (before.length === 0) return undefined;
  for (const { key } of before) await setSetting(key, undefined);
  return async () => {
    for (const { key, value } of before) await setSetting(key, value);
  };
}

export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(section)) listener();
  });
}

/** Copilot was switched on or off for a language, installed or removed. */
export function onDidChangeCopilot(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('github.copilot.enable')) listener();
    }),
    vscode.extensions.onDidChange(listener),
  );
}

/** Of what the engine reads at its start only. */
export function onDidChangeEngineSettings(listener: () => void): vscode.Disposable {
  const keys = ['engine.gpu', 'engine.threads', 'storage.path'];
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (keys.some((key) => event.affectsConfiguration(`${section}.${key}`))) listener();
  });
}

/** Whether Copilot offers ghost text in this language: its own setting, if it is installed. */
function copilotIsOn(languageId: string): boolean {
  const installed =
    vscode.extensions.getExtension('github.copilot') ?? vscode.extensions.getExtension('github.copilot-chat');
  if (!installed) return false;
  const enable =
    vscode.workspace.getConfiguration('github.copilot').get<Record<string, boolean>>('enable') ?? {};
  return isEnabledFor(enable, languageId);
}

export async function turnCopilotOff(languageId: string): Promise<void> {
  const config = vscode.workspace.getConfiguration('github.copilot');
  const { globalValue, workspaceValue } = config.inspect<Record<string, boolean>>('enable') ?? {};
  // Where the workspace says something of the language, that is what counts.
  const [target, value] =
    workspaceValue?.[languageId] === undefined
      ? [vscode.ConfigurationTarget.Global, globalValue]
      : [vscode.ConfigurationTarget.Workspace, workspaceValue];
  await config.update('enable', { ...value, [languageId]: false }, target);
}

/** Whether ghost text may be offered unasked. */
export function suggestsOnPause(document: vscode.TextDocument): boolean {
  return mayOfferUnasked(unaskedFacts(document));
}

/** Whether it would be, but for Copilot. */
export function yieldsToCopilotIn(document: vscode.TextDocument): boolean {
  return yieldsToCopilot(unaskedFacts(document));
}

function unaskedFacts(document: vscode.TextDocument): UnaskedFacts {
  const { enabled, inlineTrigger, yieldToOthers } = documentSettings(document);
  return {
    enabled,
    isProse: isProse(document.languageId),
    trigger: inlineTrigger,
    yieldToOthers,
    copilotIsOn: copilotIsOn(document.languageId),
  };
}
