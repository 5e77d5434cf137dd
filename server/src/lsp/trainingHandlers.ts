/**
 * @file Learning as the server runs it: one run at a time on this machine, started by the writer or by the schedule, paused while the
 * machine is needed, its verdict acted on. The work itself is the forked trainer's.
 */
import { randomUUID } from 'node:crypto';
import { promptFormat } from '../generation/prompts.ts';
import type { RunId, RunVerdict, TrainParams, TrainResult, TrainingStatus } from '../../protocol/messages.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { BaseModel } from '../storage/adapterRegistry.ts';
import type { RunPlan, RunResult } from '../storage/runStore.ts';
import { shouldPause, shouldTrain } from '../training/schedule.ts';
import { TrainerProcess } from '../training/trainerProcess.ts';
import { DraftError } from '../util/errors.ts';
import type { Engine } from './engine.ts';
import { learnedUntil } from './learningHandlers.ts';
import { cutOffSnapshot, newSnapshot, type SnapshotSources } from './trainingSnapshot.ts';

export interface TrainingDependencies extends SnapshotSources {
  readonly now: () => number;
  readonly engine: Engine;
  readonly settings: () => Promise<Settings>;
  readonly baseModel: (settings: Settings) => Promise<BaseModel>;
  /** The bundled trainer. */
  readonly modulePath: string;
  readonly onMains: () => Promise<boolean>;
  readonly onStatus: (training: TrainingStatus) => void;
}

interface Running {
  readonly plan: RunPlan;
  readonly process: TrainerProcess;
  readonly base: BaseModel;
}

/** Training waits this long after the last word was written for somebody. */
const quietMs = 3000;
const tickMs = 30_000;
/** Adapters together take at most this much; the active one and its ancestors stay whatever they take. */
const mostAdapterBytes = 500e6;

export class TrainingHandlers {
  readonly #dependencies: TrainingDependencies;
  readonly #timer: ReturnType<typeof setInterval>;
  #running: Running | undefined;
  #starting = false;
  #status: TrainingStatus = { state: 'idle' };
  #pausedByWriter = false;
  #generating = false;
  #quietTimer: ReturnType<typeof setTimeout> | undefined;
  #onMains = true;
  /** When the last keystroke was, as far as the client has said. */
  #lastActive: number;
  /** When a run of this process ended, also one whose end could not be written. */
  #lastEnd: number | null = null;

  constructor(dependencies: TrainingDependencies) {
    this.#dependencies = dependencies;
    this.#lastActive = dependencies.now();
    this.#timer = setInterval(() => this.#soon(this.tick()), tickMs);
    this.#timer.unref();
  }

  /** @throws DraftError `notEnoughDecisions`, `trainingBusy`, or what is wrong with the model */
  async train({ why }: TrainParams): Promise<TrainResult> {
    if (this.#running || this.#starting)
      throw new DraftError('trainingBusy', 'Second Draft is learning already.');
    this.#starting = true;
    try {
      return { runId: await this.#start(why) };
    } finally {
      this.#starting = false;
    }
  }

  pause(): null {
    this.#pausedByWriter = true;
    this.#pauseOrResume();
    return null;
  }

  resume(): null {
    this.#pausedByWriter = false;
    this.#pauseOrResume();
    return null;
  }

  cancel(): null {
    this.#running?.process.cancel();
    return null;
  }

  /** The server writes for somebody, or has stopped to. */
  generating(busy: boolean): void {
    clearTimeout(this.#quietTimer);
    if (busy) {
      this.#generating = true;
      this.#pauseOrResume();
      return;
    }
    this.#quietTimer = setTimeout(() => {
      this.#generating = false;
      this.#pauseOrResume();
    }, quietMs);
    this.#quietTimer.unref();
  }

  /** The client's word on when somebody typed last. */
  presence(idleMs: number): void {
    this.#lastActive = this.#dependencies.now() - idleMs;
  }

  /** Looks whether to begin, to pause or to go on. */
  async tick(): Promise<void> {
    const { settings, store, runs, now, onMains } = this.#dependencies;
    const { learning, server } = await settings();
    if (server.url !== '') return; // it can't be taught
    this.#onMains = (await onMains()) || learning.onBattery;
    this.#pauseOrResume();
    const finished = runs.list();
    const unfinished = runs.unfinished();
    const answer = shouldTrain({
      now: now(),
      mode: learning.train,
      // A run that was cut off goes on whether or not there are new decisions.
      newDecisions: unfinished ? learning.minDecisions : store().decisionsSince(learnedUntil(finished)),
      minDecisions: learning.minDecisions,
      idleMs: now() - this.#lastActive,
      onMains: this.#onMains,
      allowBattery: learning.onBattery,
      generating: this.#generating,
      running: this.#running !== undefined || this.#starting || runs.lockHolder() !== undefined,
      lastRunAt: this.#lastEnd ?? finished.find(({ endedAt }) => endedAt !== null)?.endedAt ?? null,
      everyHours: learning.everyHours,
    });
    if (answer.start) await this.train({ why: 'automatic' });
  }

  /** Ends the trainer; its run goes on from the checkpoint next time. */
  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#quietTimer);
    const running = this.#running;
    this.#running = undefined;
    running?.process.kill();
    await running?.process.outcome.catch(() => undefined);
    this.#dependencies.runs.unlock();
  }

