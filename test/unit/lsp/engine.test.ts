import { beforeEach, expect, it } from 'vitest';
import type { ModelHost } from '../../../server/src/generation/modelHost.ts';
import { Engine, type ChosenModel } from '../../../server/src/lsp/engine.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { Status } from '../../../server/protocol/messages.ts';

let chosen: ChosenModel;
let statuses: Status[];
let disposed: string[];
let engine: Engine;

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
  const host: Pick<ModelHost, 'gpu' | 'load' | 'dispose'> = {
    gpu: null,
    load: ({ path }) =>
      Promise.resolve({
        setAdapter: () => undefined,
        dispose: () => {
          disposed.push(path);
          return Promise.resolve();
        },
      } as never), // all that is asked of it
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
