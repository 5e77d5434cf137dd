import { beforeEach, expect, it } from 'vitest';
import type { AdapterFile, ModelHost } from '../../../server/src/generation/modelHost.ts';
import type { GenerateOptions } from '../../../server/src/generation/textModel.ts';
import { Engine, type ChosenModel } from '../../../server/src/lsp/engine.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { Status } from '../../../server/protocol/status.ts';

let chosen: ChosenModel;
let statuses: Status[];
let disposed: string[];
let engine: Engine;
let load: (path: string) => Promise<void>;
let loads: number;

const model = (path: string, adapter: number | null = null): ChosenModel => ({
  file: { path, title: path },
  adapter: adapter === null ? null : { id: adapter, path: `${adapter}.gguf`, format: 'edit-1' },
});

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  chosen = model('small', 0);
  statuses = [];
  disposed = [];
  loads = 0;
  load = () => Promise.resolve();
  const host: Pick<ModelHost, 'gpu' | 'load' | 'dispose'> = {
    gpu: null,
    load: async ({ path }) => {
      loads += 1;
      await load(path);
      let active = chosen.adapter;
      const writing = (adapter: () => AdapterFile | null): object => ({
        generate: () => Promise.resolve({ text: `by ${adapter()?.path ?? 'none'}` }),
        withAdapter: (other: AdapterFile | null) => writing(() => other),
      });
      return {
        ...writing(() => active),
        setAdapter: (adapter: ChosenModel['adapter']) => (active = adapter),
        dispose: () => {
          disposed.push(path);
          return Promise.resolve();
        },
      } as never; // all that is asked of it
    },
    dispose: () => Promise.resolve(),
  };
  engine = new Engine({
    source: { choose: () => Promise.resolve(chosen) },
    openRemote: () => expect.unreachable(),
    startHost: () => Promise.resolve(host as ModelHost),
    onStatus: (status) => statuses.push(status),
  });
});

it('says which adapter is in use now, also where nobody was written for since it was switched', async () => {
  await engine.model(defaultSettings);
  chosen = model('small', 3);
  await engine.announceReady();
  expect(statuses.at(-1)).toEqual({ state: 'ready', model: 'small', adapter: 3 });
  chosen = model('another', 7); // not loaded
  await engine.announceReady();
  expect(statuses.at(-1)).toEqual({ state: 'ready', model: 'small', adapter: 0 });
});

it('lets what is under way write to its end with the adapter with which it began', async () => {
  const options: GenerateOptions = {
    turns: [],
    maxTokens: 1,
    temperature: 0,
    seed: 1,
    signal: new AbortController().signal,
  };
  const before = await engine.model(defaultSettings);
  chosen = model('small', 3);
  const after = await engine.model(defaultSettings);
  expect(loads).toBe(1);
  expect((await before.model.generate(options)).text).toBe('by 0.gguf');
  expect((await after.model.generate(options)).text).toBe('by 3.gguf');
});

it('lets a model that is replaced write to the end', async () => {
  const before = await engine.model(defaultSettings);
  let finish: () => void = () => undefined;
  const writing = engine.writing('leader', before.chosen, () => new Promise<void>((end) => (finish = end)));
  chosen = model('large');
  const after = engine.model(defaultSettings);
  await settled();
  expect(disposed).toEqual([]);
  finish();
  await writing;
  expect((await after).chosen.file.path).toBe('large');
  expect(disposed).toEqual(['small']);
});

it('says that it is broken also where nobody foresaw what went wrong, and loads anew the next time', async () => {
  load = () => Promise.reject(new TypeError('no such thing'));
  await expect(engine.model(defaultSettings)).rejects.toThrow('no such thing');
  expect(statuses.at(-1)).toMatchObject({ state: 'broken', code: 'internal' });
  load = () => Promise.resolve();
  await engine.model(defaultSettings);
  expect(statuses.at(-1)).toMatchObject({ state: 'ready', model: 'small' });
  expect(loads).toBe(2);
});

it('loads a file anew that was replaced under its name', async () => {
  chosen = { ...model('small'), file: { path: 'small', title: 'small', stamp: '1' } };
  await engine.model(defaultSettings);
  await engine.model(defaultSettings);
  expect(loads).toBe(1);
  chosen = { ...chosen, file: { ...chosen.file, stamp: '2' } };
  await engine.model(defaultSettings);
  expect(loads).toBe(2);
  expect(disposed).toEqual(['small']);
});

it('puts its model away only when nobody writes with it any more', async () => {
  const loaded = await engine.model(defaultSettings);
  let finish: () => void = () => undefined;
  const writing = engine.writing('leader', loaded.chosen, () => new Promise<void>((end) => (finish = end)));
  const disposing = engine.dispose();
  await settled();
  expect(disposed).toEqual([]);
  finish();
  await Promise.all([writing, disposing]);
  expect(disposed).toEqual(['small']);
});
