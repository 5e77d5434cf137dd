/**
 * @file The steps of one run: each is noted and checkpointed, until the learner is done or the run's time is used up. The time is that of
 * the whole run: what was worked before it was cut off counts, what is tested afterwards does not.
 */
import { join } from 'node:path';
import type { FromTrainer } from '../../protocol/trainerIpc.ts';
import { appendMetric } from '../storage/runStore.ts';
import type { LoraAdapter } from '../tensor/ggufAdapter.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { Learner } from './learner.ts';

export interface TrainingLoop {
  readonly folder: string;
  /** The adapter as it is now, with where it comes from. */
  readonly adapter: () => LoraAdapter;
  readonly report: (message: FromTrainer) => void;
  /** Milliseconds of work in this process: what it waited does not count. */
  readonly worked: () => number;
  /** Milliseconds that the run was worked on before it was cut off, as its checkpoint says; 0 for a new one. */
  readonly workedBeforeMs: number;
  /** After so much work no step begins: that under way, and the test of what was learned, come on top. */
  readonly budgetMinutes: number;
}

/** Where a run keeps what it needs to go on. */
export function checkpointPath(folder: string): string {
  return join(folder, 'checkpoint.gguf');
}

/** Writes a metric and a checkpoint after every step. @throws what the learner throws, such as that it was cancelled */
export async function trainUntilDone(learner: Learner, loop: TrainingLoop): Promise<void> {
  const { folder, adapter, report, worked, workedBeforeMs, budgetMinutes } = loop;
  const started = worked();
  const before = learner.step;
  while (!learner.done && workedBeforeMs + worked() - started < budgetMinutes * 60_000) {
    const { step, loss, leaderReward, followerReward, klToReference } = await learner.runStep();
    const metric = { step, loss, leaderReward, followerReward, klToReference };
    appendMetric(folder, metric); // before the checkpoint: a step that is done again is written again, and none is missing
    const workedMs = worked() - started;
    writeCheckpoint(checkpointPath(folder), {
      ...learner.state(),
      adapter: adapter(),
      workedMs: workedBeforeMs + workedMs,
    });
    report(progress('learning', step, learner.steps, (workedMs / (step - before)) * (learner.steps - step)));
  }
}

/** How far a run is, as its server hears it. */
export function progress(doing: string, step: number, steps: number, etaMs: number | null): FromTrainer {
  return { type: 'progress', doing, step, steps, etaMs };
}