  async #start(why: TrainParams['why']): Promise<RunId> {
    const { runs, settings, baseModel, engine, modulePath, now } = this.#dependencies;
    const current = await settings();
    if (current.server.url !== '') {
      throw new DraftError(
        'badRequest',
        "A server can't be taught from here; choose a model on this computer to learn.",
      );
    }
    const { model } = await engine.model(current);
    const base = await baseModel(current);
    const unfinished = runs.unfinished();
    const cutOff = unfinished && cutOffSnapshot(this.#dependencies, unfinished, current, base);
    const goesOn = cutOff?.snapshot ? unfinished : undefined;
    const id = goesOn?.id ?? (randomUUID() as RunId);
    if (!runs.lock(id)) throw new DraftError('trainingBusy', 'Another window is learning.');
    try {
      let plan = goesOn;
      if (!plan) {
        if (unfinished) this.#end(unfinished.id, { kind: 'failed', sentence: `Cut off: ${cutOff?.why}.` });
        const snapshot = newSnapshot(this.#dependencies, current, base, promptFormat(model));
        plan = {
          id,
          startedAt: now(),
          why,
          decisions: snapshot.decisions,
          parent: snapshot.parent?.id ?? null,
          baseModelSha256: base.sha256,
        };
        runs.begin(plan);
        runs.writeSnapshot(id, snapshot);
      } else if (cutOff?.snapshot) runs.writeSnapshot(id, cutOff.snapshot);
      const process = new TrainerProcess(modulePath, runs.folderOf(id), {
        onProgress: ({ doing, step, steps, etaMs }) => this.#report({ doing, step, steps, etaMs }),
        onPaused: (paused) => this.#paused(paused),
      });
      this.#running = { plan, process, base };
      this.#status = {
        state: 'running',
        runId: id,
        doing: 'starting',
        step: 0,
        steps: current.learning.steps,
        decisions: plan.decisions,
        etaMs: null,
      };
      this.#dependencies.onStatus(this.#status);
      this.#pauseOrResume();
      this.#soon(this.#follow(this.#running));
      return id;
    } catch (error) {
      runs.unlock();
      throw error;
    }
  }

  /** Waits for the end and acts on it. */
  async #follow({ plan, process, base }: Running): Promise<void> {
    const { runs, log, onStatus } = this.#dependencies;
    let verdict: RunVerdict;
    try {
      const outcome = await process.outcome;
      if (outcome.kind === 'cancelled') verdict = { kind: 'cancelled' };
      else {
        const result = runs.result(plan.id);
        if (!result) throw new DraftError('trainingFailed', 'The trainer left no result.');
        verdict = this.#keep(plan, result, base);
      }
    } catch (error) {
      if (this.#running === undefined) return; // the server ends: the run goes on next time
      const message = error instanceof Error ? error.message : String(error);
      log.error(`Learning failed: ${message}`);
      verdict = { kind: 'failed', sentence: firstLine(message) };
    }
    try {
      this.#end(plan.id, verdict);
    } finally {
      this.#lastEnd = this.#dependencies.now();
      this.#running = undefined;
      this.#pausedByWriter = false;
      runs.unlock();
      this.#status = { state: 'idle' };
      onStatus(this.#status);
      this.#dependencies.engine.announceReady();
    }
  }

  /** Puts the new adapter into the registry, and into use where it was surely better. */
  #keep(
    plan: RunPlan,
    { adapterPath, winRate, promoted, sentence, styles, followerStyles }: RunResult,
    base: BaseModel,
  ): RunVerdict {
    const { registry, store, now, log } = this.#dependencies;
    const learned = store()
      .comparisons()
      .filter(({ time, continues }) => time <= plan.startedAt && !continues);
    const verdict: RunVerdict = { kind: promoted ? 'promoted' : 'keptAside', sentence };
    const id = registry.add(
      {
        createdAt: now(),
        parent: plan.parent,
        baseModel: base,
        promptFormat: registry.active(base)?.format ?? null,
        decisions: plan.decisions,
        decisionsFrom: learned[0]?.time ?? null,
        decisionsTo: learned.at(-1)?.time ?? null,
        winRate,
        verdict,
        styles,
        followerStyles,
        runId: plan.id,
      },
      adapterPath,
    );
    store().markSeen(id, [...new Set(learned.map(({ decisionId }) => decisionId))]);
    if (promoted) registry.activate(id, base);
    const removed = registry.prune(base, mostAdapterBytes);
    if (removed.length > 0) log.info(`Adapters ${removed.join(', ')} were removed to bound the disk.`);
    return verdict;
  }

  #end(id: RunId, verdict: RunVerdict): void {
    const { runs, now } = this.#dependencies;
    runs.end(id, now(), verdict);
    runs.tidy(id);
  }

  #report(change: Partial<Extract<TrainingStatus, { state: 'running' | 'paused' }>>): void {
    if (this.#status.state === 'idle') return;
    this.#status = { ...this.#status, ...change };
    this.#dependencies.onStatus(this.#status);
  }

  #paused(paused: boolean): void {
    if (this.#status.state === 'idle') return;
    const { runId, doing, step, steps, decisions, etaMs } = this.#status;
    const why = this.#reason();
    this.#status = {
      state: paused ? 'paused' : 'running',
      ...{ runId, doing, step, steps, decisions, etaMs },
      ...(paused && why && { why }),
    };
    this.#dependencies.onStatus(this.#status);
  }

  #reason(): 'battery' | 'writing' | 'user' | null {
    return shouldPause({
      onMains: this.#onMains,
      allowBattery: false, // counted in #onMains
      generating: this.#generating,
      pausedByWriter: this.#pausedByWriter,
    });
  }

  #pauseOrResume(): void {
    if (!this.#running) return;
    if (this.#reason() === null) this.#running.process.resume();
    else this.#running.process.pause();
  }

  #soon(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#dependencies.log.warn(`Learning: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
