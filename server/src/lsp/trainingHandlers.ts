/**
 * @file Learning as the server runs it: one run at a time on this machine, started by the writer or by the schedule, paused while the
 * machine is needed, its verdict acted on. The work itself is the forked trainer's.
 */
import { randomUUID } from 'node:crypto';
import { promptFormat } from '../generation/prompts.ts';
import type { DecisionId, RunId } from '../../protocol/common.ts';
import type { RunRow, RunVerdict, TrainParams, TrainResult } from '../../protocol/learning.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { BaseModel } from '../storage/adapterRegistry.ts';
import type { RunPlan, RunStore } from '../storage/runStore.ts';
import { shouldTrain, type ScheduleFacts } from '../training/schedule.ts';
import { CancelledError, DraftError, isDiskFull } from '../util/errors.ts';
import { DecisionCounter, requireEnough } from './decisionCount.ts';
import type { Engine } from './engine.ts';
import { learnsElsewhere, OtherWindow } from './otherWindow.ts';
import { sentenceOf, settle } from './trainingResult.ts';
import { TrainingRun, type RunDependencies, type RunEnd } from './trainingRun.ts';
import { cutOffSnapshot, newSnapshot, type SnapshotSources } from './trainingSnapshot.ts';

export interface TrainingDependencies extends SnapshotSources, RunDependencies {
  readonly now: () => number;
  readonly runs: RunStore;
  readonly engine: Pick<Engine, 'model' | 'announceReady'>;
  readonly settings: () => Promise<Settings>;
  readonly baseModel: (settings: Settings) => Promise<BaseModel>;
  readonly onMains: () => Promise<boolean>;
}

const tickMs = 30_000;
/** A result that could not be acted on is tried again after so long. */
const settleAgainMs = 5 * 60_000;
const deletedSentence = 'Decisions that it learned from were deleted.';

export class TrainingHandlers {
  readonly #dependencies: TrainingDependencies;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #counter = new DecisionCounter();
  readonly #otherWindow: OtherWindow;
  #running: { readonly run: TrainingRun; readonly ended: Promise<void> } | undefined;
  #starting: Promise<RunId> | undefined;
  /** The writer cancelled while the model was being loaded. */
  #startCancelled = false;
  #disposed = false;
  #onMains = true;
  /** When a run of this process ended, also one whose end could not be written. */
  #lastEnd: number | null = null;
  #failedStart: ScheduleFacts['failedStart'] = null;
  #settleFailedAt: number | null = null;

