/**
 * @file The writer's adapters on disk: immutable, numbered, each with where it comes from and what became of it, and which one is in
 * use for which base model. Every window reads the folder anew, so that a switch in one takes effect in all.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { AdapterId } from '../../protocol/common.ts';
import type { AdapterRow, RunVerdict } from '../../protocol/learning.ts';
import { atomicWrite } from '../util/atomicWrite.ts';
import { DraftError } from '../util/errors.ts';
import { removeLeftovers } from '../util/leftovers.ts';

/** The file of the base model that is in use. */
export interface BaseModel {
  readonly title: string;
  readonly sha256: string;
}

/** What is known of an adapter when it is added; the registry adds the number, the file's size and its hash. */
export interface NewAdapter {
  readonly createdAt: number;
  readonly parent: AdapterId | null;
  readonly baseModel: BaseModel;
  readonly promptFormat: 'edit-1' | null;
  readonly decisions: number;
  readonly decisionsFrom: number | null;
  readonly decisionsTo: number | null;
  readonly winRate: AdapterRow['winRate'];
  readonly lengthRatio: AdapterRow['lengthRatio'];
  readonly verdict: RunVerdict | null;
  readonly styles: AdapterRow['styles'];
  readonly followerStyles: AdapterRow['followerStyles'];
  readonly runId: string;
}

export interface UsableAdapter {
  readonly id: AdapterId;
  readonly path: string;
  readonly format: 'edit-1' | null;
  /** What the follower has of each ready style beside what the file has. */
  readonly followerStyles: AdapterRow['followerStyles'];
}

export interface RegistryFolders {
  /** Holds `<n>/adapter.gguf` and `<n>/adapter.json`; null where the editor named no folder: then only the shipped one is known. */
  readonly own: string | null;
  /** The adapter that ships with the embedded model: adapter 0; null where there is none. */
  readonly bundled: string | null;
}

const verdict: v.GenericSchema<unknown, RunVerdict> = v.variant('kind', [
  v.object({ kind: v.literal('promoted'), sentence: v.string() }),
  v.object({ kind: v.literal('keptAside'), sentence: v.string() }),
  v.object({ kind: v.literal('cancelled') }),
  v.object({ kind: v.literal('failed'), sentence: v.string() }),
]);
const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const recordSchema = v.object({
  id,
  createdAt: v.number(),
  parent: v.nullable(id),
  baseModel: v.object({ title: v.string(), sha256: v.string() }),
  file: v.object({ sha256: v.string(), sizeBytes: v.number() }),
  promptFormat: v.nullable(v.literal('edit-1')),
  decisions: v.number(),
  decisionsFrom: v.nullable(v.number()),
  decisionsTo: v.nullable(v.number()),
  winRate: v.nullable(v.object({ value: v.number(), low: v.number(), high: v.number() })),
  /** Absent in adapters from before it was kept. */
  lengthRatio: v.optional(v.nullable(v.number()), null),
  verdict: v.nullable(verdict),
  /** Absent in adapters from before there were styles. */
  styles: v.optional(v.record(v.string(), v.number()), {}),
  /** Absent in adapters from before the follower could have an adapter of its own. */
  followerStyles: v.optional(v.record(v.string(), v.pipe(v.number(), v.minValue(-4), v.maxValue(4))), {}), // ±2 in all, beside ±2
  runId: v.string(),
});
type AdapterRecord = v.InferOutput<typeof recordSchema>;

const bundledSchema = v.object({
  baseModel: v.object({ name: v.string(), sha256: v.string() }),
  file: v.object({ sha256: v.string(), sizeBytes: v.number() }),
});
/** Base model's hash → the adapter in use; null: the plain model. */
const activeSchema = v.record(v.string(), v.nullable(id));

const temporaryPrefix = '.new-';
/** The highest number that was ever given: who has an adapter in memory knows it by its path, which must not come to mean another. */
const highestFile = 'highest.json';
const highestSchema = v.object({ highest: id });

