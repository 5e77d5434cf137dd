/**
 * @file Training runs on disk, one folder each: what they were started with, the metrics of their steps, how they ended, what other
 * windows ask of the one that trains.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { AdapterId, DecisionId, RunId } from '../../protocol/common.ts';
import type { RunMetric, RunRow, RunVerdict } from '../../protocol/learning.ts';
import { atomicWrite } from '../util/atomicWrite.ts';
import { removeLeftovers } from '../util/leftovers.ts';
import { RunLock, type LockHolder } from './runLock.ts';

/** What a run needs to know to be run, and to be run again after a crash. */
export interface RunPlan {
  readonly id: RunId;
  readonly startedAt: number;
  readonly why: 'user' | 'automatic';
  readonly decisions: number;
  readonly parent: AdapterId | null;
  readonly baseModelSha256: string;
  /** '' in runs from before it was written. */
  readonly baseModelTitle: string;
}

const planSchema = v.object({
  id: v.pipe(
    v.string(),
    v.transform((id) => id as RunId),
  ),
  startedAt: v.number(),
  why: v.picklist(['user', 'automatic']),
  decisions: v.number(),
  parent: v.nullable(v.number()),
  baseModelSha256: v.string(),
  baseModelTitle: v.optional(v.string(), ''),
}) satisfies v.GenericSchema<unknown, RunPlan>;
const endSchema = v.object({
  endedAt: v.number(),
  verdict: v.variant('kind', [
    v.object({ kind: v.literal('promoted'), sentence: v.string() }),
    v.object({ kind: v.literal('keptAside'), sentence: v.string() }),
    v.object({ kind: v.literal('cancelled') }),
    v.object({ kind: v.literal('failed'), sentence: v.string() }),
  ]),
});
const metricSchema = v.object({
  step: v.number(),
  loss: v.number(),
  leaderReward: v.number(),
  followerReward: v.number(),
  klToReference: v.number(),
}) satisfies v.GenericSchema<unknown, RunMetric>;

/** What the trainer works from: everything it needs, so that a run can be gone on with after a crash. Removed when the run ends. */
const snapshotSchema = v.object({
  modelPath: v.string(),
  baseModelSha256: v.string(),
  /** The adapter that training starts from; null: a fresh one on the plain model. */
  parent: v.nullable(
    v.object({
      id: v.number(),
      path: v.string(),
      /** Absent in runs from before the follower could have an adapter of its own. */
      followerStyles: v.optional(v.record(v.string(), v.number()), {}),
      /** The ready styles that those are shares of. */
      styles: v.optional(v.nullable(v.string()), null),
    }),
  ),
  /** Ready styles of this model, whose shares are learned; null: all parameters are, as in runs from before there were styles. */
  styles: v.optional(v.nullable(v.string()), null),
  promptFormat: v.picklist(['fewShot', 'instructions', 'edit-1']),
  threads: v.number(),
  device: v.picklist(['cpu', 'auto']),
  comparisons: v.array(
    v.object({
      decisionId: v.string(),
      document: v.string(),
      original: v.string(),
      winner: v.string(),
      loser: v.string(),
      weight: v.number(),
      /** About ghost text. Absent in runs from before it taught anything. */
      continues: v.optional(v.boolean(), false),
    }),
  ),
  contexts: v.array(
    v.object({
      document: v.string(),
      original: v.string(),
      task: v.string(),
      instruction: v.string(),
      /** The original of the decision that this text is a part of: its parts are trained on together or held out together. */
      group: v.string(),
    }),
  ),
  decisions: v.number(),
  settings: v.object({
    seed: v.number(),
    steps: v.number(),
    groupSize: v.number(),
    /** Absent in runs from before it was a setting. */
    rounds: v.optional(v.number(), 1),
    betaLeader: v.number(),
    betaFollower: v.number(),
    kappa: v.number(),
    budgetMinutes: v.number(),
    /** Absent in runs from before the follower could have an adapter of its own. */
    adapters: v.optional(v.picklist(['one', 'perRole']), 'one'),
  }),
});
export type RunSnapshot = v.InferOutput<typeof snapshotSchema>;

