/** @file What the suites share: the extension's API, documents to write in, and waiting for conditions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import type { DecideParams, DecideResult } from '../../server/protocol/decisions.ts';

export const extensionId = 'second-draft.second-draft';

export async function activated(): Promise<SecondDraftApi> {
  const extension = vscode.extensions.getExtension<SecondDraftApi>(extensionId);
  assert.ok(extension, 'the packaged extension is installed');
  const api = await extension.activate();
  await api.ready;
  return api;
}

/** Polls until the condition gives something; fails with `what` after a minute. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 60_000,
): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A new text in an editor. */
export async function open(content: string, language = 'markdown'): Promise<vscode.TextEditor> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const document = await vscode.workspace.openTextDocument({ language, content });
    const editor = await vscode.window.showTextDocument(document);
    await until('the editor to be active', () => vscode.window.activeTextEditor === editor);
    if (editor.document.getText() === content) {
      putCaret(editor, 0, 0);
      return editor;
    }
    // VS Code gives a new text the name of one that was just closed, and now and then still has that one's words.
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  }
  throw new Error('VS Code opened another text five times');
}

export function putCaret(editor: vscode.TextEditor, line: number, character: number): void {
  editor.selection = new vscode.Selection(line, character, line, character);
}

export async function run(command: string, ...args: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(`secondDraft.${command}`, ...args);
}

/** Waits until everything about the open review is written. */
export async function reviewed(api: SecondDraftApi): Promise<NonNullable<SecondDraftApi['review']>> {
  let last = 'none was open';
  return await until('a finished review', () => {
    if (api.review) last = `${api.review.state}, ${String(api.review.candidates.length)} candidates`;
    return api.review?.state === 'finished' ? api.review : undefined;
  }).catch((error: unknown) => {
    throw new Error(`No review was finished; the last that was seen: ${last}`, { cause: error });
  });
}

const bad = 'She go to the office every days and he always forget him keys on the kitchen table.';
const worse = 'The report, which was wrote by the team last weak, contain many informations that is usefull.';

/**
 * A finished review of two candidates. The follower does not change every draft, and where two words are nearly as likely, a processor's
 * rounding decides: of the first text where it did.
 */
export async function twoCandidates(api: SecondDraftApi): Promise<NonNullable<SecondDraftApi['review']>> {
  const wordy =
    'Due to the fact that the weather was bad, we made the decision to postpone the meeting until a later point in time';
  const texts = [
    'In my opinion I think that it is a very good idea that we should to begin the work more earlier in the morning.',
    'me and him was going to fix the roof tomorrow but the rain it dont stop',
    `${bad} ${worse} ${wordy}, and the paragraph ends here.`,
    `${bad} ${worse}`,
    worse,
    `${worse} ${bad} ${worse}`,
  ];
  for (const text of texts) {
    await open(`${text}\n`);
    await run('refine');
    const review = await until('the end of writing', () => {
      if (api.review === undefined) return 'nothing to improve' as const;
      return api.review.state === 'finished' ? api.review : undefined;
    });
    if (review !== 'nothing to improve' && review.candidates.length > 1) return review;
    await closeEverything();
  }
  throw new Error('The follower changed none of the drafts.');
}

/** Accepts as a key press does, which is ignored in the first moments after a candidate appears. */
export async function acceptWhenAllowed(api: SecondDraftApi): Promise<void> {
  const before = api.review;
  assert.ok(before, 'a review is open');
  await until('the accepted review to end', async () => {
    await run('accept');
    return api.review?.index !== before.index || api.review.uri !== before.uri;
  });
}

/** Every decision from now on. */
export function decisions(api: SecondDraftApi): {
  readonly list: { params: DecideParams; result: DecideResult }[];
  dispose(): void;
} {
  const list: { params: DecideParams; result: DecideResult }[] = [];
  const subscription = api.onDidDecide((decided) => list.push(decided));
  return {
    list,
    dispose: () => {
      subscription.dispose();
    },
  };
}

export async function closeEverything(): Promise<void> {
  await run('stop');
  await run('keepOriginal');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** The language server's process: the child of this extension host that runs our bundle. */
export function serverPid(): number | undefined {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  for (const line of processes.split('\n')) {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) === process.pid && command?.includes('server.mjs')) return Number(pid);
  }
  return undefined;
}

/** A text that goes on nearly by itself. */
export const unfinished =
  'The library opened last spring. The children of the village count every day after school: one, two, three,';

/** As from the keyboard. */
export async function type(text: string): Promise<void> {
  await vscode.commands.executeCommand('type', { text });
}

export function putCaretAtEnd(editor: vscode.TextEditor): void {
  const { end } = editor.document.lineAt(editor.document.lineCount - 1).range;
  putCaret(editor, end.line, end.character);
}

/** A document with the caret at the end of an unfinished sentence, and ghost text that was asked for. */
export async function suggested(
  api: SecondDraftApi,
  language = 'markdown',
  beginning = unfinished,
): Promise<[vscode.TextEditor, string]> {
  const editor = await open(beginning, language);
  putCaretAtEnd(editor);
  const text = await until('a suggestion', async () => {
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    return await until('it to be offered', () => api.suggestion, 5_000).catch(() => undefined);
  });
  return [editor, text];
}
