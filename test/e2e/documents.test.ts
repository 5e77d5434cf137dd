import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import {
  acceptWhenAllowed,
  activated,
  closeEverything,
  open,
  putCaret,
  reviewed,
  run,
  until,
} from './support.ts';

const bad = 'She go to the office every days and he always forget him keys on the kitchen table.';

describe('documents of every kind', () => {
  let api: SecondDraftApi;

  before(async () => {
    api = await activated();
    api.dialogs.answerWith((question) => question.buttons[0]);
  });

  afterEach(closeEverything);

  it('copies instead of accepting where the text is read-only', async () => {
    const provider = vscode.workspace.registerTextDocumentContentProvider('read-only-sample', {
      provideTextDocumentContent: () => `${bad}\n`,
    });
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse('read-only-sample:/sample.md'));
    putCaret(await vscode.window.showTextDocument(document), 0, 0);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await until('the copied text', async () => {
      await run('accept');
      return (await vscode.env.clipboard.readText()) === wanted;
    });
    assert.equal(document.getText(), `${bad}\n`);
    provider.dispose();
  });

  it('copies too where an editor was made read-only for the session, which only an edit finds out', async () => {
    await vscode.env.clipboard.writeText('');
    const { document } = await open(`${bad}\n`);
    await vscode.commands.executeCommand('workbench.action.files.setActiveEditorReadonlyInSession');
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(await vscode.env.clipboard.readText(), wanted);
    assert.equal(document.getText(), `${bad}\n`);
    await vscode.commands.executeCommand('workbench.action.files.resetActiveEditorReadonlyInSession');
  });

  it('leaves the code of a notebook alone', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, '# she go home', 'python');
    const notebook = await vscode.workspace.openNotebookDocument(
      'jupyter-notebook',
      new vscode.NotebookData([cell]),
    );
    await vscode.window.showNotebookDocument(notebook);
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until(
      'the cell to be active',
      () => vscode.window.activeTextEditor?.document === notebook.cellAt(0).document,
    );
    await run('refine');
    assert.equal(api.review, undefined);
  });

  it('refines the right side of a diff editor', async () => {
    const [left, right] = await Promise.all(
      ['Nothing here.\n', `${bad}\n`].map((content) =>
        vscode.workspace.openTextDocument({ language: 'markdown', content }),
      ),
    );
    assert.ok(left && right);
    await vscode.commands.executeCommand('vscode.diff', left.uri, right.uri, 'a diff');
    await until('the right side', () => vscode.window.activeTextEditor?.document === right);
    await run('refine');
    const review = await reviewed(api);
    assert.equal(review.uri, right.uri.toString());
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(right.getText(), `${wanted}\n`);
  });

  it('shows a diff for the Markdown cell of a notebook, and accepts into the cell', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, bad, 'markdown');
    const notebook = await vscode.workspace.openNotebookDocument(
      'jupyter-notebook',
      new vscode.NotebookData([cell]),
    );
    await vscode.window.showNotebookDocument(notebook);
    const { document } = notebook.cellAt(0);
    await run('refine', { uri: document.uri.toString(), range: new vscode.Range(0, 0, 0, bad.length) });
    const review = await reviewed(api);
    await until('the diff editor', () =>
      vscode.window.tabGroups.all.some(({ tabs }) =>
        tabs.some(({ input }) => input instanceof vscode.TabInputTextDiff),
      ),
    );
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    await until('the changed cell', () => notebook.cellAt(0).document.getText() === wanted);
  });

  it('keeps Windows line endings', async () => {
    const editor = await open(`Intro.\r\n\r\n${bad}\r\n`);
    const { document } = editor;
    assert.equal(document.eol, vscode.EndOfLine.CRLF);
    putCaret(editor, 2, 0);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `Intro.\r\n\r\n${wanted}\r\n`);
  });

  it('finds its place behind emoji and Chinese', async () => {
    const editor = await open(`👩‍👩‍👧 家族 🎉\n\n${bad}\n`);
    const { document } = editor;
    putCaret(editor, 2, 0);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `👩‍👩‍👧 家族 🎉\n\n${wanted}\n`);
  });

  it('offers a way out for a text that is too long', async () => {
    const told: { message: string; buttons: readonly string[] }[] = [];
    const answering = api.dialogs.answerWith((question) => {
      told.push(question);
      return undefined;
    });
    const editor = await open('word '.repeat(5_200));
    const { document } = editor;
    editor.selection = new vscode.Selection(0, 0, 0, document.lineAt(0).text.length);
    await run('refine');
    const [question] = await until('a message', () => (told.length > 0 ? told : undefined));
    assert.equal(question?.message, 'That is 5,200 words; the limit is 2,000.');
    assert.deepEqual(question.buttons, ['Refine the First 2,000', 'Change Limit']);
    answering.dispose();
  });
});
