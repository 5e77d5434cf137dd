import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialogs } from '../../../extension/src/messages/dialogs.ts';
import { EditorContexts } from '../../../extension/src/editorContexts.ts';
import { decidingPlace } from '../../../extension/src/settings/config.ts';
import { isOnOrTurnedOn } from '../../../extension/src/settings/turnOn.ts';
import { FakeDocument, host, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const file = new FakeDocument(Uri.file('/a.md'), 'A text.');
const document = file as unknown as vscode.TextDocument;
const dialogs = new Dialogs();
const asked: string[] = [];

beforeEach(() => {
  host.reset();
  asked.length = 0;
  dialogs.answerWith(({ message, buttons }) => {
    asked.push(message);
    return buttons[0];
  });
});

describe('where a setting is decided', () => {
  it('is the nearest value for the language, else the nearest', () => {
    expect(decidingPlace({ globalLanguageValue: false, workspaceFolderValue: true })).toEqual({
      target: 'global',
      forLanguage: true,
    });
    expect(decidingPlace({ globalLanguageValue: true, workspaceLanguageValue: false })).toEqual({
      target: 'workspace',
      forLanguage: true,
    });
    expect(decidingPlace({ globalValue: true, workspaceFolderValue: false })).toEqual({
      target: 'workspaceFolder',
      forLanguage: false,
    });
    expect(decidingPlace({ defaultLanguageValue: false, globalValue: true })).toEqual({
      target: 'global',
      forLanguage: true,
    });
    expect(decidingPlace({})).toEqual({ target: 'global', forLanguage: false });
  });
});

describe('a refine where Second Draft is off', () => {
  it('is told, and turned on in the setting that says so', async () => {
    host.settings['secondDraft.enable'] = false;
    host.inspected = { workspaceLanguageValue: false, globalValue: true };
    expect(await isOnOrTurnedOn(document, dialogs)).toBe(true);
    expect(asked).toEqual(['Second Draft is off here.']);
    expect(host.updates).toEqual([['secondDraft.enable', true, 2, true]]);
  });

  it('does not happen when the question is closed', async () => {
    dialogs.answerWith(() => undefined);
    host.settings['secondDraft.enable'] = false;
    expect(await isOnOrTurnedOn(document, dialogs)).toBe(false);
    expect(host.updates).toEqual([]);
  });

  it('asks nothing where it is on', async () => {
    expect(await isOnOrTurnedOn(document, dialogs)).toBe(true);
    expect(asked).toEqual([]);
  });
});

describe('the context keys of the editor', () => {
  let contexts: EditorContexts;

  beforeEach(() => {
    contexts = new EditorContexts();
  });

  afterEach(() => {
    contexts.dispose();
  });

  it('say where Second Draft is off, and follow the setting', () => {
    expect(host.contexts.get('secondDraft.offHere')).toBe(false);
    host.activate(file);
    expect(host.contexts.get('secondDraft.inProse')).toBe(true);
    host.changeSettings({ 'secondDraft.enable': false });
    expect(host.contexts.get('secondDraft.offHere')).toBe(true);
    host.activate(undefined);
    expect(host.contexts.get('secondDraft.offHere')).toBe(false);
  });
});
