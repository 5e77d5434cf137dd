import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunId } from '../../../server/protocol/messages.ts';
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

  it('forgets every run, but none that is under way', () => {
    runs.begin(plan);
    runs.lock(plan.id);
    runs.removeAll();
    expect(runs.list()).toHaveLength(1);
    runs.unlock();
    runs.removeAll();
    expect(runs.list()).toEqual([]);
  });
});
