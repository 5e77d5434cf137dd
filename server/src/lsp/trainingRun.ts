/** @file One run under way: its trainer paused while the machine is needed, its status told, what other windows ask of it done. */
import type { TrainingStatus } from '../../protocol/status.ts';
import type { RunPlan, RunStore } from '../storage/runStore.ts';
import { shouldPause } from '../training/schedule.ts';
import type { Trainer, TrainerEvents } from '../training/trainerProcess.ts';
import type { WriterActivity } from './writerActivity.ts';

export interface RunDependencies {
  readonly now: () => number;
  readonly runs: RunStore;
  /** Starts the trainer on a run's folder. */
  readonly startTrainer: (runFolder: string, events: TrainerEvents) => Trainer;
  readonly activity: WriterActivity;
  readonly onStatus: (training: TrainingStatus) => void;
}

/** How a run came to its end. */
export type RunEnd =
  | { readonly kind: 'done' | 'cancelled' }
  /** Its decisions were deleted: whatever the trainer found is not kept. */
  | { readonly kind: 'discarded' }
  /** Another window took it over. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly error: unknown };

type RunStatus = Exclude<TrainingStatus, { state: 'idle' | 'elsewhere' }>;

export type PauseReason = 'battery' | 'writing' | 'user';

/** What the writer does in any window, and what other windows ask, is seen within this. */
const pollMs = 1000;
const refreshLockEveryMs = 15_000;

export class TrainingRun {
  readonly plan: RunPlan;
  readonly end: Promise<RunEnd>;
  readonly #dependencies: RunDependencies;
  readonly #trainer: Trainer;
  readonly #poll: ReturnType<typeof setInterval>;
  #status: RunStatus;
  #pausedByWriter = false;
  /** Whether the trainer was told to wait. */
  #held = false;
  #mayUsePower: boolean;
  #discarded = false;
  #lost = false;
  #lockRefreshedAt: number;

  /** @param mayUsePower on mains, or allowed to learn on the battery */
  constructor(dependencies: RunDependencies, plan: RunPlan, steps: number, mayUsePower: boolean) {
    this.plan = plan;
    this.#dependencies = dependencies;
    this.#mayUsePower = mayUsePower;
    this.#lockRefreshedAt = dependencies.now();
    this.#trainer = dependencies.startTrainer(dependencies.runs.folderOf(plan.id), {
      onProgress: ({ doing, step, steps, etaMs }) => this.#report({ doing, step, steps, etaMs }),
      onPaused: (paused) => this.#paused(paused),
    });
    const { id: runId, decisions } = plan;
    this.#status = { state: 'running', runId, doing: 'starting', step: 0, steps, decisions, etaMs: null };
    dependencies.onStatus(this.#status);
    this.#poll = setInterval(() => this.#look(), pollMs);
    this.#poll.unref();
    this.end = this.#trainer.outcome
      .then(
        ({ kind }): RunEnd => ({ kind }),
        (error: unknown): RunEnd => ({ kind: 'failed', error }),
      )
      .then((end) => {
        clearInterval(this.#poll);
        return this.#lost ? { kind: 'lost' } : this.#discarded ? { kind: 'discarded' } : end;
      });
    this.pauseOrResume();
  }

  /** Why it has to wait, or null. */
  get reason(): PauseReason | null {
    return shouldPause({
      onMains: this.#mayUsePower,
      allowBattery: false, // counted in #mayUsePower
      generating: this.#dependencies.activity.busy,
      pausedByWriter: this.#pausedByWriter,
    });
  }

  pause(): void {
    this.#pausedByWriter = true;
    this.pauseOrResume();
  }

  resume(): void {
    this.#pausedByWriter = false;
    this.#dependencies.activity.forgive();
    this.pauseOrResume();
  }

  cancel(): void {
    this.#trainer.cancel();
  }

  /** Ends it for good: its decisions are being deleted. */
  discard(): void {
    this.#discarded = true;
    this.#trainer.cancel();
  }

  kill(): void {
    clearInterval(this.#poll);
    this.#trainer.kill();
  }

  power(mayUse: boolean): void {
    this.#mayUsePower = mayUse;
    this.pauseOrResume();
  }

  /** After anything that may be a reason, or no longer is. */
  pauseOrResume(): void {
    const why = this.reason;
    const hold = why !== null;
    if (hold !== this.#held) {
      this.#held = hold;
      if (hold) this.#trainer.pause();
      else this.#trainer.resume();
    }
    if (why !== null && this.#status.state === 'paused' && this.#status.why !== why) this.#report({ why });
  }

  /** Once a second. */
  #look(): void {
    const { runs, now } = this.#dependencies;
    if (Math.abs(now() - this.#lockRefreshedAt) >= refreshLockEveryMs) {
      this.#lockRefreshedAt = now();
      this.#lost ||= !runs.refreshLock();
      if (this.#lost) this.#trainer.kill();
    }
    switch (runs.takeRequest(this.plan.id)) {
      case 'pause':
        this.pause();
        break;
      case 'resume':
        this.resume();
        break;
      case 'cancel':
        this.cancel();
        break;
      case 'discard':
        this.discard();
        break;
      case undefined:
        this.pauseOrResume();
    }
  }

  #report(change: Partial<RunStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#dependencies.onStatus(this.#status);
  }

  #paused(paused: boolean): void {
    const { runId, doing, step, steps, decisions, etaMs } = this.#status;
    const why = this.reason;
    this.#status = {
      state: paused ? 'paused' : 'running',
      ...{ runId, doing, step, steps, decisions, etaMs },
      ...(paused && why && { why }),
    };
    this.#dependencies.onStatus(this.#status);
  }
}
