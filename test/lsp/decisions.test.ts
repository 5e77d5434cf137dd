import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type {
  DecideResult,
  DecisionsResult,
  DeleteDecisionsResult,
  RefinedText,
} from '../../server/protocol/decisions.ts';
import type { DashboardResult } from '../../server/protocol/learning.ts';
import { method } from '../../server/protocol/messages.ts';
import type { Candidate, RefineProgress, RefineResult } from '../../server/protocol/refine.ts';
import { SqlitePreferenceStore } from '../../server/src/storage/sqlitePreferenceStore.ts';
import { silentLog } from '../../server/src/util/log.ts';
import { failure, LspClient, type ClientOptions } from '../support/lspClient.ts';

const uri = 'file:///home/writer/private/letter.md';
const text = 'She go to the office every days and he always forget him keys.';
const settings = { engine: { gpu: 'off' } };
let client: LspClient;

async function start(options: Partial<ClientOptions> = {}): Promise<RefineResult> {
  client = await LspClient.start({ transport: 'stdio', settings, ...options });
  await client.open(uri, text);
  const start = { line: 0, character: 0 };
  return client.connection.sendRequest<RefineResult>(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start, end: start },
    task: 'fixGrammar',
  });
}

function decide(refined: RefineResult, kind = 'accepted'): Promise<DecideResult> {
  const seen = refined.candidates.map(({ id }) => id);
  return client.connection.sendRequest(method.decide, {
    contextId: refined.contextId,
    candidateId: seen[0],
    kind,
    seen,
  });
}

afterEach(() => client.stop());

