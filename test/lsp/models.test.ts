import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { method } from '../../server/protocol/messages.ts';
import type { ModelsResult } from '../../server/protocol/models.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { failure, LspClient, repository } from '../support/lspClient.ts';
import { writeTinyModel } from '../support/tinyModels.ts';

const uri = 'file:///draft.md';
const bad = 'She go to the office every days and he always forget him keys.';

/** A client that can change its setting `model.path`. */
async function clientWith(
  path: string,
): Promise<{ client: LspClient; use: (path: string) => Promise<void> }> {
  const settings = { engine: { gpu: 'off' }, model: { path } };
  const client = await LspClient.start({ transport: 'stdio', settings });
  await client.open(uri, bad);
  return {
    client,
    use: (next) => {
      settings.model.path = next;
      return client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    },
  };
}

function refine(client: LspClient): Promise<RefineResult> {
  const caret = { line: 0, character: 0 };
  return client.connection.sendRequest<RefineResult>(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start: caret, end: caret },
    task: 'fixGrammar',
    rounds: 0,
  });
}

describe('a model file that is', () => {
  const embedded = readFileSync(join(repository, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'));
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'second-draft-models-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(name: string, bytes: Uint8Array | string): string {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** The same file for an architecture that nobody knows; names in GGUF carry their length, so it stays the same. */
  function ofUnknownArchitecture(): Buffer {
    const copy = Buffer.from(embedded);
    const header = copy.subarray(0, 4_000_000);
    for (let at = header.indexOf('llama'); at >= 0; at = header.indexOf('llama', at))
      header.write('lxama', at);
    return copy;
  }

  it.each([
    ['missing', 'modelMissing', () => join(folder, 'nowhere.gguf')],
    ['no model', 'modelCorrupt', () => file('text.gguf', 'this is no model')],
    ['cut off', 'modelCorrupt', () => file('cut.gguf', embedded.subarray(0, 50_000_000))],
    ['of an unknown kind', 'modelUnsupported', () => file('unknown.gguf', ofUnknownArchitecture())],
  ])('%s is named, and the server refines with the next one', async (_, code, path) => {
    const { client, use } = await clientWith(path());
    const error = await failure(refine(client));
    expect(error.data?.code).toBe(code);
    expect(client.statuses.at(-1)?.status).toMatchObject({ state: 'broken', code });
    await use('');
    expect((await refine(client)).original).toBe(bad);
    await client.stop();
  });

  it('a good one of the writer’s own is loaded, with the shipped adapter where it is the very model', async () => {
    const { client } = await clientWith(file('own.gguf', embedded));
    const result = await refine(client);
    expect(result).toMatchObject({ model: 'own', adapter: 0 });
    await client.stop();
  });
});

describe('the models, as a client sees them', () => {
  it('are listed with what fits, imported, chosen and deleted; the bundled one takes over again', async () => {
    const { client } = await clientWith('');
    const rows = async () => (await client.connection.sendRequest<ModelsResult>(method.models, {})).models;
    expect((await rows())[0]).toMatchObject({ bundled: true, installed: true, selected: true });
    const path = join(client.storagePath, 'tiny.gguf');
    writeTinyModel(path, { architecture: 'qwen2', tied: true, type: 'Q8_0', seed: 3 });
    await client.connection.sendRequest(method.importModel, { path });
    const own = (await rows()).at(-1);
    expect(own).toMatchObject({ title: 'tiny', installed: true, selected: true, fit: 'runsWell' });
    expect(client.statuses.at(-1)?.status).toMatchObject({ state: 'ready', model: 'tiny', adapter: null });
    await client.connection.sendRequest(method.selectModel, { id: 'smollm2-135m' });
    expect(await refine(client)).toMatchObject({ model: 'SmolLM2 135M', adapter: 0, outcome: 'improved' });
    await client.connection.sendRequest(method.selectModel, { id: own?.id });
    await client.connection.sendRequest(method.removeModel, { id: own?.id });
    expect(await rows()).not.toContainEqual(expect.objectContaining({ title: 'tiny' }));
    expect(await refine(client)).toMatchObject({ model: 'SmolLM2 135M' });
    const missing = await failure(client.connection.sendRequest(method.selectModel, { id: 'qwen3-4b' }));
    expect(missing.data?.code).toBe('modelMissing');
    await client.connection.sendRequest(method.importModel, { path });
    await client.connection.sendRequest(method.selectModel, { id: 'smollm2-135m' });
    const [copy = ''] = readdirSync(join(client.storagePath, 'models')).filter((name) =>
      name.endsWith('.gguf'),
    );
    writeFileSync(join(client.storagePath, 'models', copy), 'damaged');
    const spoilt = await failure(client.connection.sendRequest(method.selectModel, { id: own?.id }));
    expect(spoilt.data?.code).toBe('modelCorrupt');
    expect(client.statuses.at(-1)?.status).toMatchObject({ state: 'ready', model: 'SmolLM2 135M' });
    const junk = join(client.storagePath, 'junk.gguf');
    writeFileSync(junk, 'no model');
    const refused = await failure(client.connection.sendRequest(method.importModel, { path: junk }));
    expect(refused.data?.code).toBe('modelCorrupt');
    await client.stop();
  });
});
