import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Task } from '../../server/protocol/common.ts';
import type { DecideResult, DeleteDecisionsParams, WhyResult } from '../../server/protocol/decisions.ts';
import type { AdaptersResult, DashboardResult } from '../../server/protocol/learning.ts';
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { failure, LspClient, repository } from '../support/lspClient.ts';

const uri = 'file:///home/writer/letter.md';
const text = 'She go to the office every days and he always forget him keys.';
const casual =
  "I think its clear that he don't go to the office, so we can't help him and it isn't our fault.";
let client: LspClient;

async function start(settings: object = {}): Promise<void> {
  client = await LspClient.start({ transport: 'stdio', settings: { engine: { gpu: 'off' }, ...settings } });
}

async function refine(task: Task = 'fixGrammar', of = text): Promise<RefineResult> {
  await client.open(uri, of);
  const at = { line: 0, character: 0 };
  return client.connection.sendRequest(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start: at, end: at },
    task,
  });
}

/** Another adapter for the embedded model: the shipped one's matrices under the number 1. */
function addAdapter(followerStyles: Readonly<Record<string, number>> = {}): void {
  const shipped = join(repository, 'adapters', 'SmolLM2-135M-Instruct');
  const folder = join(client.storagePath, 'adapters', '1');
  mkdirSync(folder, { recursive: true });
  cpSync(join(shipped, 'adapter.gguf'), join(folder, 'adapter.gguf'));
  const { baseModel, file } = JSON.parse(readFileSync(join(shipped, 'adapter.json'), 'utf8')) as {
    baseModel: { name: string; sha256: string };
    file: { sha256: string; sizeBytes: number };
  };
  const record = {
    id: 1,
    createdAt: 1,
    parent: 0,
    baseModel: { title: baseModel.name, sha256: baseModel.sha256 },
    file,
    promptFormat: 'edit-1',
    decisions: 20,
    decisionsFrom: 1,
    decisionsTo: 2,
    winRate: null,
    lengthRatio: null,
    verdict: null,
    styles: {},
    followerStyles,
    runId: 'test',
  };
  writeFileSync(join(folder, 'adapter.json'), JSON.stringify(record));
}

afterEach(() => client.stop());

describe('learning, as a client sees it', () => {
  it('answers an empty dashboard before anything was decided', async () => {
    await start();
    const dashboard = await client.connection.sendRequest<DashboardResult>(method.dashboard, {});
    expect(dashboard).toMatchObject({
      decisions: 0,
      beliefs: [],
      runs: [],
      recording: true,
      missingDecisions: 20,
      train: 'automatic',
    });
    expect(dashboard.adapters).toMatchObject([{ id: 0, active: true, refused: null }]);
  });

  it('shows what there is, and deletes it, while the chosen model is missing', async () => {
    await start({ model: { path: '/no/such.gguf' } });
    const dashboard = await client.connection.sendRequest<DashboardResult>(method.dashboard, {});
    expect(dashboard.adapters).toMatchObject([{ id: 0, active: false }]);
    const all = { what: 'all', adaptersToo: true } satisfies DeleteDecisionsParams;
    expect(await client.connection.sendRequest(method.deleteDecisions, all)).toMatchObject({ deleted: 0 });
    await expect(client.connection.sendRequest(method.activateAdapter, { id: 0 })).rejects.toMatchObject({
      data: { code: 'modelMissing' },
    });
  });

  it('lets refinements be written by an adapter of their own, while drafts stay as they are', async () => {
    await start();
    addAdapter({ formal: 2 });
    const written = async (): Promise<{ draft: string; reply: string }> => {
      const { candidates } = await refine('improve', casual);
      const of = (role: string): string | undefined => candidates.find((one) => one.role === role)?.text;
      const draft = of('leader') ?? casual;
      return { draft, reply: of('follower') ?? draft };
    };
    const one = await written();
    await client.connection.sendRequest(method.activateAdapter, { id: 1 });
    const two = await written();
    expect(two.draft).toBe(one.draft);
    const contractions = (reply: string): number => reply.match(/n't/g)?.length ?? 0;
    expect(contractions(two.reply), `${one.draft} | ${one.reply} | ${two.reply}`).toBeLessThan(
      contractions(one.reply),
    );
    const files = readdirSync(join(client.storagePath, 'adapters', '1'));
    expect(files.filter((name) => name.endsWith('-follower.gguf'))).toHaveLength(1);
    const { adapters } = await client.connection.sendRequest<AdaptersResult>(method.adapters, {});
    expect(adapters.map(({ followerStyles }) => followerStyles)).toEqual([{}, { formal: 2 }]);
    await client.connection.sendRequest(method.activateAdapter, { id: 0 });
    expect(await written()).toEqual(one);
  });

  it('counts decisions by day, adapter and role, and does not say why while it knows nothing', async () => {
    await start();
    const refined = await refine();
    const [candidate] = refined.candidates;
    const seen = refined.candidates.map(({ id }) => id);
    await client.connection.sendRequest<DecideResult>(method.decide, {
      contextId: refined.contextId,
      candidateId: candidate?.id,
      kind: 'accepted',
      seen,
    });
    const dashboard = await client.connection.sendRequest<DashboardResult>(method.dashboard, {});
    expect(dashboard.decisionsPerDay).toMatchObject([{ kind: 'accepted', count: 1 }]);
    expect(dashboard.acceptancePerAdapter).toMatchObject([{ adapter: 0, accepted: 1, decided: 1 }]);
    expect(dashboard.decisionsSinceTraining).toBe(1);
    const why = await client.connection.sendRequest<WhyResult>(method.why, {
      contextId: refined.contextId,
      candidateId: candidate?.id,
    });
    expect(why).toEqual({ text: null });
  });

  it('switches adapters at the next request, without a restart, and back to the plain model', async () => {
    await start();
    expect((await refine()).adapter).toBe(0);
    addAdapter();
    for (const id of [1, null]) {
      await client.connection.sendRequest(method.activateAdapter, { id });
      const { adapters } = await client.connection.sendRequest<AdaptersResult>(method.adapters, {});
      expect(adapters.find(({ active }) => active)?.id ?? null).toBe(id);
      expect(client.statuses.at(-1)?.status).toMatchObject({ state: 'ready', adapter: id });
      expect((await refine()).adapter).toBe(id);
    }
  });

  it('refuses a damaged adapter with the reason, and goes on with the one in use', async () => {
    await start();
    addAdapter();
    const file = join(client.storagePath, 'adapters', '1', 'adapter.gguf');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const refused = await failure(client.connection.sendRequest(method.activateAdapter, { id: 1 }));
    expect(refused.data?.code).toBe('adapterRefused');
    expect(refused.message).toContain('its file is damaged');
    expect((await refine()).adapter).toBe(0);
  });

  it('deletes adapters with the decisions when told to; the shipped one stays', async () => {
    await start();
    addAdapter();
    await client.connection.sendRequest(method.activateAdapter, { id: 1 });
    await client.connection.sendRequest(method.deleteDecisions, { what: 'all', adaptersToo: true });
    const { adapters } = await client.connection.sendRequest<AdaptersResult>(method.adapters, {});
    expect(adapters).toMatchObject([{ id: 0, active: true }]);
  });
});
