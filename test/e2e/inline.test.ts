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

  it('is taken word by word, and whole when its last word is taken', async () => {
    const seen = decisions(api);
    const [{ document }, text] = await suggested(api);
    const steps = new Set<string>();
    await until('all of it', async () => {
      await editorCommand('acceptNextWord');
      const taken = document.getText().slice(beginning.length);
      assert.ok(text.startsWith(taken), `"${taken}" begins "${text}"`);
      if (taken !== '') steps.add(taken);
      return taken === text;
    });
    const words = text.trim().split(/\s+/).length;
    assert.ok(steps.size >= words, `${steps.size} steps for ${words} words`);
    await until('the decision', () => seen.list.find(({ params }) => params.kind === 'ghostAccepted'));
    seen.dispose();
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
    const code = 'one, two, three, four, five, six,';
    const editor = await open(`${beginning}\n\n\`\`\`\n${code}\n\`\`\`\n`);
    putCaret(editor, 0, beginning.length);
    const asked = Date.now();
    await until('a suggestion in the prose', async () => {
      await editorCommand('trigger');
      return await until('it to be offered', () => api.suggestion, 5_000).catch(() => undefined);
    });
    const needed = Date.now() - asked;
    putCaret(editor, 3, code.length);
    const moved = Date.now();
    await until('twice as long in the code', async () => {
      await editorCommand('trigger');
      await editorCommand('commit');
      return Date.now() - moved > 2 * needed;
    });
    assert.equal(api.suggestion, undefined);
    assert.equal(editor.document.lineAt(3).text, code);
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

  it('can be switched on in one language where it is off', async () => {
    const trigger = 'inlineSuggestions.trigger';
    const everywhere = vscode.workspace.getConfiguration('secondDraft');
    const inMarkdown = vscode.workspace.getConfiguration('secondDraft', { languageId: 'markdown' });
    await everywhere.update(trigger, 'off', vscode.ConfigurationTarget.Global);
    await inMarkdown.update(trigger, 'onPause', vscode.ConfigurationTarget.Global, true);
    try {
      const [, text] = await suggested(api);
      assert.ok(text.trim().length > 0);
    } finally {
      await inMarkdown.update(trigger, undefined, vscode.ConfigurationTarget.Global, true);
      await everywhere.update(trigger, undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('can be snoozed: it comes when it is asked for, and by itself again when it goes on', async () => {
    assert.equal(api.suggestionsPausedUntil, null);
    await run('snooze');
    assert.ok(api.suggestionsPausedUntil, 'it is paused');
    // VS Code's own snooze, which holds for every provider, would hide what ours does.
    await editorCommand('cancelSnooze');
    try {
      await open('');
      for (const character of beginning) await type(character);
      await assert.rejects(
        until('a suggestion', () => api.suggestion, 4_000),
        'nothing comes by itself',
      );
      await until('a suggestion that was asked for', async () => {
        await editorCommand('trigger');
        return await until('it to be offered', () => api.suggestion, 5_000).catch(() => undefined);
      });
    } finally {
      await run('resumeSuggestions');
    }
    assert.equal(api.suggestionsPausedUntil, null);
  });
});
