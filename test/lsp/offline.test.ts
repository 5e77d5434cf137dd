import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  DecideResult,
  DecisionsResult,
  ExportDecisionsResult,
  ImportDecisionsResult,
} from '../../server/protocol/decisions.ts';
import type { CompareAdaptersResult, DashboardResult } from '../../server/protocol/learning.ts';
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { keepDecisions } from '../support/decisions.ts';
import { LspClient, repository } from '../support/lspClient.ts';

const uri = 'file:///home/writer/letter.md';
const text = 'She go to the office every days and he always forget him keys.\n\nIn the evening the ';
const at = { line: 0, character: 0 };
let client: LspClient;

afterEach(() => client.stop());

describe('with every way into the network closed', () => {
  it('refines, suggests, keeps, shows, exports, imports, compares, trains and deletes', async () => {
    const closed = `--import ${join(repository, 'test/fixtures/noNetwork.mjs')}`;
    client = await LspClient.start({
      transport: 'ipc',
      settings: {
        engine: { gpu: 'off', threads: 2 },
        learning: { train: 'manual', steps: 1, groupSize: 2, minDecisions: 20 },
      },
      env: { NODE_OPTIONS: closed }, // the trainer inherits it
    });
    const { connection, storagePath } = client;
    await client.open(uri, text);
    const refined = await connection.sendRequest<RefineResult>(method.refine, {
      textDocument: { uri, version: 1 },
      range: { start: at, end: at },
      task: 'fixGrammar',
    });
    expect(refined.outcome).toBe('improved');
    const [candidate] = refined.candidates;
    await connection.sendRequest(method.refineAgain, {
      contextId: refined.contextId,
      candidateId: candidate?.id,
    });
    await connection.sendRequest('textDocument/inlineCompletion', {
      textDocument: { uri },
      position: { line: 2, character: 19 },
      context: { triggerKind: 1 },
    });
    const decided = await connection.sendRequest<DecideResult>(method.decide, {
      contextId: refined.contextId,
      candidateId: candidate?.id,
      kind: 'accepted',
    });
    expect(decided).toMatchObject({ recorded: true });
    await connection.sendRequest(method.why, { contextId: refined.contextId, candidateId: candidate?.id });
    const path = join(storagePath, 'decisions.jsonl');
    const exported = await connection.sendRequest<ExportDecisionsResult>(method.exportDecisions, {
      format: 'jsonl',
      path,
    });
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(exported.rows);
    const imported = await connection.sendRequest<ImportDecisionsResult>(method.importDecisions, { path });
    expect(imported.imported + imported.alreadyThere).toBeGreaterThan(0);
    const compared = await connection.sendRequest<CompareAdaptersResult>(method.compareAdapters, {
      a: 0,
      b: null,
      text: 'We was late.',
    });
    expect(compared.a.text).not.toBe('');
    keepDecisions(storagePath, 40);
    await connection.sendRequest(method.train, { why: 'user' });
    const end = Date.now() + 100_000;
    while (client.statuses.at(-1)?.training.state !== 'idle' && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const dashboard = await connection.sendRequest<DashboardResult>(method.dashboard, {});
    expect(['promoted', 'keptAside']).toContain(dashboard.runs[0]?.verdict?.kind);
    await connection.sendRequest(method.deleteDecisions, { what: 'all', adaptersToo: true });
    const left = await connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(left.total).toBe(0);
    expect(client.process.exitCode).toBeNull(); // a use of the network would have ended it
  });
});
