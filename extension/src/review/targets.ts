/** @file What the writer means by "this": the selections, the paragraphs at the carets, or what a caller names. */
import * as vscode from 'vscode';
import type { Range, Task } from '../../../server/protocol/common.ts';
import { candidateScheme } from '../host/candidateDocuments.ts';
import { isExcluded, isProse } from '../settings/prose.ts';
import { paragraphLines } from '../text/rangeTracking.ts';
import type { RefineRequest } from './refineRun.ts';

/** Arguments of `secondDraft.refine`: all may be left out. */
export interface RefineArguments {
  readonly uri?: string;
  readonly range?: Range;
  readonly task?: Task;
  readonly instruction?: string;
}

/** The requests of one command; empty where nothing can be refined. */
export async function targets(given: RefineArguments = {}): Promise<RefineRequest[]> {
  const { task = 'improve', instruction } = given;
  const what = { task, ...(instruction === undefined ? {} : { instruction }) };
  if (given.uri !== undefined && given.range !== undefined) {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(given.uri));
    const { start, end } = given.range;
    return [
      { document, range: new vscode.Range(start.line, start.character, end.line, end.character), ...what },
    ];
  }
  const editor = writableSide(vscode.window.activeTextEditor);
  if (!editor || isExcluded(editor.document.uri.scheme) || isCodeCell(editor.document)) return [];
  const { document, selections } = editor;
  return rangesOf(document, selections).map((range) => ({ document, range, ...what }));
}

/** Selections in the document's order; where there are only carets, one for each paragraph. */
function rangesOf(document: vscode.TextDocument, selections: readonly vscode.Selection[]): vscode.Range[] {
  const inOrder = [...selections].sort((a, b) => a.start.compareTo(b.start));
  const selected = inOrder.filter((selection) => !selection.isEmpty);
  if (selected.length > 0)
    return selected.map((selection) => new vscode.Range(selection.start, selection.end));
  const seen = new Set<number>();
  return inOrder.flatMap((selection) => {
    // Selections arrive from the window a moment after the text that they speak of.
    const active = document.validatePosition(selection.active);
    // A column of carets crosses the lines between paragraphs too.
    if (inOrder.length > 1 && document.lineAt(active).isEmptyOrWhitespace) return [];
    const [first] = paragraphLines((line) => document.lineAt(line).text, document.lineCount, active.line);
    if (seen.has(first)) return [];
    seen.add(first);
    return [new vscode.Range(active, active)];
  });
}

/** A notebook's code is not prose; comments in code files may be. */
function isCodeCell({ uri, languageId }: vscode.TextDocument): boolean {
  return uri.scheme === 'vscode-notebook-cell' && !isProse(languageId);
}

/** In a diff editor the right side: the left is what was. */
function writableSide(editor: vscode.TextEditor | undefined): vscode.TextEditor | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!editor || !(input instanceof vscode.TabInputTextDiff)) return editor;
  const original = input.original.toString();
  // Of our own diff the left side is the text; the other one is a suggestion.
  if (input.modified.scheme === candidateScheme)
    return (
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === original) ?? editor
    );
  if (editor.document.uri.toString() !== original) return editor;
  const modified = input.modified.toString();
  return (
    vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === modified) ?? editor
  );
}