interface Entry {
  readonly record: AdapterRecord;
  readonly path: string;
  /** Why it can't be used with any model, or null. */
  readonly damage: string | null;
  /** Whether its description could be read: else nothing is known of its parent. */
  readonly described: boolean;
}

export class AdapterRegistry {
  readonly #folders: RegistryFolders;
  /** Files whose hash was found right, by path, size and time of change. */
  readonly #verified = new Set<string>();

  constructor(folders: RegistryFolders) {
    this.#folders = folders;
  }

  /** All adapters, newest last; those that can't be used with `base` say why. */
  list(base: BaseModel): AdapterRow[] {
    const active = this.#activeId(base);
    return this.#entries().map(({ record, damage }) => ({
      id: record.id,
      createdAt: record.createdAt,
      parent: record.parent,
      model: record.baseModel.title,
      active: record.id === active && record.baseModel.sha256 === base.sha256,
      decisions: record.decisions,
      decisionsFrom: record.decisionsFrom,
      decisionsTo: record.decisionsTo,
      sizeBytes: record.file.sizeBytes,
      winRate: record.winRate,
      lengthRatio: record.lengthRatio,
      verdict: record.verdict,
      styles: record.styles,
      followerStyles: record.followerStyles,
      refused: damage ?? foreign(record, base),
    }));
  }

  /** The adapter that writes now; null where the plain model does, or where the chosen adapter can no longer be used. */
  active(base: BaseModel): UsableAdapter | null {
    const chosen = this.#activeId(base);
    if (chosen === null) return null;
    const entry = this.#entries().find(({ record }) => record.id === chosen);
    if (!entry || this.#refusal(entry, base) !== null) return null;
    return usableOf(entry);
  }

  /** The ready styles that ship with the embedded model, for its own adapter and those that were trained from it; null for other models. */
  styles(base: BaseModel): string | null {
    const { bundled } = this.#folders;
    const shipped = this.#entries().find(({ record }) => record.id === 0);
    if (bundled === null || !shipped || foreign(shipped.record, base) !== null) return null;
    const path = join(bundled, 'styles.gguf');
    return existsSync(path) ? path : null;
  }

  /** @throws DraftError `adapterRefused` with the reason */
  usable(wanted: AdapterId, base: BaseModel): UsableAdapter {
    const entry = this.#entries().find(({ record }) => record.id === wanted);
    if (!entry) throw new DraftError('adapterRefused', `There is no adapter ${wanted}.`);
    const refusal = this.#refusal(entry, base);
    if (refusal !== null)
      throw new DraftError('adapterRefused', `Adapter ${wanted} can't be used: ${refusal}.`);
    return usableOf(entry);
  }

  /** @throws DraftError `adapterRefused`; the adapter that was in use stays in use */
  activate(wanted: AdapterId | null, base: BaseModel): void {
    if (wanted !== null) this.usable(wanted, base);
    const chosen = { ...this.#chosen(), [base.sha256]: wanted };
    atomicWrite(this.#activePath(), `${JSON.stringify(chosen, null, 2)}\n`);
  }

  /** Copies an adapter in under the next number; nothing of it is seen before all of it is on disk. */
  add(adapter: NewAdapter, sourcePath: string): AdapterId {
    const own = this.#ownFolder();
    mkdirSync(own, { recursive: true });
    removeLeftovers(own);
    const temporary = join(own, `${temporaryPrefix}${process.pid}`);
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    try {
      const file = join(temporary, 'adapter.gguf');
      copyFileSync(sourcePath, file);
      const described = { sha256: sha256(file), sizeBytes: statSync(file).size };
      for (let next = this.#highest() + 1; ; next++) {
        const record: AdapterRecord = { id: next, ...adapter, file: described };
        atomicWrite(join(temporary, 'adapter.json'), `${JSON.stringify(record, null, 2)}\n`);
        const target = join(own, String(next));
        try {
          renameSync(temporary, target);
          return next;
        } catch (error) {
          if (!isTaken(error) || !existsSync(target)) throw error; // else another window took the number
        }
      }
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /** The adapter that a run made, if it made one. */
  ofRun(runId: string): AdapterId | undefined {
    return this.#entries().find(({ record }) => record.runId === runId && runId !== '')?.record.id;
  }

  /** Removes adapters for good. One that was in use, for whichever model, gives way to its nearest usable ancestor. */
  remove(ids: readonly AdapterId[]): void {
    removeLeftovers(this.#ownFolder());
    const gone = new Set(ids.filter((one) => one > 0));
    if (gone.size === 0) return;
    const entries = this.#entries();
    const before = this.#chosen();
    const repaired = Object.fromEntries(
      Object.entries(before).flatMap(([sha, chosen]) => {
        if (chosen === null || !gone.has(chosen)) return [[sha, chosen]];
        const heir = this.#heir(chosen, { title: '', sha256: sha }, entries, gone);
        return heir === undefined ? [] : [[sha, heir]];
      }),
    );
    this.#rememberHighest();
    if (JSON.stringify(repaired) !== JSON.stringify(before)) {
      atomicWrite(this.#activePath(), `${JSON.stringify(repaired, null, 2)}\n`);
    }
    for (const one of gone) rmSync(join(this.#ownFolder(), String(one)), { recursive: true, force: true });
  }

  /** Removes every adapter that was learned here, for whichever model. */
  removeAll(): void {
    if (this.#folders.own !== null) this.remove(this.#entries().map(({ record }) => record.id));
  }

  /** The nearest ancestor that stays and can be used; null: the plain model; undefined where the descent is not known. */
  #heir(
    of: AdapterId,
    base: BaseModel,
    entries: readonly Entry[],
    gone: ReadonlySet<AdapterId>,
  ): AdapterId | null | undefined {
    const passed = new Set<AdapterId>();
    for (let one: AdapterId | null = of; one !== null;) {
      const entry = entries.find(({ record }) => record.id === one);
      if (!entry || passed.has(one)) return undefined;
      if (!gone.has(one) && this.#refusal(entry, base) === null) return one;
      passed.add(one);
      if (!entry.described) return undefined;
      one = entry.record.parent;
    }
    return null;
  }

  /** Removes the oldest adapters until all take at most `maxBytes`; those in use and their ancestors stay. @returns what went */
  prune(base: BaseModel, maxBytes: number): AdapterId[] {
    if (this.#folders.own !== null) removeLeftovers(this.#folders.own);
    const entries = this.#entries();
    const kept = new Set<AdapterId>();
    for (const chosen of [this.#activeId(base), ...Object.values(this.#chosen())]) {
      for (let one = chosen; one !== null && !kept.has(one);) {
        kept.add(one);
        one = entries.find(({ record }) => record.id === one)?.record.parent ?? null;
      }
    }
    let bytes = entries.reduce((sum, { record }) => sum + record.file.sizeBytes, 0);
    const removed: AdapterId[] = [];
    if (bytes > maxBytes) this.#rememberHighest();
    for (const { record } of entries) {
      if (bytes <= maxBytes) break;
      if (record.id === 0 || kept.has(record.id)) continue;
      rmSync(join(this.#ownFolder(), String(record.id)), { recursive: true, force: true });
      bytes -= record.file.sizeBytes;
      removed.push(record.id);
    }
    return removed;
  }

  #refusal({ record, path, damage }: Entry, base: BaseModel): string | null {
    return damage ?? foreign(record, base) ?? this.#damagedContent(path, record);
  }

  #damagedContent(path: string, record: AdapterRecord): string | null {
    const { size, mtimeMs } = statSync(path);
    const key = `${path} ${size} ${mtimeMs}`;
    if (this.#verified.has(key)) return null;
    if (sha256(path) !== record.file.sha256) return 'its file is damaged';
    this.#verified.add(key);
    return null;
  }

  #entries(): Entry[] {
    const { own, bundled } = this.#folders;
    const entries: Entry[] = [];
    if (bundled !== null && existsSync(join(bundled, 'adapter.json'))) entries.push(bundledEntry(bundled));
    if (own === null || !existsSync(own)) return entries;
    const numbers = readdirSync(own)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
    for (const number of numbers) entries.push(ownEntry(join(own, String(number)), number));
    return entries;
  }

  #highest(): AdapterId {
    const given = v.safeParse(highestSchema, readJson(join(this.#ownFolder(), highestFile)));
    const before = given.success ? given.output.highest : 0;
    return this.#entries().reduce((highest, { record }) => Math.max(highest, record.id), before);
  }

  #rememberHighest(): void {
    const highest = this.#highest();
    if (highest > 0) atomicWrite(join(this.#ownFolder(), highestFile), `${JSON.stringify({ highest })}\n`);
  }

  /** As chosen; where nothing was, the adapter that ships with the model. */
  #activeId(base: BaseModel): AdapterId | null {
    const chosen = this.#chosen()[base.sha256];
    if (chosen !== undefined) return chosen;
    const shipped = this.#entries().find(({ record }) => record.id === 0);
    return shipped && foreign(shipped.record, base) === null ? 0 : null;
  }

  #chosen(): Record<string, AdapterId | null> {
    if (this.#folders.own === null) return {};
    const read = v.safeParse(activeSchema, readJson(this.#activePath()));
    return read.success ? read.output : {};
  }

  #activePath(): string {
    return join(this.#ownFolder(), 'active.json');
  }

  #ownFolder(): string {
    const { own } = this.#folders;
    if (own === null) throw new DraftError('storageUnavailable', 'This editor named no folder for adapters.');
    return own;
  }
}

function usableOf({ record, path }: Entry): UsableAdapter {
  return { id: record.id, path, format: record.promptFormat, followerStyles: record.followerStyles };
}

function foreign(record: AdapterRecord, base: BaseModel): string | null {
  return record.baseModel.sha256 === base.sha256
    ? null
    : `it was made for ${record.baseModel.title || 'another model'}`;
}

function bundledEntry(folder: string): Entry {
  const path = join(folder, 'adapter.gguf');
  const read = v.safeParse(bundledSchema, readJson(join(folder, 'adapter.json')));
  const baseModel = read.success
    ? { title: read.output.baseModel.name, sha256: read.output.baseModel.sha256 }
    : { title: '', sha256: '' };
  const file = read.success ? read.output.file : { sha256: '', sizeBytes: 0 };
  return {
    record: { ...nothingKnown, id: 0, baseModel, file, promptFormat: 'edit-1' },
    path,
    damage: read.success ? damageOf(path, file.sizeBytes) : 'its description is damaged',
    described: true, // it has no parent
  };
}

function ownEntry(folder: string, number: AdapterId): Entry {
  const path = join(folder, 'adapter.gguf');
  const read = v.safeParse(recordSchema, readJson(join(folder, 'adapter.json')));
  if (read.success && read.output.id === number) {
    const damage = damageOf(path, read.output.file.sizeBytes);
    return { record: read.output, path, damage, described: true };
  }
  const damage = 'its description is damaged';
  return { record: { ...nothingKnown, id: number }, path, damage, described: false };
}

const nothingKnown: AdapterRecord = {
  id: 0,
  createdAt: 0,
  parent: null,
  baseModel: { title: '', sha256: '' },
  file: { sha256: '', sizeBytes: 0 },
  promptFormat: null,
  decisions: 0,
  decisionsFrom: null,
  decisionsTo: null,
  winRate: null,
  lengthRatio: null,
  verdict: null,
  styles: {},
  followerStyles: {},
  runId: '',
};

function damageOf(path: string, sizeBytes: number): string | null {
  if (!existsSync(path)) return 'its file is missing';
  return statSync(path).size === sizeBytes ? null : 'its file is damaged';
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** What systems say of a folder's new name that another has; some say the same of other things. */
function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EEXIST' || code === 'ENOTEMPTY' || code === 'EPERM';
}
