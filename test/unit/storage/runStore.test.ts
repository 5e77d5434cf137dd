import { fork, spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunId } from '../../../server/protocol/common.ts';
import {
  appendMetric,
  readSnapshot,
  RunStore,
  type RunPlan,
  type RunSnapshot,
} from '../../../server/src/storage/runStore.ts';

const plan: RunPlan = {
  id: 'one' as RunId,
  startedAt: 5,
  why: 'user',
  decisions: 20,
  parent: 0,
  baseModelSha256: 'a',
  baseModelTitle: 'Tiny',
};
const metric = { step: 1, loss: 2, leaderReward: 0.5, followerReward: 0.6, klToReference: 0.01 };

let folder: string;
let runs: RunStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
  runs = new RunStore(join(folder, 'runs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the store of runs', () => {
  it('lists runs newest first, with their metrics and verdicts', () => {
    runs.begin(plan);
    runs.begin({ ...plan, id: 'two' as RunId, startedAt: 9 });
    appendMetric(runs.folderOf(plan.id), metric);
    runs.end(plan.id, 8, { kind: 'keptAside', sentence: 'Kept aside.' });
    expect(runs.list().map(({ id, endedAt, steps }) => [id, endedAt, steps])).toEqual([
      ['two', null, 0],
      ['one', 8, 1],
    ]);
    expect(runs.unfinished()?.id).toBe('two');
  });

  it('counts a step that was done twice after a crash once, and passes over a line that was cut off', () => {
    runs.begin(plan);
    appendMetric(runs.folderOf(plan.id), metric);
    appendMetric(runs.folderOf(plan.id), { ...metric, loss: 1 });
    appendFileSync(join(runs.folderOf(plan.id), 'metrics.jsonl'), '{"step":2,"lo');
    expect(runs.list()[0]?.metrics).toEqual([{ ...metric, loss: 1 }]);
  });

  it('hands the trainer which comparisons are about ghost text; none were in older runs', () => {
    const comparison = {
      decisionId: 'd',
      document: 'letter.md',
      original: 'She went',
      winner: 'She went home.',
      loser: 'She went',
      weight: 1,
      continues: true,
    };
    const snapshot: RunSnapshot = {
      modelPath: 'model.gguf',
      baseModelSha256: 'a',
      parent: null,
      styles: null,
      promptFormat: 'edit-1',
      threads: 1,
      device: 'cpu',
      comparisons: [comparison],
      contexts: [],
      decisions: 20,
      settings: {
        seed: 1,
        steps: 1,
        groupSize: 2,
        rounds: 1,
        betaLeader: 0.05,
        betaFollower: 0.05,
        kappa: 5,
        budgetMinutes: 1,
        adapters: 'perRole',
      },
    };
    runs.begin(plan);
    runs.writeSnapshot(plan.id, snapshot);
    expect(readSnapshot(runs.folderOf(plan.id))).toEqual(snapshot);
    const older: Partial<typeof comparison> = { ...comparison };
    delete older.continues;
    const withoutStyles: Partial<RunSnapshot> = { ...snapshot };
    delete withoutStyles.styles;
    const settings: Partial<RunSnapshot['settings']> = { ...snapshot.settings };
    delete settings.adapters;
    const path = join(runs.folderOf(plan.id), 'snapshot.json');
    writeFileSync(path, JSON.stringify({ ...withoutStyles, settings, comparisons: [older] }));
    const read = readSnapshot(runs.folderOf(plan.id));
    expect(read.comparisons).toEqual([{ ...older, continues: false }]);
    expect(read.styles).toBeNull();
    expect(read.settings.adapters).toBe('one');
  });

  it('passes over folders that are no runs', () => {
    runs.begin(plan);
    mkdirSync(join(folder, 'runs', 'strange'));
    expect(runs.list()).toHaveLength(1);
  });

  it('lets one process train; a lock whose process is gone is void', async () => {
    expect(runs.lock(plan.id)).toBe(true);
    expect(runs.lock(plan.id)).toBe(false);
    runs.unlock();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(join(folder, 'runs', 'lock.json'), JSON.stringify({ pid: child.pid, id: 'x' }));
    expect(runs.lock(plan.id)).toBe(false);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(runs.lock(plan.id)).toBe(true);
  });

  describe('the lock', () => {
    const lock = (): string => join(folder, 'runs', 'lock.json');
    const age = (minutes: number): void => {
      const then = (Date.now() - minutes * 60_000) / 1000;
      utimesSync(lock(), then, then);
    };

    it('of a living process that does not refresh it is void once that was watched for a while', () => {
      let elapsed = 0;
      const other = new RunStore(join(folder, 'runs'), () => elapsed);
      runs.lock(plan.id);
      age(6);
      expect(other.lockHolder()).toMatchObject({ id: plan.id }); // the computer may just have slept
      elapsed = 80_000;
      expect(other.lockHolder()).toBeUndefined();
      runs.refreshLock();
      expect(other.lockHolder()).toMatchObject({ id: plan.id });
      age(6);
      expect(other.lock(plan.id)).toBe(false);
      elapsed = 160_000;
      expect(other.lock(plan.id)).toBe(true);
      expect(runs.refreshLock()).toBe(false);
      runs.unlock(); // it is not its own any more
      expect(other.lockHolder()).toMatchObject({ id: plan.id });
    });

    it('that was cut off in writing is void, and leaves nothing behind', () => {
      mkdirSync(join(folder, 'runs'));
      writeFileSync(lock(), '{"pid":');
      expect(runs.lock(plan.id)).toBe(true);
      runs.unlock();
      expect(readdirSync(join(folder, 'runs'))).toEqual([]);
    });

    it('is had by one of many that take a void one at the same time', async () => {
      mkdirSync(join(folder, 'runs'));
      const script = join(folder, 'take.ts');
      const module = new URL('../../../server/src/storage/runStore.ts', import.meta.url).href;
      writeFileSync(
        script,
        `import { RunStore } from ${JSON.stringify(module)};
         const runs = new RunStore(process.argv[2]);
         while (Date.now() < Number(process.argv[3]));
         const mine = runs.lock('x');
         process.send(mine);
         process.on('message', () => process.exit(0));`,
      );
      writeFileSync(lock(), JSON.stringify({ pid: 999_999_999, id: 'gone' }));
      const start = String(Date.now() + 1500);
      const children = Array.from({ length: 4 }, () => fork(script, [join(folder, 'runs'), start]));
      const taken = await Promise.all(
        children.map((child) => new Promise((resolve) => child.once('message', resolve))),
      );
      expect(taken.filter((mine) => mine === true)).toHaveLength(1);
      await Promise.all(
        children.map((child) => {
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.send('end');
          return gone;
        }),
      );
    });
  });

  it('forgets every run but one that is under way, with whatever was left by killed processes', () => {
    const root = join(folder, 'runs');
    runs.begin(plan);
    runs.begin({ ...plan, id: 'two' as RunId });
    writeFileSync(join(root, 'two', 'snapshot.json.999999999.tmp'), 'texts');
    mkdirSync(join(root, 'without a plan'));
    runs.lock(plan.id);
    expect(runs.removeAll()).toMatchObject({ id: plan.id });
    expect(readdirSync(root).sort()).toEqual(['lock.json', plan.id]);
    runs.unlock();
    expect(runs.removeAll()).toBeUndefined();
    expect(readdirSync(root)).toEqual([]);
  });

  it('sweeps what killed processes left of runs: texts of ended ones, files that were cut off', () => {
    const root = join(folder, 'runs');
    runs.begin(plan);
    runs.begin({ ...plan, id: 'two' as RunId });
    writeFileSync(join(root, 'one', 'snapshot.json'), 'texts');
    writeFileSync(join(root, 'one', 'snapshot.json.999999999.tmp'), 'texts');
    writeFileSync(join(root, 'two', 'snapshot.json'), 'texts');
    writeFileSync(join(root, 'two', 'checkpoint.gguf.999999999.tmp'), '');
    writeFileSync(join(root, 'two', `result.json.${process.pid}.tmp`), ''); // being written
    runs.end(plan.id, 8, { kind: 'cancelled' });
    runs.sweep();
    expect(readdirSync(join(root, 'one')).sort()).toEqual(['end.json', 'plan.json']);
    expect(readdirSync(join(root, 'two')).sort()).toEqual([
      'plan.json',
      `result.json.${process.pid}.tmp`,
      'snapshot.json',
    ]);
  });
});