  constructor(dependencies: TrainingDependencies) {
    this.#dependencies = dependencies;
    this.#otherWindow = new OtherWindow(dependencies.runs, (learns) => {
      if (learns) dependencies.onStatus({ state: 'elsewhere' });
      else this.#sayIdle(); // with the adapter that it may have put into use
    });
    this.#timer = setInterval(() => this.#soon(this.tick()), tickMs);
    this.#timer.unref();
  }

  /** @throws DraftError `notEnoughDecisions`, `trainingBusy`, `learningOff`, or what is wrong with the model */
  async train({ why }: TrainParams): Promise<TrainResult> {
    if (this.#running || this.#starting) {
      throw new DraftError('trainingBusy', 'Second Draft is learning already.', { facts: { where: 'here' } });
    }
    this.#startCancelled = false;
    this.#starting = this.#start(why);
    try {
      return { runId: await this.#starting };
    } finally {
      this.#starting = undefined;
      this.look();
    }
  }

  /** Says whether another window learns, where that is news. */
  look(): void {
    if (!this.#running && !this.#starting && !this.#disposed) this.#otherWindow.look();
  }

  /** The run of this window, or of another; nothing where there is none. */
  pause(): null {
    if (this.#running) this.#running.run.pause();
    else this.#otherWindow.ask('pause');
    return null;
  }

  /** @throws DraftError `onBattery` where that is why the run stays paused */
  async resume(): Promise<null> {
    const run = this.#running?.run;
    if (!run) {
      this.#otherWindow.ask('resume');
      return null;
    }
    await this.#lookAtPower(await this.#dependencies.settings());
    run.resume();
    if (run.reason !== 'battery') return null;
    throw new DraftError('onBattery', 'Learning stays paused while this computer runs on its battery.');
  }

  cancel(): null {
    if (this.#running) this.#running.run.cancel();
    else if (this.#starting) this.#startCancelled = true;
    else this.#otherWindow.ask('cancel');
    return null;
  }

  /** The server writes for somebody, or has stopped to. */
  generating(busy: boolean): void {
    this.#dependencies.activity.generating(busy);
    this.#running?.run.pauseOrResume();
  }

  /** The client's word on when somebody typed last. */
  presence(idleMs: number): void {
    this.#dependencies.activity.typed(idleMs);
    this.#running?.run.pauseOrResume();
  }

  /**
   * Before decisions are deleted: ends every run that learns or would learn from them, and removes its copy of them.
   * @returns whether another window's run goes on all the same
   */
  async forget(decisions: ReadonlySet<DecisionId> | 'all'): Promise<boolean> {
    const { runs, now } = this.#dependencies;
    await this.#starting?.catch(() => undefined);
    const concerned = (id: RunId): boolean => decisions === 'all' || runs.holds(id, decisions);
    const running = this.#running;
    if (running && concerned(running.run.plan.id)) {
      running.run.discard();
      await running.ended;
    }
    const elsewhere = await this.#otherWindow.discard(concerned);
    for (const { id, endedAt, verdict } of runs.list()) {
      if (id === elsewhere || !concerned(id)) continue;
      if (endedAt === null || verdict?.kind === 'failed') {
        runs.end(id, now(), { kind: 'failed', sentence: deletedSentence });
      }
      runs.tidy(id);
    }
    runs.sweep();
    this.look();
    return elsewhere !== undefined;
  }

  /** Looks whether to begin, to pause or to go on. */
  async tick(): Promise<void> {
    const { settings, store, runs, now, activity } = this.#dependencies;
    const { learning, server } = await settings();
    this.look();
    if (this.#running) {
      if (learning.train === 'off') this.#running.run.cancel();
      await this.#lookAtPower({ learning });
      return;
    }
    if (server.url !== '') return; // it can't be taught
    if (this.#starting || runs.lockHolder()) return;
    if (learning.train !== 'off') this.#settleLater();
    const finished = runs.list();
    const newest = finished.find(({ endedAt }) => endedAt !== null);
    const facts: ScheduleFacts = {
      now: now(),
      mode: learning.train,
      newDecisions: Infinity,
      missingDecisions: 0,
      idleMs: activity.idleMs,
      onMains: true, // looked at last: on some systems that takes a process of its own
      allowBattery: learning.onBattery,
      generating: activity.busy,
      running: false,
      lastRunAt: latest(this.#lastEnd, newest?.endedAt),
      everyHours: learning.everyHours,
      failedStart: later(this.#failedStart, failureOf(newest)),
    };
    if (!shouldTrain(facts).start) return; // decisions are counted only where they matter
    const { fresh, missing } = this.#counter.count(store(), finished, now(), learning.minDecisions);
    // A run that was cut off goes on whether or not there are new decisions.
    const counted = { newDecisions: fresh, missingDecisions: runs.unfinished() ? 0 : missing };
    if (!shouldTrain({ ...facts, ...counted }).start) return;
    await this.#lookAtPower({ learning });
    if (!shouldTrain({ ...facts, ...counted, onMains: this.#onMains }).start) return;
    try {
      await this.train({ why: 'automatic' });
      this.#failedStart = null;
    } catch (error) {
      this.#failedStart = { at: now(), newDecisions: fresh, wantsDecisions: wantsDecisions(error) };
      throw error;
    }
  }

  /** Ends the trainer; its run goes on from the checkpoint next time. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearInterval(this.#timer);
    this.#otherWindow.stop();
    this.#dependencies.activity.dispose();
    this.#running?.run.kill();
    await this.#running?.run.end;
    this.#dependencies.runs.unlock();
  }

  #throwIfCancelled(): void {
    if (this.#disposed || this.#startCancelled) throw new CancelledError();
  }

  async #start(why: TrainParams['why']): Promise<RunId> {
    const { runs, settings, baseModel, engine, store, now } = this.#dependencies;
    const current = await settings();
    if (current.server.url !== '') {
      throw new DraftError(
        'modelUnsupported',
        "A server can't be taught from here; choose a model on this computer to learn.",
      );
    }
    if (current.learning.train === 'off')
      throw new DraftError('learningOff', 'Learning is off in your settings.');
    const settled = this.#settleNext();
    if (settled) return settled;
    const unfinished = runs.unfinished();
    if (!unfinished)
      requireEnough(this.#counter.count(store(), runs.list(), now(), current.learning.minDecisions));
    let { model } = await engine.model(current);
    const base = await baseModel(current);
    // The prompts that the run learns on are those of the adapter that it begins with.
    const { registry } = this.#dependencies;
    if (model.adapterFormat !== (registry.active(base)?.format ?? null))
      ({ model } = await engine.model(current));
    this.#throwIfCancelled();
    const cutOff = unfinished && cutOffSnapshot(this.#dependencies, unfinished, current, base);
    await this.#lookAtPower(current);
    this.#throwIfCancelled();
    const goesOn = cutOff?.snapshot ? unfinished : undefined;
    const id = goesOn?.id ?? (randomUUID() as RunId);
    this.#lock(id);
    try {
      // Between the look and the lock another window may have ended a run, or begun to act on one.
      if (runs.unfinished()?.id !== unfinished?.id) throw learnsElsewhere();
      runs.sweep();
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
          baseModelTitle: base.title,
        };
        runs.begin(plan);
        runs.writeSnapshot(id, snapshot);
      } else if (cutOff?.snapshot) runs.writeSnapshot(id, cutOff.snapshot);
      if (why === 'user') this.#dependencies.activity.forgive();
      this.#run(plan, current.learning.steps);
      return id;
    } catch (error) {
      runs.unlock();
      if (!isDiskFull(error)) throw error;
      throw new DraftError('storageFull', 'The disk is full: learning can’t begin.', { cause: error });
    }
  }

  #run(plan: RunPlan, steps: number): void {
    const run = new TrainingRun(this.#dependencies, plan, steps, this.#onMains);
    const ended = this.#follow(run);
    this.#running = { run, ended };
    this.#otherWindow.stop();
    this.#soon(ended);
  }

  /** Waits for the end and acts on it. */
  async #follow(run: TrainingRun): Promise<void> {
    const end = await run.end;
    if (this.#disposed) return; // the server ends: the run goes on next time
    try {
      // What another window took over is its to end.
      if (this.#dependencies.runs.refreshLock()) this.#conclude(run.plan, end);
    } catch (error) {
      this.#dependencies.log.error(`The end of learning could not be written: ${sentenceOf(error)}`);
    } finally {
      this.#lastEnd = this.#dependencies.now();
      this.#running = undefined;
      this.#dependencies.runs.unlock();
      this.#sayIdle();
      this.look();
    }
  }

  #conclude(plan: RunPlan, end: RunEnd): void {
    const { runs, log } = this.#dependencies;
    switch (end.kind) {
      case 'done':
        this.#settle(plan);
        return;
      case 'cancelled':
        this.#end(plan.id, { kind: 'cancelled' });
        return;
      case 'discarded':
        this.#end(plan.id, { kind: 'failed', sentence: deletedSentence });
        return;
      case 'failed': {
        const { message } = end.error instanceof Error ? end.error : { message: String(end.error) };
        log.error(`Learning failed: ${message}`);
        // A trainer that died after its last word has left its result all the same.
        if (runs.unsettled(plan.id)) this.#settle(plan);
        else this.#end(plan.id, { kind: 'failed', sentence: firstLine(message) });
        if (wantsDecisions(end.error)) this.#waitForDecisions();
        return;
      }
      case 'lost':
        return; // it goes on elsewhere
    }
  }

  /** Runs would be begun for nothing before others come. */
  #waitForDecisions(): void {
    const { store, runs, now } = this.#dependencies;
    const newDecisions = this.#counter.count(store(), runs.list(), now(), 0).fresh;
    this.#failedStart = { at: now(), newDecisions, wantsDecisions: true };
  }

  #end(id: RunId, verdict: RunVerdict): void {
    const { runs, now } = this.#dependencies;
    runs.end(id, now(), verdict);
    runs.tidy(id);
  }

  /** Acts on a run's result; remembers when that failed. */
  #settle(plan: RunPlan): RunVerdict {
    const { runs, now } = this.#dependencies;
    try {
      const verdict = settle(this.#dependencies, plan);
      this.#settleFailedAt = runs.unsettled(plan.id) ? now() : null;
      return verdict;
    } catch (error) {
      this.#settleFailedAt = now(); // not even the end could be written
      throw error;
    }
  }

  /** Acts on a result that a window which was closed or a full disk left. @returns its run; undefined where there is none */
  #settleNext(): RunId | undefined {
    const { runs } = this.#dependencies;
    if (!runs.nextUnsettled()) return undefined;
    this.#lock(runs.nextUnsettled()!.id); // just seen
    try {
      const plan = runs.nextUnsettled(); // another window may have been faster
      if (!plan) return undefined;
      const verdict = this.#settle(plan);
      if (runs.unsettled(plan.id) && verdict.kind === 'failed')
        throw new DraftError('trainingFailed', verdict.sentence);
      setTimeout(() => this.#sayIdle()); // after the answer that names the run
      return plan.id;
    } finally {
      runs.unlock();
    }
  }

  #settleLater(): void {
    const { now, log } = this.#dependencies;
    const since = this.#settleFailedAt === null ? Infinity : Math.abs(now() - this.#settleFailedAt);
    if (since < settleAgainMs) return;
    try {
      this.#settleNext();
    } catch (error) {
      log.warn(`A result waits: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #lock(id: RunId): void {
    if (!this.#dependencies.runs.lock(id)) throw learnsElsewhere();
  }

  async #lookAtPower({ learning }: Pick<Settings, 'learning'>): Promise<void> {
    this.#onMains = learning.onBattery || (await this.#dependencies.onMains());
    this.#running?.run.power(this.#onMains);
  }

  #sayIdle(): void {
    this.#dependencies.onStatus({ state: 'idle' });
    this.#soon(this.#dependencies.engine.announceReady());
  }

  #soon(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#dependencies.log.warn(`Learning: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

function latest(...times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((time) => typeof time === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

function later(
  a: ScheduleFacts['failedStart'],
  b: ScheduleFacts['failedStart'],
): ScheduleFacts['failedStart'] {
  return a !== null && (b === null || a.at >= b.at) ? a : b;
}

/** A run that failed, or that the writer cancelled, in whichever window, is not begun again at once. */
function failureOf(run: RunRow | undefined): ScheduleFacts['failedStart'] {
  const ended = run?.verdict?.kind === 'failed' || run?.verdict?.kind === 'cancelled';
  return ended && run.endedAt !== null
    ? { at: run.endedAt, newDecisions: Infinity, wantsDecisions: false }
    : null;
}

/** Said here, or by the trainer. */
function wantsDecisions(error: unknown): boolean {
  return (
    error instanceof DraftError &&
    (error.code === 'notEnoughDecisions' || error.facts.trainerCode === 'notEnoughDecisions')
  );
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
