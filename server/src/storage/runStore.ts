/**
 * @file Training runs on disk, one folder each: what they were started with, the metrics of their steps, how they ended. A lock names the
 * window that trains; it is void when that process is gone.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { AdapterId, RunId, RunMetric, RunRow, RunVerdict } from '../../protocol/messages.ts';
import { atomicWrite } from '../util/atomicWrite.ts';

/** What a run needs to know to be run, and to be run again after a crash. */
export interface RunPlan {
  readonly id: RunId;
  readonly startedAt: number;
  readonly why: 'user' | 'automatic';
  readonly decisions: number;
  readonly parent: AdapterId | null;
  readonly baseModelSha256: string;
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

const planFile = 'plan.json';
const endFile = 'end.json';
const metricsFile = 'metrics.jsonl';

export class RunStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  folderOf(id: RunId): string {
    return join(this.#folder, id);
  }

  begin(plan: RunPlan): void {
    mkdirSync(this.folderOf(plan.id), { recursive: true });
    atomicWrite(join(this.folderOf(plan.id), planFile), `${JSON.stringify(plan, null, 2)}\n`);
  }

  metric(id: RunId, metric: RunMetric): void {
    appendFileSync(join(this.folderOf(id), metricsFile), `${JSON.stringify(metric)}\n`);
  }

  end(id: RunId, endedAt: number, verdict: RunVerdict): void {
    atomicWrite(join(this.folderOf(id), endFile), `${JSON.stringify({ endedAt, verdict }, null, 2)}\n`);
  }

  /** Forgets every run but one that is under way in this or another window. */
  removeAll(): void {
    if (this.lockHolder() !== undefined) return;
    rmSync(this.#folder, { recursive: true, force: true });
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

  /** @returns false while another living process holds the lock */
  lock(id: RunId): boolean {
    mkdirSync(this.#folder, { recursive: true });
    const holder = this.lockHolder();
    if (holder !== undefined && holder !== process.pid) return false;
    if (holder === undefined) rmSync(this.#lockPath(), { force: true });
    try {
      const file = openSync(this.#lockPath(), 'wx');
      writeSync(file, JSON.stringify({ pid: process.pid, id }));
      closeSync(file);
      return true;
    } catch {
      return false; // another window was faster, or this one trains already
    }
  }

  unlock(): void {
    if (this.lockHolder() === process.pid) rmSync(this.#lockPath(), { force: true });
  }

  /** The living process that trains, if any. */
  lockHolder(): number | undefined {
    const read = v.safeParse(v.object({ pid: v.number() }), readJson(this.#lockPath()));
    return read.success && isAlive(read.output.pid) ? read.output.pid : undefined;
  }

  #row(name: string): RunRow | undefined {
    const plan = this.#plan(name as RunId);
    if (!plan) return undefined;
    const end = v.safeParse(endSchema, readJson(join(this.#folder, name, endFile)));
    const metrics = this.#metrics(name);
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

  /** A run that was resumed wrote some steps twice: the later line counts. */
  #metrics(name: string): RunMetric[] {
    const path = join(this.#folder, name, metricsFile);
    if (!existsSync(path)) return [];
    const steps = new Map<number, RunMetric>();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const read = v.safeParse(metricSchema, parsed(line));
      if (read.success) steps.set(read.output.step, read.output);
    }
    return [...steps.values()].sort((a, b) => a.step - b.step);
  }

  #lockPath(): string {
    return join(this.#folder, 'lock.json');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

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
