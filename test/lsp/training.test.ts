import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionsResult, DeleteDecisionsParams } from '../../server/protocol/decisions.ts';
import type { DashboardResult, TrainResult } from '../../server/protocol/learning.ts';
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import type { TrainingStatus } from '../../server/protocol/status.ts';
import type { RunSnapshot } from '../../server/src/storage/runStore.ts';
import { readAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { readCheckpoint } from '../../server/src/training/checkpoint.ts';
import { keepDecisions } from '../support/decisions.ts';
import { failure, LspClient } from '../support/lspClient.ts';
import { writeTinyModel } from '../support/tinyModels.ts';

const quick = { train: 'manual', steps: 2, groupSize: 3, minDecisions: 20, budgetMinutes: 5 };
/** More steps than a test waits for. */
const endless = { ...quick, steps: 5000 };
let client: LspClient;

async function start(learning: object = quick, settings: object = {}): Promise<void> {
  client = await LspClient.start({
    transport: 'ipc',
    settings: { engine: { gpu: 'off', threads: 2 }, learning, ...settings },
  });
}

/** What a run does between its beginning and its end takes no real model: a tiny one gets to its first checkpoint in no time. */
const tiny = { model: { path: '' } };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-tiny-'));
  tiny.model.path = join(folder, 'tiny.gguf');
  writeTinyModel(tiny.model.path, { architecture: 'llama', tied: true, type: 'F32', seed: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = (): Promise<TrainResult> => client.connection.sendRequest(method.train, { why: 'user' });
const training = (): TrainingStatus => client.statuses.at(-1)?.training ?? { state: 'idle' };
const dashboard = (): Promise<DashboardResult> => client.connection.sendRequest(method.dashboard, {});

async function until(what: string, test: () => boolean): Promise<void> {
  const end = Date.now() + 110_000;
  while (!test()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A run that is under way, with something to go on from. */
async function trainToCheckpoint(): Promise<string> {
  keepDecisions(client.storagePath, 24);
  const { runId } = await train();
  await until('a checkpoint', () => existsSync(join(client.storagePath, 'runs', runId, 'checkpoint.gguf')));
  return runId;
}

/** The trainer: the server's child that runs our bundle. */
function trainerPid(): number | undefined {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  for (const line of lines) {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) === client.process.pid && command?.includes('trainer.mjs')) return Number(pid);
  }
  return undefined;
}

/** The window crashes in the middle of whatever it does; another opens on the same data. */
async function crashAndStartAgain(settings: object = {}): Promise<void> {
  const { storagePath } = client;
  const closed = new Promise((resolve) => client.process.once('exit', resolve));
  client.process.kill('SIGKILL');
  await closed;
  client.connection.dispose();
  client = await LspClient.start({
    transport: 'ipc',
    settings: { engine: { gpu: 'off', threads: 2 }, learning: quick, ...settings },
    storagePath,
  });
}

async function refine(): Promise<RefineResult> {
  const uri = 'file:///home/writer/letter.md';
  await client.open(uri, 'She go to the office every days and he always forget him keys.');
  const at = { line: 0, character: 0 };
  return client.connection.sendRequest(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start: at, end: at },
    task: 'fixGrammar',
  });
}

afterEach(() => client.stop());

describe('training', () => {
  it('says how many decisions it needs', async () => {
    await start();
    keepDecisions(client.storagePath, 12);
    const refused = await failure(train());
    expect(refused.data).toMatchObject({ code: 'notEnoughDecisions', facts: { needed: 20, has: 12 } });
    expect(refused.message).toBe('Learning starts at 20 decisions; you have 12.');
  });

  it.each([
    {
      learning: { parameters: 'styles' },
      doing: ['trying another style'],
      styles: ['brief', 'formal', 'keep'],
    },
    {
      learning: { parameters: 'styles', adapters: 'perRole', steps: 1 }, // for each role
      doing: ['trying another style', 'trying another style for refinements'],
      styles: ['brief', 'formal', 'keep'],
    },
    { learning: { parameters: 'all' }, doing: ['writing candidates', 'learning from them'], styles: [] },
  ])(
    'goes from decisions to a numbered adapter with a verdict, and forgets its snapshot of the texts: $learning',
    async ({ learning, doing, styles }) => {
      await start({ ...quick, ...learning });
      keepDecisions(client.storagePath, 24);
      const { runId } = await train();
      const busy = await failure(train());
      expect(busy.data?.code).toBe('trainingBusy');
      await until('the end of the run', () => training().state === 'idle');
      const seen = client.statuses
        .map((status) => status.training)
        .filter((status) => status.state === 'running');
      expect(seen.map((status) => ('doing' in status ? status.doing : ''))).toEqual(
        expect.arrayContaining([...doing, 'testing what was learned']),
      );
      const { runs, adapters, decisionsSinceTraining } = await dashboard();
      expect(runs).toMatchObject([{ id: runId, decisions: 24, steps: 2 }]);
      expect(['promoted', 'keptAside']).toContain(runs[0]?.verdict?.kind);
      expect(
        runs[0]?.metrics.every(({ loss, klToReference }) => Number.isFinite(loss) && klToReference >= 0),
      ).toBe(true);
      expect(adapters).toMatchObject([
        { id: 0 },
        { id: 1, parent: 0, decisions: 24, decisionsFrom: 1, decisionsTo: 24, refused: null },
      ]);
      expect(adapters[1]!.lengthRatio).toBeCloseTo(1, 0);
      expect(Object.keys(adapters[1]!.styles)).toEqual(styles);
      const { followerStyles } = adapters[1]!;
      expect(Object.keys(followerStyles).every((name) => styles.includes(name))).toBe(true);
      expect(decisionsSinceTraining).toBe(0);
      expect(readdirSync(join(client.storagePath, 'runs', runId)).sort()).toEqual([
        'end.json',
        'metrics.jsonl',
        'plan.json',
        'result.json',
        'trainer.log',
      ]);
      const { rows } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {});
      expect(rows[0]?.seenByAdapters).toEqual([1]);
      // In use or not, it can be used at once, and left again.
      await client.connection.sendRequest(method.activateAdapter, { id: 1 });
      expect((await refine()).adapter).toBe(1);
      await client.connection.sendRequest(method.activateAdapter, { id: 0 });
      expect((await refine()).adapter).toBe(0);
    },
  );

  it('pauses when the writer refines or says so, goes on after, and ends when it is cancelled', async () => {
    await start({ ...quick, steps: 50 });
    keepDecisions(client.storagePath, 24);
    await train();
    await until('a step', () => {
      const now = training();
      return now.state === 'running' && now.doing === 'trying another style';
    });
    const refined = refine();
    await until('the pause', () => training().state === 'paused');
    expect(training()).toMatchObject({ state: 'paused', why: 'writing' });
    expect((await refined).candidates.length).toBeGreaterThan(0);
    await until('going on', () => training().state === 'running');
    await client.connection.sendRequest(method.pauseTraining, {});
    await until('the pause', () => training().state === 'paused');
    expect(training()).toMatchObject({ why: 'user' });
    await client.connection.sendRequest(method.resumeTraining, {});
    await until('going on', () => training().state === 'running');
    await client.connection.sendRequest(method.cancelTraining, {});
    await until('the end', () => training().state === 'idle');
    const { runs, adapters } = await dashboard();
    expect(runs[0]?.verdict).toEqual({ kind: 'cancelled' });
    expect(adapters.map(({ id }) => id)).toEqual([0]);
  });

  it('says so when the trainer is killed, keeps everything, and can begin again', async () => {
    await start({ ...quick, steps: 50 });
    keepDecisions(client.storagePath, 24);
    await train();
    await until('the trainer', () => {
      const now = training();
      return now.state === 'running' && now.doing === 'trying another style';
    });
    expect(getPriority(trainerPid())).toBe(constants.priority.PRIORITY_BELOW_NORMAL); // the editor comes first
    process.kill(trainerPid()!, 'SIGKILL');
    await until('the end', () => training().state === 'idle');
    const { runs, decisions } = await dashboard();
    expect(runs[0]?.verdict).toMatchObject({
      kind: 'failed',
      sentence: expect.stringContaining('was ended by SIGKILL') as string,
    });
    expect(decisions).toBe(24);
    await train();
    await until('the new run', () => training().state === 'running');
    await client.connection.sendRequest(method.cancelTraining, {});
    await until('the end', () => training().state === 'idle');
  });

  it('goes on with a run after the window was closed in its middle, also where an update moved the files that ship', async () => {
    await start({ ...quick, steps: 2 });
    const runId = await trainToCheckpoint();
    await crashAndStartAgain();
    const snapshot = join(client.storagePath, 'runs', runId, 'snapshot.json');
    const began = JSON.parse(readFileSync(snapshot, 'utf8')) as RunSnapshot;
    expect(began).toMatchObject({ parent: { id: 0 }, styles: expect.any(String) as string });
    const old = join(client.storagePath, 'an-older-version');
    const moved = { modelPath: join(old, 'model.gguf'), parent: { id: 0, path: old }, styles: old };
    writeFileSync(snapshot, JSON.stringify({ ...began, ...moved }));
    const { storagePath } = client;
    expect((await train()).runId).toBe(runId);
    await until('the end of the run', () => training().state === 'idle');
    const { runs, adapters } = await dashboard();
    expect(runs).toMatchObject([{ id: runId, steps: 2 }]);
    expect(adapters).toHaveLength(2);
    const lines = readFileSync(join(storagePath, 'runs', runId, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2]);
    const { config } = readAdapter(join(storagePath, 'adapters', '1', 'adapter.gguf')).provenance;
    expect(config.firstQuality).toSatisfy((quality: number) => quality > 60 && quality < 95); // what the next runs are compared with
  });

  it('tests what it has where a run that was cut off had used up its time', async () => {
    await start(endless, tiny);
    const runId = await trainToCheckpoint();
    await crashAndStartAgain(tiny);
    const run = join(client.storagePath, 'runs', runId);
    const { workedMs, adapter } = readCheckpoint(join(run, 'checkpoint.gguf'));
    const began = JSON.parse(readFileSync(join(run, 'snapshot.json'), 'utf8')) as RunSnapshot;
    const settings = { ...began.settings, budgetMinutes: workedMs / 60_000 };
    writeFileSync(join(run, 'snapshot.json'), JSON.stringify({ ...began, settings }));
    await train();
    const doing = (): TrainingStatus[] => client.statuses.map((status) => status.training);
    const tested = (): TrainingStatus | undefined =>
      doing().find((status) => 'doing' in status && status.doing === 'testing what was learned');
    await until('the test', () => tested() !== undefined);
    expect(tested()).toMatchObject({ runId, step: adapter.provenance.step });
    expect(doing()).not.toContainEqual(expect.objectContaining({ doing: 'learning' }));
  });

  it('ends a run that can not go on, and begins another', async () => {
    await start(endless, tiny);
    const runId = await trainToCheckpoint();
    await crashAndStartAgain(tiny);
    writeFileSync(join(client.storagePath, 'runs', runId, 'snapshot.json'), '{"cut');
    expect((await train()).runId).not.toBe(runId);
    await client.connection.sendRequest(method.cancelTraining, {});
    await until('the end', () => training().state === 'idle');
    const { runs } = await dashboard();
    expect(runs.find(({ id }) => id === runId)?.verdict).toEqual({
      kind: 'failed',
      sentence: 'Cut off: what it began with is gone.',
    });
  });

  it('ends a run whose model was changed in its middle, and begins one with the new model', async () => {
    await start(endless, tiny);
    const runId = await trainToCheckpoint();
    const path = join(folder, 'other.gguf');
    writeTinyModel(path, { architecture: 'llama', tied: true, type: 'F32', seed: 2 });
    await crashAndStartAgain({ model: { path } });
    const next = await train();
    expect(next.runId).not.toBe(runId);
    await client.connection.sendRequest(method.cancelTraining, {});
    await until('the end', () => training().state === 'idle');
    const { runs } = await dashboard();
    expect(runs.find(({ id }) => id === runId)?.verdict).toEqual({
      kind: 'failed',
      sentence: 'Cut off: the model was changed.',
    });
  });

  it('says that the model is gone, and goes on with the run when it is back', async () => {
    await start(endless, tiny);
    const runId = await trainToCheckpoint();
    await crashAndStartAgain({ model: { path: join(client.storagePath, 'deleted.gguf') } });
    expect((await failure(train())).data?.code).toBe('modelMissing');
    const { adapter } = readCheckpoint(join(client.storagePath, 'runs', runId, 'checkpoint.gguf'));
    await crashAndStartAgain(tiny);
    expect((await train()).runId).toBe(runId);
    await until('a further step', () => {
      const now = training();
      return now.state === 'running' && now.step > adapter.provenance.step;
    });
    const metrics = readFileSync(join(client.storagePath, 'runs', runId, 'metrics.jsonl'), 'utf8');
    const steps = metrics
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { step: number }).step);
    expect(steps).toEqual(steps.map((_, i) => i + 1)); // none twice: it did not begin anew
  });

  // /dev/full refuses every write as a full disk does.
  it.runIf(process.platform === 'linux')(
    'says so when the disk is full, keeps every decision, and the next run is whole',
    async () => {
      await start({ ...quick, steps: 20 }, tiny); // the disk is full before the last of them is saved
      keepDecisions(client.storagePath, 24);
      const { runId } = await train();
      await until('the trainer', () => trainerPid() !== undefined);
      const temporary = join(client.storagePath, 'runs', runId, `checkpoint.gguf.${trainerPid()!}.tmp`);
      symlinkSync('/dev/full', temporary);
      await until('the end', () => training().state === 'idle');
      const { runs, decisions, adapters } = await dashboard();
      expect(runs[0]?.verdict).toMatchObject({
        kind: 'failed',
        sentence: expect.stringMatching(/^The disk is full: learning stopped/) as string,
      });
      expect(decisions).toBe(24);
      expect(adapters.map(({ id }) => id)).toEqual([0]);
      const next = await train();
      await until('the end of the next run', () => training().state === 'idle');
      const { runs: after } = await dashboard();
      expect(after[0]).toMatchObject({ id: next.runId, steps: 20 });
      expect(['promoted', 'keptAside']).toContain(after[0]?.verdict?.kind);
    },
  );

  it('pauses while somebody types, and ends when its decisions are deleted: nothing of it stays', async () => {
    await start(endless, tiny);
    keepDecisions(client.storagePath, 24);
    await train();
    await until('a step', () => {
      const now = training();
      return now.state === 'running' && now.step > 0;
    });
    await client.connection.sendNotification(method.presence, { consent: 'given', idleMs: 0 });
    await until('the pause', () => training().state === 'paused');
    expect(training()).toMatchObject({ why: 'writing' });
    await client.connection.sendRequest(method.resumeTraining, {});
    await until('going on', () => training().state === 'running');
    const params: DeleteDecisionsParams = { what: 'all', adaptersToo: false };
    const deleted = await client.connection.sendRequest(method.deleteDecisions, params);
    expect(deleted).toEqual({ deleted: 24, adapters: [] });
    expect(readdirSync(join(client.storagePath, 'runs'))).toEqual([]);
    expect(trainerPid()).toBeUndefined();
    const { runs, adapters } = await dashboard();
    expect(runs).toEqual([]);
    expect(adapters.map(({ id }) => id)).toEqual([0]);
  });

  it('pauses while somebody types in an editor that does not say so', async () => {
    await start(endless, tiny);
    keepDecisions(client.storagePath, 24);
    const uri = 'file:///home/writer/diary.md';
    await client.open(uri, 'It rained.');
    await train();
    await until('learning', () => training().state === 'running');
    await client.change(uri, 2, 'It rained all day.');
    await until('the pause', () => training().state === 'paused');
    expect(training()).toMatchObject({ why: 'writing' });
  });

  it('trains in one window at a time', async () => {
    await start(endless, tiny);
    keepDecisions(client.storagePath, 24);
    await train();
    const other = await LspClient.start({
      transport: 'ipc',
      settings: { engine: { gpu: 'off', threads: 2 }, learning: quick, ...tiny },
      storagePath: client.storagePath,
    });
    await other.connection.sendNotification(method.presence, { consent: 'given', idleMs: 60_000 });
    await until('the other window', () => other.statuses.at(-1)?.training.state === 'elsewhere');
    const refused = await failure(other.connection.sendRequest(method.train, { why: 'user' }));
    expect(refused.data?.code).toBe('trainingBusy');
    expect(refused.message).toBe('Another window is learning.');
    await other.connection.sendRequest(method.cancelTraining, {}); // it reaches the window that learns
    await until('the end', () => training().state === 'idle');
    await until('the end there', () => other.statuses.at(-1)?.training.state === 'idle');
    await other.stop();
  });
});
