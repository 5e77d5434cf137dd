/** @file Puts words of a candidate into the text that is reviewed, as one undo step, or says why not. */
import * as vscode from 'vscode';
import type { OffsetEdit } from '../text/edits.ts';
import type { RefineRun } from './refineRun.ts';
import { isWritable } from '../host/writable.ts';

export type Applied = 'done' | 'readOnly' | 'textChanged';

/** @param textAfter what the text under review reads then */
export async function applyToText(
  run: RefineRun,
  edits: readonly OffsetEdit[],
  textAfter: string,
): Promise<Applied> {
  const { document } = run.request;
  const writable = await isWritable(document);
  // Looked at behind that wait, in which the writer may have typed.
  if (
    run.offsets === undefined ||
    run.state.kind === 'textChanged' ||
    document.getText(run.range) !== run.currentText
  )
    return 'textChanged';
  if (edits.length === 0) return 'done'; // its changes were taken one by one
  if (!writable) return 'readOnly';
  const { version } = document;
  if (await changed(run, edits, textAfter)) return 'done';
  return document.version === version ? 'readOnly' : 'textChanged';
}

async function changed(run: RefineRun, edits: readonly OffsetEdit[], textAfter: string): Promise<boolean> {
  const { document } = run.request;
  const { start = 0 } = run.offsets ?? {};
  const ranges = edits.map((edit) => ({
    newText: edit.newText,
    range: new vscode.Range(document.positionAt(start + edit.start), document.positionAt(start + edit.end)),
  }));
  const editor = editableEditorOf(document);
  const { version } = document;
  return await run.edit(async () => {
    if (editor) {
      const accepted = await editor.edit(
        (builder) => {
          for (const { range, newText } of ranges) builder.replace(range, newText);
        },
        { undoStopBefore: true, undoStopAfter: true },
      );
      // An editor that was made read-only for this session says yes and does nothing.
      return accepted && document.version !== version;
    }
    const edit = new vscode.WorkspaceEdit();
    for (const { range, newText } of ranges) edit.replace(document.uri, range, newText);
    return await vscode.workspace.applyEdit(edit);
  }, textAfter);
}

/** The editor that has the focus, unless it is the left side of a diff, which ignores edits without saying so. */
function editableEditorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active?.document !== document) return undefined;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isLeft =
    input instanceof vscode.TabInputTextDiff && input.original.toString() === document.uri.toString();
  return isLeft ? undefined : active;
}
