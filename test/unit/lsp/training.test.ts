import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DecisionId } from '../../../server/protocol/common.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import { countDecisions } from '../../../server/src/lsp/decisionCount.ts';
import type { TrainingDependencies } from '../../../server/src/lsp/trainingHandlers.ts';
import type { PreferenceStore } from '../../../server/src/storage/preferenceStore.ts';
import { DraftError } from '../../../server/src/util/errors.ts';
import { decisionNumber, keepDecisions } from '../../support/decisions.ts';
import { base, Window } from '../../support/training.ts';

let folder: string;
let windows: Window[];

function open(change?: (window: Window) => Partial<TrainingDependencies>): Window {
  const window = new Window(folder, change);
  windows.push(window);
  return window;
}

/** A run that is under way. */
async function running(window: Window): Promise<string> {
  const { runId } = await window.training.train({ why: 'user' });
  return runId;
}

/** What was promised has happened, and no time has passed. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const seconds = (n: number): Promise<unknown> => vi.advanceTimersByTimeAsync(1000 * n);

const runFiles = (id: string): string[] => readdirSync(join(folder, 'runs', id)).sort();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  folder = mkdtempSync(join(tmpdir(), 'training-'));
  windows = [];
});
afterEach(async () => {
  for (const window of windows) await window.close();
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

describe('the end of a run', () => {
  beforeEach(() => keepDecisions(folder, 24));

  it('puts the adapter into use, with the prompts that the run began with', async () => {
    const window = open();
    const id = await running(window);
    window.trainer.done();
    await settled();
    expect(window.registry.active(base)).toMatchObject({ id: 1, format: 'edit-1' });
    expect(window.runs.list()[0]?.verdict?.kind).toBe('promoted');
    expect(runFiles(id)).toEqual(['end.json', 'plan.json', 'result.json']);
    expect(window.store.decisions({}, 0, 1).rows[0]?.seenByAdapters).toEqual([1]);
  });

  it('leaves what the writer chose meanwhile in use, and says so', async () => {
    const window = open();
    await running(window);
    window.registry.activate(null, base);
    window.trainer.done();
    await settled();
    expect(window.registry.active(base)).toBeNull();
    expect(window.registry.usable(1, base).format).toBe('edit-1'); // not the format of what is in use now
    expect(window.runs.list()[0]?.verdict).toEqual({
      kind: 'keptAside',
      sentence: 'Learned from 24 decisions: better. Not in use: you chose another adapter meanwhile.',
    });
  });

  it('acts on what a window that was closed before the end left, and neither trains nor adds again', async () => {
    const first = open();
    const id = await running(first);
    first.trainer.leaveResult();
    await first.close();
    windows = [];
    const next = open();
    expect((await next.training.train({ why: 'user' })).runId).toBe(id);
    expect(next.trainers).toEqual([]);
    expect(next.modelLoads).toBe(0);
    expect(next.registry.active(base)?.id).toBe(1);
    expect(next.runs.list()).toMatchObject([{ id, verdict: { kind: 'promoted' } }]);
    expect(runFiles(id)).toEqual(['end.json', 'plan.json', 'result.json']);
  });

  it('finds a run’s adapter where the folder is now, and goes on where it is gone', async () => {
    const window = open();
    await running(window);
    window.trainer.done({ adapterPath: '/before/the/folder/moved/adapter.gguf' });
    await settled();
    expect(window.registry.active(base)?.id).toBe(1);
    await seconds(1);
    await running(window);
    window.trainer.done({ adapterPath: join(folder, 'gone.gguf') });
    await settled();
    expect(window.runs.list()[0]?.verdict?.kind).toBe('failed');
    await running(window);
    expect(window.trainers).toHaveLength(3);
  });

  it('adds a run’s adapter once, also where the window was closed between adding and the end', async () => {
    const first = open();
    const id = await running(first);
    const files = new Map(
      ['plan.json', 'snapshot.json'].map((name) => [name, readFileSync(join(first.trainer.folder, name))]),
    );
    first.trainer.done();
    await settled();
    // As if it had been killed before the end was written.
    for (const [name, content] of files) writeFileSync(join(folder, 'runs', id, name), content);
    writeFileSync(join(folder, 'runs', id, 'adapter.gguf'), 'learned');
    rmSync(join(folder, 'runs', id, 'end.json'));
    const next = open();
    await next.training.tick();
    expect(next.registry.list(base).map((row) => row.id)).toEqual([0, 1]);
    expect(next.registry.active(base)?.id).toBe(1);
    expect(next.runs.list()[0]?.verdict?.kind).toBe('promoted');
  });

  it('is no failure with the adapter in use: what could not be noted is noted later', async () => {
    let broken = true;
    const window = open((self) => ({
      store: () =>
        new Proxy<PreferenceStore>(self.store, {
          get: (store, name: keyof PreferenceStore) =>
            name === 'markSeen' && broken
              ? () => {
                  throw new DraftError('storageUnavailable', 'Another program holds the database.');
                }
              : (store[name] as (...args: unknown[]) => unknown).bind(store),
        }),
    }));
    await running(window);
    window.trainer.done();
    await settled();
    expect(window.runs.list()[0]?.verdict).toEqual({
      kind: 'failed',
      sentence: 'Another program holds the database.',
    });
    expect(window.registry.active(base)?.id).toBe(0);
    broken = false;
    await seconds(6 * 60);
    expect(window.runs.list()[0]?.verdict?.kind).toBe('promoted');
    expect(window.registry.active(base)?.id).toBe(1);
    expect(window.registry.list(base)).toHaveLength(2);
  });

  it('says that the disk is full, and keeps what was learned until there is room', async () => {
    const window = open();
    const id = await running(window);
    const full = vi.spyOn(window.registry, 'add').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    window.trainer.done();
    await settled();
    expect(window.runs.list()[0]?.verdict).toMatchObject({
      kind: 'failed',
      sentence: expect.stringMatching(/^The disk is full: what was learned is kept/) as string,
    });
    expect(runFiles(id)).toContain('adapter.gguf');
    full.mockRestore();
    expect((await window.training.train({ why: 'user' })).runId).toBe(id);
    expect(window.registry.active(base)?.id).toBe(1);
    expect(window.runs.list()[0]?.verdict?.kind).toBe('promoted');
    expect(window.trainers).toHaveLength(1);
  });

  it('is of a result that can not be read no more tries', async () => {
    const window = open();
    const id = await running(window);
    window.trainer.leaveResult();
    writeFileSync(join(folder, 'runs', id, 'snapshot.json'), '{"cut');
    window.trainer.done();
    await settled();
    expect(window.runs.list()[0]?.verdict).toMatchObject({
      kind: 'failed',
      sentence: 'What learning began with is gone.',
    });
    expect(runFiles(id)).toEqual(['end.json', 'plan.json', 'result.json']);
    expect(window.runs.nextUnsettled()).toBeUndefined();
  });
});

describe('deleting decisions', () => {
  beforeEach(() => keepDecisions(folder, 24));

  it('ends this window’s run, and keeps nothing that it found', async () => {
    const window = open();
    const id = await running(window);
    const discard = vi.spyOn(window.trainer, 'cancel').mockImplementation(() => window.trainer.done());
    expect(await window.training.forget('all')).toBe(false);
    expect(discard).toHaveBeenCalled();
    expect(window.registry.list(base).map((row) => row.id)).toEqual([0]);
    expect(runFiles(id)).not.toContain('snapshot.json');
    expect(window.status).toEqual({ state: 'idle' });
    expect(window.runs.removeAll()).toBeUndefined();
    expect(window.runs.list()).toEqual([]);
  });

  it('asks another window to end its run, and waits for it', async () => {
    const [other, window] = [open(), open()];
    const id = await running(other);
    const forgotten = window.training.forget('all');
    await seconds(3);
    expect(await forgotten).toBe(false);
    expect(other.status).toEqual({ state: 'idle' });
    expect(runFiles(id)).not.toContain('snapshot.json');
    expect(window.runs.removeAll()).toBeUndefined();
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  it('says so where another window does not end its run, and forgets the others', async () => {
    const [other, window] = [open(), open()];
    window.runs.begin({ id: 'old', startedAt: 1, why: 'user', decisions: 1, parent: 0, baseModelSha256: 'a', baseModelTitle: '' } as never); // prettier-ignore
    const id = await running(other);
    vi.spyOn(other.trainer, 'cancel').mockImplementation(() => undefined);
    const forgotten = window.training.forget('all');
    await seconds(15);
    expect(await forgotten).toBe(true);
    expect(window.runs.removeAll()?.id).toBe(id);
    expect(window.runs.list().map((run) => run.id)).toEqual([id]);
    other.trainer.done(); // late, and yet nothing is kept
    await settled();
    expect(other.registry.list(base).map((row) => row.id)).toEqual([0]);
    expect(runFiles(id)).not.toContain('snapshot.json');
  });

  it('ends runs that learn, or would go on to learn, from one of them, and leaves others alone', async () => {
    const first = open();
    const id = await running(first);
    await first.close();
    windows = [];
    const window = open();
    await window.training.forget(new Set(['unknown' as DecisionId]));
    expect(window.runs.unfinished()?.id).toBe(id);
    writeFileSync(join(folder, 'runs', id, 'snapshot.json.999999999.tmp'), 'texts');
    await window.training.forget(new Set(['d3' as DecisionId]));
    expect(window.runs.unfinished()).toBeUndefined();
    expect(runFiles(id)).toEqual(['end.json', 'plan.json']);
    expect(window.runs.list()[0]?.verdict).toEqual({
      kind: 'failed',
      sentence: 'Decisions that it learned from were deleted.',
    });
    await running(window);
    await window.training.forget(new Set(['d3' as DecisionId]));
    expect(window.status).toEqual({ state: 'idle' });
  });
});

describe('starting to learn', () => {
  const automatic = (window: Window): void => {
    window.learning = { ...window.learning, train: 'automatic' };
  };
  const ghost = (number: number): Parameters<PreferenceStore['record']> => {
    const { context, candidates, decision } = decisionNumber(number, 'ghostAccepted', {
      task: 'continue',
      original: '',
      before: 'She went home',
    });
    return [context, candidates, decision];
  };

  it('counts decisions on rewrites only, and does not load the model to find out that there are too few', async () => {
    const window = open();
    automatic(window);
    for (let i = 0; i < 30; i++) window.store.record(...ghost(i));
    keepDecisions(folder, 3);
    await expect(window.training.train({ why: 'user' })).rejects.toMatchObject({
      code: 'notEnoughDecisions',
      facts: { needed: 20, has: 3 },
    });
    await seconds(20 * 60);
    expect(window.modelLoads).toBe(0);
    expect(window.trainers).toEqual([]);
  });

  it('begins by itself when there are enough and the writer is away', async () => {
    const window = open();
    automatic(window);
    keepDecisions(folder, 24);
    await seconds(4 * 60);
    expect(window.trainers).toEqual([]);
    await seconds(90);
    expect(window.trainers).toHaveLength(1);
  });

  it('reads the decisions once while the writer is away, and again when there are others', async () => {
    const [window, other] = [open(), open()];
    automatic(window);
    keepDecisions(folder, 3);
    const read = vi.spyOn(window.store, 'comparisons');
    await seconds(60 * 60);
    expect(read).toHaveBeenCalledTimes(1);
    const { context, candidates, decision } = decisionNumber(1);
    other.store.record(context, candidates, decision);
    await seconds(60 * 60);
    expect(read).toHaveBeenCalledTimes(2);
    window.store.deleteDecisions([decision.id]);
    await seconds(60 * 60);
    expect(read).toHaveBeenCalledTimes(3);
    expect(window.trainers).toEqual([]);
    keepDecisions(folder, 24);
    await seconds(60);
    expect(window.trainers).toHaveLength(1);
  });

  it('tries again after an hour, or when new decisions came, where it could not start', async () => {
    let loads = 0;
    const window = open(() => ({
      engine: {
        model: () => {
          loads += 1;
          return Promise.reject(new DraftError('outOfMemory', 'Too large.'));
        },
        announceReady: () => Promise.resolve(),
      },
    }));
    automatic(window);
    keepDecisions(folder, 24);
    await seconds(30 * 60);
    expect(loads).toBe(1);
    const { context, candidates, decision } = decisionNumber(1);
    window.store.record(context, candidates, { ...decision, time: Date.now() });
    await seconds(60);
    expect(loads).toBe(2);
    await seconds(62 * 60);
    expect(loads).toBe(3);
  });

  it('does not begin again at once what failed or was cancelled, here or in another window', async () => {
    keepDecisions(folder, 24);
    const [window, other] = [open(), open()];
    await running(other);
    other.training.cancel();
    await settled();
    automatic(window);
    window.learning = { ...window.learning, everyHours: 0 };
    await seconds(50 * 60);
    expect(window.trainers).toHaveLength(0);
    await seconds(20 * 60);
    expect(window.trainers).toHaveLength(1);
  });

  it('waits for decisions, however long, where a run failed for want of them, and counts none as learned', async () => {
    keepDecisions(folder, 24);
    const window = open();
    automatic(window);
    window.learning = { ...window.learning, everyHours: 1 };
    await seconds(6 * 60);
    window.trainer.fail(
      new DraftError('trainingFailed', 'All from one document.', {
        facts: { trainerCode: 'notEnoughDecisions' },
      }),
    );
    await settled();
    expect(window.runs.list()[0]?.verdict).toEqual({ kind: 'failed', sentence: 'All from one document.' });
    expect(countDecisions(window.store, window.runs.list(), Date.now(), 5).fresh).toBe(24);
    await seconds(5 * 3600);
    expect(window.trainers).toHaveLength(1);
    const { context, candidates, decision } = decisionNumber(1);
    window.store.record(context, candidates, { ...decision, time: Date.now() });
    await seconds(60);
    expect(window.trainers).toHaveLength(2);
  });

  it('looks at the power and the settings where a server was set meanwhile, too', async () => {
    keepDecisions(folder, 24);
    let url = '';
    const window = open((one) => ({
      settings: () =>
        Promise.resolve({
          ...defaultSettings,
          learning: one.learning,
          server: { ...defaultSettings.server, url },
        }),
    }));
    await running(window);
    url = 'http://localhost:8080';
    window.onMains = false;
    await window.training.tick();
    expect(window.trainer.paused).toBe(true);
    window.learning = { ...window.learning, train: 'off' };
    await window.training.tick();
    await settled();
    expect(window.runs.list()[0]?.verdict?.kind).toBe('cancelled');
  });

  it('begins nothing where it was cancelled during the last look before the start', async () => {
    keepDecisions(folder, 24);
    const look = Promise.withResolvers<boolean>();
    const window = open(() => ({ onMains: () => look.promise }));
    const begun = window.training.train({ why: 'user' });
    await settled();
    window.training.cancel();
    look.resolve(true);
    await expect(begun).rejects.toMatchObject({ code: 'cancelled' });
    expect(window.trainers).toEqual([]);
  });

  it('asks for the power last, and ends where learning is switched off', async () => {
    keepDecisions(folder, 24);
    let asked = 0;
    const window = open(() => ({
      onMains: () => {
        asked += 1;
        return Promise.resolve(true);
      },
    }));
    await seconds(10 * 60);
    expect(asked).toBe(0);
    automatic(window);
    await seconds(6 * 60);
    expect(window.trainers).toHaveLength(1);
    expect(asked).toBeGreaterThan(0);
    window.learning = { ...window.learning, train: 'off' };
    await seconds(31);
    expect(window.runs.list()[0]?.verdict).toEqual({ kind: 'cancelled' });
  });

  it('is cancelled while its model is still being loaded', async () => {
    keepDecisions(folder, 24);
    let load: () => void = () => undefined;
    const window = open((of) => ({
      engine: {
        model: async () => {
          await new Promise<void>((resolve) => (load = resolve));
          return {
            model: { sizeClass: 'tiny', adapterFormat: of.registry.active(base)?.format ?? null },
          } as never;
        },
        announceReady: () => Promise.resolve(),
      },
    }));
    const started = window.training.train({ why: 'user' });
    await settled();
    window.training.cancel();
    load();
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
    expect(window.trainers).toHaveLength(0);
  });

  it('is refused where the settings say never', async () => {
    const window = open();
    window.learning = { ...window.learning, train: 'off' };
    keepDecisions(folder, 24);
    await expect(window.training.train({ why: 'user' })).rejects.toMatchObject({ code: 'learningOff' });
  });

  it('is not stopped for years by a run from when the clock was wrong', async () => {
    const window = open();
    automatic(window);
    keepDecisions(folder, 24);
    const year = 365 * 86_400_000;
    vi.setSystemTime(Date.now() + 3 * year);
    const before = open();
    await running(before);
    before.trainer.done({ promoted: false, sentence: 'Kept aside: too close.' });
    await settled();
    await before.close();
    windows = [window];
    vi.setSystemTime(Date.now() - 3 * year);
    await seconds(7 * 60);
    expect(window.trainers).toHaveLength(1);
  });

  it('says who learns already', async () => {
    keepDecisions(folder, 24);
    const [window, other] = [open(), open()];
    await running(window);
    await expect(window.training.train({ why: 'user' })).rejects.toMatchObject({
      code: 'trainingBusy',
      message: 'Second Draft is learning already.',
      facts: { where: 'here' },
    });
    await expect(other.training.train({ why: 'user' })).rejects.toMatchObject({
      code: 'trainingBusy',
      message: 'Another window is learning.',
      facts: { where: 'elsewhere' },
    });
  });
});

describe('a window beside the one that learns', () => {
  beforeEach(() => keepDecisions(folder, 24));

  it('says so while it lasts, and that of its end, with the adapter that it may have put into use', async () => {
    const announceReady = vi.fn(() => Promise.resolve());
    const other = open();
    const window = open(() => ({
      engine: { model: () => Promise.reject(new Error('not asked')), announceReady },
    }));
    window.training.look();
    expect(window.statuses).toEqual([]);
    await running(other);
    await seconds(31);
    expect(window.statuses).toEqual([{ state: 'elsewhere' }]);
    expect(other.statuses.map(({ state }) => state)).not.toContain('elsewhere');
    expect(announceReady).not.toHaveBeenCalled();
    other.trainer.done();
    await seconds(6);
    expect(window.statuses).toEqual([{ state: 'elsewhere' }, { state: 'idle' }]);
    expect(announceReady).toHaveBeenCalledTimes(1);
    await seconds(60);
    expect(window.statuses).toHaveLength(2);
  });

  it('says so at once where it opens, or is told to learn', async () => {
    const [other, window] = [open(), open()];
    await running(other);
    await expect(window.training.train({ why: 'user' })).rejects.toMatchObject({ code: 'trainingBusy' });
    expect(window.status).toEqual({ state: 'elsewhere' });
    const opened = open();
    opened.training.look();
    expect(opened.status).toEqual({ state: 'elsewhere' });
  });

  it('says what it learns itself when the other has ended, and no more of the other', async () => {
    const [other, window] = [open(), open()];
    await running(other);
    window.training.look();
    other.training.cancel();
    await settled();
    await running(window);
    await seconds(60);
    expect(window.status.state).toBe('running');
    expect(other.status).toEqual({ state: 'elsewhere' });
    expect(window.statuses.map(({ state }) => state)).toEqual(['elsewhere', 'running']);
  });

  it('says so of the run that was taken over from it', async () => {
    const window = open();
    const id = await running(window);
    const lock = { pid: process.pid, id, token: 'another window' };
    writeFileSync(join(folder, 'runs', 'lock.json'), JSON.stringify(lock));
    await seconds(20);
    expect(window.statuses.slice(-2)).toEqual([{ state: 'idle' }, { state: 'elsewhere' }]);
  });

  it('is as before where the run ended because its decisions were deleted', async () => {
    const [other, window] = [open(), open()];
    await running(other);
    window.training.look();
    const forgotten = window.training.forget('all');
    await seconds(3);
    await forgotten;
    expect(window.status).toEqual({ state: 'idle' });
  });
});

describe('pausing', () => {
  beforeEach(() => keepDecisions(folder, 24));

  it('of nothing does not pause the next run', async () => {
    const window = open();
    window.training.pause();
    await running(window);
    await seconds(2);
    expect(window.status.state).toBe('running');
  });

  it('happens while the writer types, and ends thirty seconds after the last key', async () => {
    const window = open();
    window.training.presence(0); // before Train Now: no reason to wait
    await running(window);
    await seconds(2);
    expect(window.status.state).toBe('running');
    window.training.presence(0);
    expect(window.status).toMatchObject({ state: 'paused', why: 'writing' });
    await seconds(10);
    window.training.presence(500);
    await seconds(25);
    expect(window.status.state).toBe('paused');
    await seconds(7);
    expect(window.status.state).toBe('running');
  });

  it('happens while something is written for the writer, and ends soon after', async () => {
    const window = open();
    await running(window);
    window.training.generating(true);
    expect(window.status).toMatchObject({ state: 'paused', why: 'writing' });
    await seconds(60);
    expect(window.status.state).toBe('paused');
    window.training.generating(false);
    await seconds(5);
    expect(window.status.state).toBe('running');
  });

  it('happens for what the writer does in another window too', async () => {
    const [window, other] = [open(), open()];
    await running(window);
    other.training.generating(true);
    await seconds(2);
    expect(window.status).toMatchObject({ state: 'paused', why: 'writing' });
    other.training.generating(false);
    await seconds(5);
    expect(window.status.state).toBe('running');
    other.training.presence(0);
    await seconds(2);
    expect(window.status).toMatchObject({ state: 'paused', why: 'writing' });
    await seconds(30);
    expect(window.status.state).toBe('running');
  });

  it('by the writer is told where it was paused already, and outlasts the other reason', async () => {
    const window = open();
    await running(window);
    window.training.presence(0);
    expect(window.status).toMatchObject({ why: 'writing' });
    window.training.pause();
    expect(window.status).toMatchObject({ state: 'paused', why: 'user' });
    await seconds(40);
    expect(window.status).toMatchObject({ state: 'paused', why: 'user' });
    await window.training.resume();
    expect(window.status.state).toBe('running');
  });

  it('on battery is not ended by Resume, which says why, but by the setting', async () => {
    const window = open();
    await running(window);
    window.onMains = false;
    await window.training.tick();
    expect(window.status).toMatchObject({ state: 'paused', why: 'battery' });
    await expect(window.training.resume()).rejects.toMatchObject({ code: 'onBattery' });
    window.learning = { ...window.learning, onBattery: true };
    await window.training.resume();
    expect(window.status.state).toBe('running');
  });

  it('and cancelling can be asked for in another window', async () => {
    const [window, other] = [open(), open()];
    const id = await running(window);
    other.training.pause();
    await seconds(2);
    expect(window.status).toMatchObject({ state: 'paused', why: 'user' });
    await other.training.resume();
    await seconds(2);
    expect(window.status.state).toBe('running');
    other.training.cancel();
    await seconds(2);
    expect(window.status.state).toBe('idle');
    expect(window.runs.list()[0]).toMatchObject({ id, verdict: { kind: 'cancelled' } });
    expect(existsSync(join(folder, 'runs', id, 'request.json'))).toBe(false);
  });

  it('gives a run up that another window took over', async () => {
    const window = open();
    const id = await running(window);
    writeFileSync(
      join(folder, 'runs', 'lock.json'),
      JSON.stringify({ pid: process.pid, id, token: 'another window' }),
    );
    await seconds(20);
    expect(window.status.state).toBe('elsewhere');
    expect(window.runs.list()[0]).toMatchObject({ id, endedAt: null });
  });

  it('does not act on the result of a run that another window took over', async () => {
    const window = open();
    const id = await running(window);
    const lock = { pid: process.pid, id, token: 'another window' };
    writeFileSync(join(folder, 'runs', 'lock.json'), JSON.stringify(lock));
    window.trainer.done();
    await settled();
    expect(window.registry.list(base).map((row) => row.id)).toEqual([0]);
    expect(window.runs.list()[0]).toMatchObject({ id, endedAt: null });
  });
});