/** What the trainer found; beside it lies the adapter. */
const resultSchema = v.object({
  adapterPath: v.string(),
  winRate: v.object({ value: v.number(), low: v.number(), high: v.number() }),
  /** Mean length of its answers over that of the adapter before it; absent in runs from before it was kept. */
  lengthRatio: v.optional(v.nullable(v.number()), null),
  promoted: v.boolean(),
  sentence: v.string(),
  /** How much of each ready style was mixed in. */
  styles: v.optional(v.record(v.string(), v.number()), {}),
  /** What the follower has beside that. */
  followerStyles: v.optional(v.record(v.string(), v.number()), {}),
});
export type RunResult = v.InferOutput<typeof resultSchema>;

const snapshotFile = 'snapshot.json';
const resultFile = 'result.json';
const planFile = 'plan.json';
const endFile = 'end.json';
const metricsFile = 'metrics.jsonl';
const requestFile = 'request.json';
const adapterFile = 'adapter.gguf';

/** What another window can ask of the one that trains; `discard`: end the run and forget it, because its decisions were deleted. */
const requestSchema = v.picklist(['pause', 'resume', 'cancel', 'discard']);
export type RunRequest = v.InferOutput<typeof requestSchema>;

export class RunStore {
  readonly #folder: string;
  readonly #lock: RunLock;

  /** @param elapsed monotonic, ms */
  constructor(folder: string, elapsed?: () => number) {
    this.#folder = folder;
    this.#lock = new RunLock(join(folder, 'lock.json'), elapsed);
  }

