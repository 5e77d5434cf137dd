import { beforeEach, expect, it } from 'vitest';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { Engine } from '../../../server/src/lsp/engine.ts';
import { ModelHandlers } from '../../../server/src/lsp/modelHandlers.ts';
import type { ModelLibrary } from '../../../server/src/models/library.ts';
import { DraftError } from '../../../server/src/util/errors.ts';

let selected: string;
/** What was done, in order. */
let done: string[];
let load: () => Promise<unknown>;
let models: ModelHandlers;

beforeEach(() => {
  selected = 'mine';
  done = [];
  load = () => Promise.resolve({});
  const library = {
    get selectedId() {
      return selected;
    },
    select: (id: string) => (selected = id),
    remove: (id: string) => done.push(`removed ${id}`),
  };
  const engine = {
    model: () => {
      done.push(`loaded ${selected}`);
      return load();
    },
    announceReady: () => Promise.resolve(),
  };
  models = new ModelHandlers({
    library: library as unknown as ModelLibrary,
    engine: engine as unknown as Engine,
    settings: () => Promise.resolve(defaultSettings),
    threads: () => 1,
    onStatus: () => undefined,
  });
});

it('lets the bundled model take over before it deletes the one in use', async () => {
  await models.remove({ id: 'mine' });
  expect(done).toEqual(['loaded smollm2-135m', 'removed mine']);
});

it('deletes it also where the bundled model does not load, and says why that does not', async () => {
  load = () => Promise.reject(new DraftError('modelMissing', 'gone'));
  await expect(models.remove({ id: 'mine' })).rejects.toThrow('gone');
  expect(done).toEqual(['loaded smollm2-135m', 'removed mine']);
});

it('loads nothing when it deletes another', async () => {
  await models.remove({ id: 'other' });
  expect(done).toEqual(['removed other']);
});