describe('decisions', () => {
  it('are answered when they are on disk, listed, exported and deleted', async () => {
    const refined = await start();
    expect(await decide(refined)).toMatchObject({ recorded: true });
    const { rows, total } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(total).toBe(1);
    expect(rows[0]).toMatchObject({
      kind: 'accepted',
      original: text,
      candidate: refined.candidates[0]?.text,
      document: uri,
    });
    const path = join(client.storagePath, 'decisions.jsonl');
    await client.connection.sendRequest(method.exportDecisions, { format: 'jsonl', path });
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')).toMatchObject({
      prompt: text,
      rejected: text,
    });
    const gone = await client.connection.sendRequest<DeleteDecisionsResult>(method.deleteDecisions, {
      what: 'ids',
      ids: [rows[0]?.id],
    });
    expect(gone).toEqual({ deleted: 1, adapters: [] });
    const after = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(after.total).toBe(0);
  });

  it('on a draft are kept though its refinement was stopped, which can go on later', async () => {
    client = await LspClient.start({ transport: 'stdio', settings });
    await client.open(uri, text);
    const { connection } = client;
    const cancel = new CancellationTokenSource();
    let contextId: string | undefined;
    let draft: Candidate | undefined;
    connection.onNotification('$/progress', ({ value }: { value: RefineProgress }) => {
      if (value.kind === 'target') contextId = value.contextId;
      if (value.kind !== 'candidate') return;
      draft = value.candidate;
      cancel.cancel();
    });
    const start = { line: 0, character: 0 };
    const params = {
      textDocument: { uri, version: 1 },
      range: { start, end: start },
      task: 'fixGrammar',
      partialResultToken: 'early',
    };
    const stopped = await failure(connection.sendRequest(method.refine, params, cancel.token));
    expect(stopped.data?.code).toBe('cancelled');
    const made = { contextId, candidateId: draft?.id };
    const decided = await connection.sendRequest(method.decide, { ...made, kind: 'accepted' });
    expect(decided).toMatchObject({ recorded: true });
    const { rows } = await connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(rows).toMatchObject([{ kind: 'accepted', original: text, candidate: draft?.text }]);
    const again = await connection.sendRequest<RefineResult>(method.refineAgain, made);
    expect(again).toMatchObject({ contextId, original: text });
    const other = { ...made, candidateId: 'never made', kind: 'accepted' };
    expect((await failure(connection.sendRequest(method.decide, other))).data?.code).toBe('badRequest');
  });

  it('on what a server wrote that was killed since are kept by the next one', async () => {
    const refined = await start();
    const { storagePath } = client;
    const killed = new Promise((resolve) => client.process.once('exit', resolve));
    client.process.kill('SIGKILL');
    await killed;
    client.connection.dispose();
    client = await LspClient.start({ transport: 'stdio', settings, storagePath });
    expect(await decide(refined)).toEqual({ recorded: false, reason: 'unknownContext' });
    const { contextId, original, candidates, model, adapter } = refined;
    const about: RefinedText = {
      uri,
      languageId: 'markdown',
      task: 'fixGrammar',
      instruction: '',
      original,
      before: '',
      after: '',
      candidates: candidates.map((candidate) => ({ ...candidate, model, adapter })),
    };
    const candidateId = candidates[0]?.id;
    const params = { contextId, candidateId, kind: 'accepted', about };
    expect(await client.connection.sendRequest(method.decide, params)).toMatchObject({ recorded: true });
    const { rows } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(rows).toMatchObject([
      { kind: 'accepted', document: uri, original: text, candidate: candidates[0]?.text, role: 'leader' },
    ]);
  });

  it.each([
    ['recording is off', { settings: { ...settings, learning: { record: false } } }, 'recordingOff'],
    ['the folder is excluded', { settings: { ...settings, learning: { exclude: ['private'] } } }, 'excluded'],
  ])('are not kept where %s', async (_, options, reason) => {
    const refined = await start(options);
    expect(await decide(refined)).toEqual({ recorded: false, reason });
    expect(await client.connection.sendRequest(method.decisions, {})).toMatchObject({ total: 0 });
  });

  it('are found by the folder that was open, also when it was opened later', async () => {
    const [home, writer] = [
      { uri: 'file:///home', name: 'home' },
      { uri: 'file:///home/writer', name: 'writer' },
    ];
    const refined = await start({ workspaceFolders: [home] });
    const found = async (workspace: string): Promise<number> => {
      const { connection } = client;
      const filter = { workspace };
      return (await connection.sendRequest<DecisionsResult>(method.decisions, { filter })).total;
    };
    await decide(refined);
    expect([await found(home.uri), await found(writer.uri), await found('')]).toEqual([1, 0, 0]);
    await client.connection.sendRequest(method.deleteDecisions, {
      what: 'filter',
      filter: { workspace: home.uri },
    });
    await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [writer], removed: [] },
    });
    await decide(refined);
    expect([await found(home.uri), await found(writer.uri), await found('')]).toEqual([0, 1, 0]);
    const { workspaces } = await client.connection.sendRequest<DashboardResult>(method.dashboard, {});
    expect(workspaces).toEqual([writer.uri]);
  });

  it('are not kept before the writer agreed, and are after', async () => {
    const refined = await start();
    await client.connection.sendNotification(method.presence, { consent: 'refused', idleMs: 0 });
    expect(await decide(refined)).toEqual({ recorded: false, reason: 'noConsent' });
    await client.connection.sendNotification(method.presence, { consent: 'given', idleMs: 0 });
    expect(await decide(refined)).toMatchObject({ recorded: true });
  });

  it('say that they can’t be kept when the folder can’t be used, keep refining, and lose none', async () => {
    const refined = await start();
    // A folder where the database's file should be: it can't be opened.
    const blocker = join(client.storagePath, 'second-draft.db');
    mkdirSync(blocker);
    writeFileSync(join(blocker, 'x'), '');
    const error = await failure(decide(refined));
    expect(error.data?.code).toBe('storageUnavailable');
    rmSync(blocker, { recursive: true });
    expect(await decide(refined, 'undone')).toMatchObject({ recorded: true });
    const { rows } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
    expect(rows.map(({ kind }) => kind)).toEqual(['undone', 'accepted']);
  });

  it.skipIf(process.platform === 'win32')(
    // folders there have no such permission
    'survive a folder that is read-only for a while, with all that was kept before',
    async () => {
      const refined = await start({ obeysPermissions: true });
      expect(await decide(refined)).toMatchObject({ recorded: true });
      const { storagePath } = client;
      const ended = new Promise((resolve) => client.process.once('exit', resolve));
      await client.connection.sendRequest('shutdown');
      await client.connection.sendNotification('exit');
      await ended;
      client.connection.dispose();
      const setModes = (folder: number, file: number): void => {
        for (const entry of readdirSync(storagePath, { withFileTypes: true }))
          if (entry.isFile()) chmodSync(join(storagePath, entry.name), file);
        chmodSync(storagePath, folder);
      };
      setModes(0o555, 0o444);
      try {
        const again = await start({ obeysPermissions: true, storagePath });
        expect(again.candidates).not.toEqual([]);
        const error = await failure(decide(again, 'rejected'));
        expect(error.data?.code).toBe('storageUnavailable');
        expect(error.message).toMatch(/can’t be written to/);
        const list = client.connection.sendRequest(method.decisions, {});
        expect((await failure(list)).data?.code).toBe('storageUnavailable');
        setModes(0o755, 0o644);
        expect(await decide(again, 'undone')).toMatchObject({ recorded: true });
        const { rows } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
        expect(rows.map(({ kind }) => kind)).toEqual(['undone', 'rejected', 'accepted']);
      } finally {
        setModes(0o755, 0o644); // or else the folder could not be cleared away
      }
    },
  );

  it('that could not be written are written when the editor closes, if they can be then', async () => {
    const refined = await start();
    const { storagePath } = client;
    const blocker = join(storagePath, 'second-draft.db');
    mkdirSync(blocker);
    writeFileSync(join(blocker, 'x'), '');
    expect((await failure(decide(refined))).data?.code).toBe('storageUnavailable');
    rmSync(blocker, { recursive: true });
    await client.connection.sendRequest('shutdown');
    const { store } = SqlitePreferenceStore.open(storagePath, Date.now, silentLog);
    expect(store.decisions({}, 0, 10).rows.map(({ kind }) => kind)).toEqual(['accepted']);
    store.close();
  });
});