  folderOf(id: RunId): string {
    return join(this.#folder, id);
  }

  begin(plan: RunPlan): void {
    mkdirSync(this.folderOf(plan.id), { recursive: true });
    atomicWrite(join(this.folderOf(plan.id), planFile), `${JSON.stringify(plan, null, 2)}\n`);
  }

  writeSnapshot(id: RunId, snapshot: RunSnapshot): void {
    atomicWrite(join(this.folderOf(id), snapshotFile), JSON.stringify(snapshot));
  }

  /** The result of a run, or undefined where it has none that can be read. */
  result(id: RunId): RunResult | undefined {
    return readResult(this.folderOf(id));
  }

  end(id: RunId, endedAt: number, verdict: RunVerdict): void {
    atomicWrite(join(this.folderOf(id), endFile), `${JSON.stringify({ endedAt, verdict }, null, 2)}\n`);
  }

  /** Removes what an ended run needs no more: the writer's texts, the checkpoint, the adapter's copy, what was cut off in writing. */
  tidy(id: RunId): void {
    const folder = this.folderOf(id);
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) {
      if (untidy.has(name) || name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    }
  }

  /** Removes what killed processes left: temporary files, and the texts of runs that ended. */
  sweep(): void {
    removeLeftovers(this.#folder);
    for (const { id, endedAt } of this.list()) {
      removeLeftovers(this.folderOf(id));
      if (endedAt !== null && !this.unsettled(id)) this.tidy(id);
    }
  }

  /** Forgets every run but one that is under way. @returns the one that stays */
  removeAll(): LockHolder | undefined {
    if (!existsSync(this.#folder)) return undefined;
    const holder = this.lockHolder();
    for (const name of readdirSync(this.#folder)) {
      if (holder && (name === holder.id || name === 'lock.json')) continue;
      rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
    return holder;
  }

  /** Whether a run's copy of the decisions holds one of these, or can't be read. */
  holds(id: RunId, decisions: ReadonlySet<DecisionId>): boolean {
    if (!existsSync(join(this.folderOf(id), snapshotFile))) return false;
    try {
      const { comparisons } = readSnapshot(this.folderOf(id));
      return comparisons.some(({ decisionId }) => decisions.has(decisionId as DecisionId));
    } catch {
      return true;
    }
  }

  /** Asks the window that trains; the newest request counts. */
  ask(id: RunId, request: RunRequest): void {
    if (existsSync(this.folderOf(id)))
      atomicWrite(join(this.folderOf(id), requestFile), JSON.stringify(request));
  }

  /** What another window asked since the last look. */
  takeRequest(id: RunId): RunRequest | undefined {
    const path = join(this.folderOf(id), requestFile);
    const read = v.safeParse(requestSchema, readJson(path));
    rmSync(path, { force: true });
    return read.success ? read.output : undefined;
  }

  /** All runs, newest first. Folders that hold no plan are passed over. */
  list(): RunRow[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => this.#row(entry.name) ?? [])
      .sort((a, b) => b.startedAt - a.startedAt);
  }

  /** The newest run that neither ended nor was cancelled: it was cut off and can be gone on with. */
  unfinished(): RunPlan | undefined {
    const row = this.list().find(({ endedAt }) => endedAt === null);
    return row && this.#plan(row.id);
  }

  /** Whether a run was trained to its end and what it found was not acted on: its adapter still lies here. */
  unsettled(id: RunId): boolean {
    return existsSync(join(this.folderOf(id), adapterFile)) && this.result(id) !== undefined;
  }

  /** The newest run whose result was not acted on. */
  nextUnsettled(): RunPlan | undefined {
    const row = this.list().find(
      ({ id, verdict }) => (verdict === null || verdict.kind === 'failed') && this.unsettled(id),
    );
    return row && this.#plan(row.id);
  }

  /** @returns false while another living process holds the lock, or this one does already */
  lock(id: RunId): boolean {
    return this.#lock.take(id);
  }

  /** Says that the training goes on. @returns false where the lock was lost to another window */
  refreshLock(): boolean {
    return this.#lock.refresh();
  }

  unlock(): void {
    this.#lock.release();
  }

  /** The living process that trains and its run, if any. */
  lockHolder(): LockHolder | undefined {
    return this.#lock.holder();
  }

  #row(name: string): RunRow | undefined {
    const plan = this.#plan(name as RunId);
    if (!plan) return undefined;
    const end = v.safeParse(endSchema, readJson(join(this.#folder, name, endFile)));
    const metrics = readMetrics(join(this.#folder, name));
    return {
      id: plan.id,
      startedAt: plan.startedAt,
      endedAt: end.success ? end.output.endedAt : null,
      decisions: plan.decisions,
      steps: metrics.at(-1)?.step ?? 0,
      verdict: end.success ? end.output.verdict : null,
      metrics,
    };
  }

  #plan(id: RunId): RunPlan | undefined {
    const read = v.safeParse(planSchema, readJson(join(this.folderOf(id), planFile)));
    return read.success ? read.output : undefined;
  }
}

const untidy: ReadonlySet<string> = new Set([snapshotFile, 'checkpoint.gguf', adapterFile, requestFile]);

function readJson(path: string): unknown {
  return existsSync(path) ? parsed(readFileSync(path, 'utf8')) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** @throws Error where the folder has no snapshot of this version */
export function readSnapshot(folder: string): RunSnapshot {
  return v.parse(snapshotSchema, readJson(join(folder, snapshotFile)));
}

/** The trainer's, step by step. */
export function appendMetric(folder: string, metric: RunMetric): void {
  appendFileSync(join(folder, metricsFile), `${JSON.stringify(metric)}\n`);
}

/** A run that was resumed wrote some steps twice: the later line counts. */
export function readMetrics(folder: string): RunMetric[] {
  const path = join(folder, metricsFile);
  if (!existsSync(path)) return [];
  const steps = new Map<number, RunMetric>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const read = v.safeParse(metricSchema, parsed(line));
    if (read.success) steps.set(read.output.step, read.output);
  }
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

export function writeResult(folder: string, result: RunResult): string {
  const path = join(folder, resultFile);
  atomicWrite(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

function readResult(folder: string): RunResult | undefined {
  const read = v.safeParse(resultSchema, readJson(join(folder, resultFile)));
  return read.success ? read.output : undefined;
}
