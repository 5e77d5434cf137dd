import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftClient } from '../../../extension/src/engine/client.ts';
import { Dialogs } from '../../../extension/src/messages/dialogs.ts';
import { ModelSetup } from '../../../extension/src/models/modelSetup.ts';
import { method } from '../../../server/protocol/messages.ts';

const { settings, shown } = vi.hoisted(() => ({
  settings: new Map<string, unknown>(),
  shown: [] as unknown[],
}));

vi.mock('vscode', () => ({
  Disposable: Object,
  l10n: { t: (text: string) => text },
  ConfigurationTarget: { Global: 1 },
  QuickPickItemKind: { Separator: -1 },
  window: {
    setStatusBarMessage: () => undefined,
    showQuickPick: (items: readonly unknown[]) => {
      shown.push(...items);
      return Promise.resolve(items.at(-1));
    },
  },
  workspace: {
    getConfiguration: () => ({
      get: (key: string) => settings.get(key),
      inspect: (key: string) => ({ globalValue: settings.get(key) }),
      update: (key: string, value: unknown, target: number) => {
        expect(target).toBe(1);
        if (value === undefined) settings.delete(key);
        else settings.set(key, value);
        return Promise.resolve();
      },
    }),
  },
}));

let requests: { name: string; settings: Record<string, unknown> }[];
let refused: Error | undefined;
let setup: ModelSetup;

beforeEach(() => {
  settings.clear();
  requests = [];
  refused = undefined;
  const note = (name: string) => requests.push({ name, settings: Object.fromEntries(settings) });
  const client: Pick<DraftClient, 'request' | 'settingsChanged'> = {
    request: <Result>(name: string) => {
      note(name);
      return refused ? Promise.reject(refused) : Promise.resolve(null as Result);
    },
    settingsChanged: () => {
      note('settingsChanged');
      return Promise.resolve();
    },
  };
  setup = new ModelSetup(client as DraftClient, new Dialogs());
});

describe('managing models', () => {
  it('offers damaged and unfinished files for deletion too', async () => {
    const removed: unknown[] = [];
    const leftovers = [
      { id: 'file:a', title: 'Qwen3 4B', kind: 'damaged', sizeBytes: 2.5e9 },
      { id: 'file:b', title: 'Qwen2.5 7B', kind: 'unfinished', sizeBytes: 1e9 },
    ];
    const client: Pick<DraftClient, 'request'> = {
      request: <Result>(name: string, params: object) => {
        if (name === method.removeModel) removed.push(params);
        return Promise.resolve({ models: [], leftovers } as Result);
      },
    };
    const dialogs = new Dialogs();
    dialogs.answerWith(({ buttons }) => buttons[0]);
    await new ModelSetup(client as DraftClient, dialogs).manage();
    expect(shown).toMatchObject([
      { label: 'Qwen3 4B', description: '2.5 GB · damaged' },
      { label: 'Qwen2.5 7B', description: '1.0 GB · unfinished' },
    ]);
    expect(removed).toEqual([{ id: 'file:b' }]);
  });
});

describe('picking a model', () => {
  it('takes back every setting that names another one, and tells the server before it asks', async () => {
    settings.set('server.url', 'http://localhost:1').set('model.id', 'big').set('model.path', '/a.gguf');
    settings.set('engine.threads', 2);
    await setup.select('smollm2-135m');
    expect(requests.map(({ name }) => name)).toEqual(['settingsChanged', method.selectModel]);
    expect(requests.at(-1)?.settings).toEqual({ 'engine.threads': 2 });
  });

  it('leaves the settings alone where the model can’t be used', async () => {
    settings.set('server.url', 'http://localhost:1');
    refused = new Error('Too large.');
    await expect(setup.select('big')).rejects.toThrow('Too large.');
    expect(Object.fromEntries(settings)).toEqual({ 'server.url': 'http://localhost:1' });
  });

  it('asks at once where no setting is in the way', async () => {
    await setup.select('smollm2-135m');
    expect(requests.map(({ name }) => name)).toEqual([method.selectModel]);
  });
});
