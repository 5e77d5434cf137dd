import * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setInlineTrigger } from '../../../extension/src/settings/config.ts';
import { FakeDocument, host, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const document = new FakeDocument(Uri.file('/folder/a.md'), 'A text.');
const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
const key = 'secondDraft.inlineSuggestions.trigger';
const settingsOf = vi.spyOn(vscode.workspace, 'getConfiguration');

beforeEach(() => {
  host.reset();
  host.activate(document);
  settingsOf.mockClear();
});

describe('when ghost text is offered in a language', () => {
  it.each([
    [
      'the folder',
      { workspaceFolderLanguageValue: 'onPause', workspaceLanguageValue: 'off' },
      WorkspaceFolder,
    ],
    ['the workspace', { workspaceLanguageValue: 'onPause', globalLanguageValue: 'off' }, Workspace],
    ['the user', { globalLanguageValue: 'onPause' }, Global],
    ['nobody', {}, Global],
    ['the folder for every language', { workspaceFolderValue: 'onPause' }, Global],
  ])('is set where %s says it now', async (_, inspected, target) => {
    host.inspected = inspected;
    await setInlineTrigger('markdown', 'off');
    expect(host.updates).toEqual([[key, 'off', target, true]]);
  });

  it('is looked up for the text before the writer, whose folder may say it', async () => {
    await setInlineTrigger('markdown', 'off');
    expect(settingsOf).toHaveBeenLastCalledWith('secondDraft', document);
    await setInlineTrigger('latex', 'off');
    expect(settingsOf).toHaveBeenLastCalledWith('secondDraft', { languageId: 'latex' });
  });
});
