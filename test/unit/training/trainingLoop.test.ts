import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FromTrainer } from '../../../server/protocol/trainerIpc.ts';
import { readMetrics } from '../../../server/src/storage/runStore.ts';
import { adamwInit } from '../../../server/src/tensor/adamw.ts';
import type { LoraAdapter } from '../../../server/src/tensor/ggufAdapter.ts';
import { readCheckpoint } from '../../../server/src/training/checkpoint.ts';
import type { Learner, StepMetric } from '../../../server/src/training/learner.ts';
import { checkpointPath, trainUntilDone } from '../../../server/src/training/trainingLoop.ts';
import { CancelledError } from '../../../server/src/util/errors.ts';

const minute = 60_000;
const adapter: LoraAdapter = {
  architecture: 'llama',
  rank: 1,
  alpha: 2,
  pairs: [{ name: 'blk.0.attn_q.weight', nIn: 1, nOut: 1, a: Float32Array.of(1), bt: Float32Array.of(0) }],
  provenance: { baseModelSha256: 'a'.repeat(64), parent: null, step: 0, config: {} },
};

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'training-loop-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that works a minute at each step, goes on where the last one was, and is killed in its step `killedAt`. */
async function work(budgetMinutes: number, killedAt = Infinity): Promise<FromTrainer[]> {
  const last = readMetrics(folder).at(-1)?.step ?? 0;
  let now = 1e6; // of this process: says nothing of the others
  let step = last;
  const learner: Learner = {
    get step() {
      return step;
    },
    steps: 10,
    get done() {
      return step === 10;
    },
    shares: {},
    followerShares: {},
    corrections: null,
    runStep(): Promise<StepMetric> {
      if (step + 1 === killedAt) return Promise.reject(new CancelledError());
      now += minute;
      step += 1;
      return Promise.resolve({ step, loss: 0, leaderReward: 0, followerReward: 0, klToReference: 0, signal: 0 }); // prettier-ignore
    },
    state: () => ({ optimiser: adamwInit([]), rng: [], progress: { step } }),
  };
  const said: FromTrainer[] = [];
  await trainUntilDone(learner, {
    folder,
    adapter: () => adapter,
    report: (message) => said.push(message),
    worked: () => now,
    workedBeforeMs: last === 0 ? 0 : readCheckpoint(checkpointPath(folder)).workedMs,
    budgetMinutes,
  }).catch((error: unknown) => {
    if (!(error instanceof CancelledError)) throw error;
  });
  return said;
}

const steps = (): number[] => readMetrics(folder).map(({ step }) => step);

describe('the time that a run may take', () => {
  it('is that of the whole run, however often it is cut off', async () => {
    await work(5, 3);
    expect(steps()).toEqual([1, 2]);
    await work(5, 5);
    await work(5);
    expect(steps()).toEqual([1, 2, 3, 4, 5]);
    expect(readCheckpoint(checkpointPath(folder)).workedMs).toBe(5 * minute);
  });

  it('is over for a run that was cut off after it, while it was tested', async () => {
    await work(2);
    expect(await work(2)).toEqual([]);
    expect(steps()).toEqual([1, 2]);
  });

  it('does not end a run that is done before, and what is left is told by what a step took in this process', async () => {
    await work(60, 5);
    const said = await work(60);
    expect(said[0]).toEqual({ type: 'progress', doing: 'learning', step: 5, steps: 10, etaMs: 5 * minute });
    expect(steps()).toHaveLength(10);
  });
});
