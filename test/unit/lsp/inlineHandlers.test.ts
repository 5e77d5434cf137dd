import { beforeEach, describe, expect, it } from 'vitest';
import { InlineCompletionTriggerKind, type TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { Continued, ContinueOptions } from '../../../server/src/generation/textModel.ts';
import type { ChosenModel, Engine } from '../../../server/src/lsp/engine.ts';
import { InlineHandlers } from '../../../server/src/lsp/inlineHandlers.ts';
import type { SettingsStore } from '../../../server/src/lsp/settingsStore.ts';
import type { Taste } from '../../../server/src/lsp/taste.ts';
import { silentLog } from '../../../server/src/util/log.ts';
import type { LastKnownPower } from '../../../server/src/util/power.ts';

const uri = 'file:///count.md';

let document: TextDocument;
/** How often the model was asked. */
let asked: number;
let ghost: InlineHandlers;

/** A model that is sure of these words. */
function goOn({ enough }: ContinueOptions): Promise<Continued> {
  asked += 1;
  const tokens = [' four', ',', ' five', '.'];
  let text = '';
  const probabilities: number[] = [];
  for (const token of tokens) {
    text += token;
    probabilities.push(0.9);
    if (enough(text, probabilities)) break;
  }
  return Promise.resolve({ text, probabilities, drawn: [], promptTokens: 0, promptMs: 0, totalMs: 0 });
}

beforeEach(() => {
  asked = 0;
  const chosen: ChosenModel = { file: { path: 'a.gguf', title: 'A' }, adapter: null };
  const engine = {
    generating: false,
    model: () => Promise.resolve({ model: { continueText: goOn }, chosen }),
    writing: (_role: string, _chosen: ChosenModel, job: () => Promise<unknown>) => job(),
  };
  ghost = new InlineHandlers({
    documents: { get: () => document } as unknown as TextDocuments<TextDocument>,
    settings: { get: () => Promise.resolve(defaultSettings) } as unknown as SettingsStore,
    engine: engine as unknown as Engine,
    taste: { atHand: () => null } as unknown as Taste,
    power: { onMains: true } as Partial<LastKnownPower> as LastKnownPower,
    log: silentLog,
    workspaceOf: () => '',
    now: () => 0,
  });
});

/** What is offered at the mark ⟦⟧ of the document. */
async function offered(marked: string): Promise<string | undefined> {
  const offset = marked.indexOf('⟦⟧');
  document = TextDocument.create(uri, 'markdown', 1, marked.replace('⟦⟧', ''));
  const [item] = await ghost.provide(
    {
      textDocument: { uri },
      position: document.positionAt(offset),
      context: { triggerKind: InlineCompletionTriggerKind.Automatic },
    },
    new AbortController().signal,
  );
  return typeof item?.insertText === 'string' ? item.insertText : undefined;
}

describe('what was offered', () => {
  it('stays offered while the writer types it', async () => {
    expect(await offered('One, two, three,⟦⟧')).toBe(' four, five.');
    expect(await offered('One, two, three, fo⟦⟧')).toBe('ur, five.');
    expect(asked).toBe(1);
  });

  it('is not offered once more where it stands behind the caret by now', async () => {
    expect(await offered('One, two, three,⟦⟧')).toBe(' four, five.');
    expect(await offered('One, two, three,⟦⟧ four, five.')).toBeUndefined();
    expect(asked).toBe(2);
  });
});
