import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnknownShapeError, type ModelShape } from '../../../server/src/models/modelShape.ts';
import { memoryNeed, Preflight, type PreflightDependencies } from '../../../server/src/models/preflight.ts';
import { TrialError, type TrialKind } from '../../../server/src/models/trial.ts';

const shape: ModelShape = { architecture: 'llama', layers: 30, keyValueWidth: 384 };

describe('checking a model file', () => {
  let folder: string;
  let path: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'second-draft-preflight-'));
    path = join(folder, 'model.gguf');
    writeFileSync(path, 'weights');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function preflight(change: Partial<PreflightDependencies> = {}): { check: Preflight; trials: string[] } {
    const trials: string[] = [];
    const check = new Preflight({
      readShape: () => shape,
      freeBytes: () => 8e9,
      trial: (file) => {
        trials.push(file);
        return Promise.resolve();
      },
      memory: null,
      ...change,
    });
    return { check, trials };
  }

  it('counts weights, cache and scratch buffers as memory', () => {
    const cache = 30 * 384 * 2 * (3 * 4096 + 1024);
    expect(memoryNeed(shape, 98e6)).toBe(98e6 + cache + 100e6);
  });

  it('tries an unknown file once in a child process', async () => {
    const { check, trials } = preflight();
    await check.check(path, 'Model', false);
    await check.check(path, 'Model', false);
    expect(trials).toEqual([path]);
  });

  it('does not try the embedded model', async () => {
    const { check, trials } = preflight();
    await check.check(path, 'Model', true);
    expect(trials).toEqual([]);
  });

  it('never refuses the embedded model for memory', async () => {
    const { check } = preflight({ freeBytes: () => 1e6 });
    await expect(check.check(path, 'Model', true)).resolves.toBeUndefined();
  });

  it('remembers over restarts what loaded, until the file changes', async () => {
    const memory = join(folder, 'checked.json');
    const other = join(folder, 'other.gguf');
    writeFileSync(other, 'a');
    const first = preflight({ memory });
    await first.check.check(other, 'Model', false);
    const second = preflight({ memory });
    await second.check.check(other, 'Model', false);
    expect(second.trials).toEqual([]);
    writeFileSync(other, 'another');
    const third = preflight({ memory });
    await third.check.check(other, 'Model', false);
    expect(third.trials).toEqual([other]);
    expect(JSON.parse(readFileSync(memory, 'utf8'))).toHaveLength(2);
  });

  it('lets a file be used that loaded, also where that can’t be remembered', async () => {
    const memory = join(path, 'checked.json'); // below a file
    const { check, trials } = preflight({ memory });
    await expect(check.check(path, 'Model', false)).resolves.toBeUndefined();
    await check.check(path, 'Model', false);
    expect(trials).toEqual([path]);
  });

  it.each([
    ['modelMissing', {}, 'nowhere.gguf'],
    ['modelCorrupt', { readShape: () => raise(new Error('is no GGUF file')) }, 'model.gguf'],
    ['modelUnsupported', { readShape: () => raise(new UnknownShapeError('mamba', 'a key')) }, 'model.gguf'],
    ['modelCorrupt', ended('damaged'), 'model.gguf'],
    ['modelUnsupported', ended('unsupported'), 'model.gguf'],
    ['outOfMemory', ended('outOfMemory'), 'model.gguf'],
    ['modelUnsupported', ended('unfinished'), 'model.gguf'],
    ['modelUnsupported', { trial: () => Promise.reject(new Error('spawn EAGAIN')) }, 'model.gguf'],
    ['outOfMemory', { freeBytes: () => 1e6 }, 'model.gguf'],
  ] as const)('says %s and checks again the next time', async (code, change, name) => {
    const { check } = preflight(change);
    for (const attempt of [1, 2]) {
      await expect(check.check(join(folder, name), `Model ${attempt}`, false)).rejects.toMatchObject({
        code,
      });
    }
  });
});

function raise(error: Error): never {
  throw error;
}

function ended(kind: TrialKind): Pick<PreflightDependencies, 'trial'> {
  return { trial: () => Promise.reject(new TrialError(kind, 'its last words')) };
}
