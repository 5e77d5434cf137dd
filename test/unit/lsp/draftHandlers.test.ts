import { beforeEach, describe, expect, it } from 'vitest';
import {
  CodeActionTriggerKind,
  type CodeActionContext,
  type Connection,
  type TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { RefineParams } from '../../../server/protocol/refine.ts';
import { defaultSettings, type Settings } from '../../../server/protocol/settings.ts';
import type { GenerateOptions } from '../../../server/src/generation/textModel.ts';
import { DraftHandlers } from '../../../server/src/lsp/draftHandlers.ts';
import type { ChosenModel, Engine } from '../../../server/src/lsp/engine.ts';
import { RangeTracker } from '../../../server/src/lsp/rangeTracker.ts';
import type { SettingsStore } from '../../../server/src/lsp/settingsStore.ts';

const uri = 'file:///letter.md';
const text = 'She go home.\n\nIt is e\u0301asy 👩‍👩‍👧.\r\n';

let settings: Settings;
/** What the model writes for a text. */
let write: (source: string) => string;
let shown: unknown[];
let edits: unknown[];
const document = TextDocument.create(uri, 'markdown', 1, text);

beforeEach(() => {
  settings = { ...defaultSettings, refine: { ...defaultSettings.refine, rounds: 0 } };
  write = (source) => source.replace('go', 'goes');
  shown = [];
  edits = [];
});

function handlers({ versionedEdits = true, caretIsSelection = true } = {}): DraftHandlers {
  const model = {
    sizeClass: 'large',
    adapterFormat: null,
    countTokens: (words: string) => words.length,
    generate: ({ copyFrom = '' }: GenerateOptions) =>
      Promise.resolve({ text: write(copyFrom), stop: 'end', firstTokenMs: 1, totalMs: 1, tokens: 1 }),
  };
  const chosen: ChosenModel = { file: { path: 'a.gguf', title: 'A' }, adapter: null };
  const engine = {
    model: () => Promise.resolve({ model, chosen }),
    writing: (_role: string, _chosen: ChosenModel, job: () => Promise<unknown>) => job(),
    announce: () => undefined,
  };
  const connection = {
    sendNotification: (_type: unknown, params: unknown) => Promise.resolve(void shown.push(params)),
    workspace: {
      applyEdit: ({ edit }: { edit: unknown }) => {
        edits.push(edit);
        return Promise.resolve({ applied: true });
      },
    },
  };
  return new DraftHandlers({
    connection: connection as unknown as Connection,
    documents: { get: () => document } as unknown as TextDocuments<TextDocument>,
    ranges: new RangeTracker(),
    settings: { get: () => Promise.resolve(settings) } as unknown as SettingsStore,
    engine: engine as unknown as Engine,
    workspaceOf: () => '',
    caretIsSelection,
    versionedEdits,
    now: () => 0,
  });
}

const between = (start: number, end: number) => ({
  start: document.positionAt(start),
  end: document.positionAt(end),
});
const request = (start: number, end: number): RefineParams => ({
  textDocument: { uri, version: 1 },
  range: between(start, end),
  task: 'improve',
});
const { signal } = new AbortController();

describe('the code action', () => {
  async function offered(start: number, end: number, context: Partial<CodeActionContext> = {}) {
    const [action] = await handlers().codeActions({
      textDocument: { uri },
      range: between(start, end),
      context: { diagnostics: [], ...context },
    });
    return (action?.command?.arguments as [RefineParams] | undefined)?.[0].range;
  }

  it('is offered for a selection', async () => {
    expect(await offered(0, 6)).toEqual(between(0, 6));
  });

  it.each([
    ['a letter', 'h', 1],
    ['a letter of two code points', 'e\u0301', 2],
    ['a family', '👩‍👩‍👧', 8],
    ['the end of a line', '\r\n', 2],
  ])('takes a selection of %s for a caret', async (_, letter, length) => {
    const at = text.indexOf(letter);
    expect(letter).toHaveLength(length);
    expect(await offered(at, at + length)).toBeUndefined();
    const invoked = await offered(at, at + length, { triggerKind: CodeActionTriggerKind.Invoked });
    expect(invoked).toEqual(between(at, at));
  });

  it('takes it for a selection in editors whose caret stands between characters', async () => {
    const [action] = await handlers({ caretIsSelection: false }).codeActions({
      textDocument: { uri },
      range: between(0, 1),
      context: { diagnostics: [] },
    });
    expect((action?.command?.arguments as [RefineParams])[0].range).toEqual(between(0, 1));
  });

  it('is not offered where Second Draft is switched off', async () => {
    settings = { ...settings, enable: false };
    expect(await offered(0, 6)).toBeUndefined();
  });
});

describe('refining for an editor without our review', () => {
  const paragraph = between(0, 'She go home.'.length);

  it('replaces the paragraph round a caret that stands on a character', async () => {
    await handlers().refineAndApply(request(4, 5), signal);
    expect(edits).toEqual([
      {
        documentChanges: [
          { textDocument: { uri, version: 1 }, edits: [{ range: paragraph, newText: 'She goes home.' }] },
        ],
      },
    ]);
    expect(shown).toEqual([]);
  });

  it('sends a plain edit to an editor that takes no edits of a version', async () => {
    await handlers({ versionedEdits: false }).refineAndApply(request(0, 0), signal);
    expect(edits).toEqual([{ changes: { [uri]: [{ range: paragraph, newText: 'She goes home.' }] } }]);
  });

  it.each([
    ['Nothing to improve here.', (source: string) => source],
    ['No improvement was found.', () => 'I am sorry, but I can not help.'],
  ])('says where nothing comes of it: %s', async (message, writes) => {
    write = writes;
    await handlers().refineAndApply(request(0, 0), signal);
    expect(edits).toEqual([]);
    expect(shown).toEqual([{ type: 3, message }]);
  });
});
