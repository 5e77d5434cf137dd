import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import {
  activated,
  closeEverything,
  decisions,
  open,
  putCaret,
  putCaretAtEnd,
  run,
  suggested,
  type,
  unfinished,
  until,
} from './support.ts';

const beginning = unfinished;

async function editorCommand(name: string): Promise<void> {
  await vscode.commands.executeCommand(`editor.action.inlineSuggest.${name}`);
}

describe('ghost text', () => {
  let api: SecondDraftApi;

  before(async () => {
    api = await activated();
    api.dialogs.answerWith((question) => question.buttons[0]);
  });

  afterEach(closeEverything);

  it('appears when it is asked for, and Tab takes it', async () => {
    const seen = decisions(api);
    const [{ document }, text] = await suggested(api);
    assert.match(text, /\p{L}/u);
    await until('the accepted text', async () => {
      await editorCommand('commit');
      return document.getText() === beginning + text;
    });
    await until('the decision', () => seen.list.find(({ params }) => params.kind === 'ghostAccepted'));
    seen.dispose();
  });

  it('appears by itself after a pause', async () => {
    const editor = await open('');
    for (const character of beginning.slice(0, -1)) await type(character);
    await type(beginning.slice(-1));
    const text = await until('a suggestion', () => api.suggestion);
    await until('the accepted text', async () => {
      await editorCommand('commit');
      return editor.document.getText() === beginning + text;
    });
  });

  it('is taken word by word', async () => {
    const [{ document }, text] = await suggested(api);
    const rest = await until('a part of it', async () => {
      await editorCommand('acceptNextWord');
      const now = document.getText();
      return now.length > beginning.length ? now.slice(beginning.length) : undefined;
    });
    assert.ok(text.startsWith(rest), `"${rest}" begins "${text}"`);
  });

  it('goes away with Escape', async () => {
    const [{ document }] = await suggested(api);
    await editorCommand('hide');
    await editorCommand('commit');
    assert.equal(document.getText(), beginning);
  });

  it('stays while its beginning is typed', async () => {
    const [{ document }, text] = await suggested(api);
    const typed = text.slice(0, 3);
    for (const character of typed) await type(character);
    await until('what was typed', () => document.getText() === beginning + typed);
    assert.equal(api.suggestion, text.slice(3));
    await until('the whole text', async () => {
      await editorCommand('commit');
      return document.getText() === beginning + text;
    });
  });

  it('keeps out of code blocks', async () => {
    const editor = await open(`${beginning}\n\n\`\`\`\nconst a list of values\n\`\`\`\n`);
    putCaret(editor, 3, 22);
    await editorCommand('trigger');
    putCaret(editor, 0, beginning.length);
    await until('a suggestion in the prose', async () => {
      await editorCommand('trigger');
      return await until('it to be offered', () => api.suggestion, 5_000).catch(() => undefined);
    });
    await until('the accepted text', async () => {
      await editorCommand('commit');
      return editor.document.lineAt(0).text.length > beginning.length;
    });
    assert.equal(editor.document.lineAt(3).text, 'const a list of values');
  });

  it('can be switched off in one language', async () => {
    const config = () => vscode.workspace.getConfiguration('secondDraft', { languageId: 'markdown' });
    const set = (value: string | undefined) =>
      config().update('inlineSuggestions.trigger', value, vscode.ConfigurationTarget.Global, true);
    await set('off');
    try {
      const markdown = await open(beginning);
      putCaretAtEnd(markdown);
      await editorCommand('trigger');
      // The server has answered a later request: the earlier one brought nothing.
      await suggested(api, 'plaintext');
      assert.equal(markdown.document.getText(), beginning);
      await vscode.window.showTextDocument(markdown.document);
      await editorCommand('commit');
      assert.equal(markdown.document.getText(), beginning);
    } finally {
      await set(undefined);
    }
  });

  it('can be snoozed, and asked for all the same', async () => {
    assert.equal(api.suggestionsPausedUntil, null);
    await run('snooze');
    assert.ok(api.suggestionsPausedUntil, 'it is paused');
    await vscode.commands.executeCommand('editor.action.inlineSuggest.cancelSnooze');
  });
});
