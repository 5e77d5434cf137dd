/**
 * @file Which window trains: a file that names its process and is refreshed while it trains. It is void when that process is gone, or when
 * nobody refreshes it: a process number can come to mean another process.
 */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { RunId } from '../../protocol/common.ts';
import { isAlive } from '../util/leftovers.ts';

export interface LockHolder {
  readonly pid: number;
  readonly id: RunId;
}

const lockSchema = v.object({
  pid: v.number(),
  id: v.pipe(
    v.string(),
    v.transform((id) => id as RunId),
  ),
  /** Absent in locks from before it was written. */
  token: v.optional(v.string(), ''),
});
type Lock = v.InferOutput<typeof lockSchema>;

/** A lock this old may be stale … */
const staleMs = 5 * 60_000;
/** … and is, when nobody refreshed it for as long as this while somebody looked: a computer that slept has old locks that live. */
const watchedMs = 75_000;

export class RunLock {
  readonly #path: string;
  /** Monotonic, ms: what it shows does not jump with the wall clock. */
  readonly #elapsed: () => number;
  readonly #token = randomUUID();
  #watched: { readonly mtimeMs: number; readonly since: number } | undefined;

  constructor(path: string, elapsed: () => number = () => performance.now()) {
    this.#path = path;
    this.#elapsed = elapsed;
  }

  /** @returns false while another living process holds it, or this one does already */
  take(id: RunId): boolean {
    mkdirSync(dirname(this.#path), { recursive: true });
    const before = this.#read();
    if (before) {
      if (this.#holds(before) || !this.#void(before)) return false;
    } else rmSync(this.#path, { force: true }); // not readable: a write that was cut off
    const mine = `${this.#path}.${process.pid}.tmp`;
    try {
      writeFileSync(mine, JSON.stringify({ pid: process.pid, id, token: this.#token } satisfies Lock));
      publish(mine, this.#path);
    } catch (error) {
      if (isExists(error)) return false; // another window was faster
      throw error;
    } finally {
      rmSync(mine, { force: true });
    }
    return this.mine;
  }

  /** Whether it is held by this object. */
  get mine(): boolean {
    return this.#read()?.token === this.#token;
  }

  /** Says that the training goes on. @returns false where the lock was lost to another window */
  refresh(): boolean {
    if (!this.mine) return false;
    const now = new Date();
    utimesSync(this.#path, now, now);
    return true;
  }

  release(): void {
    if (this.mine) rmSync(this.#path, { force: true });
  }

  /** The living process that trains, if any. */
  holder(): LockHolder | undefined {
    const lock = this.#read();
    return lock && this.#holds(lock) ? { pid: lock.pid, id: lock.id } : undefined;
  }

  #holds({ pid, token }: Lock): boolean {
    return token === this.#token || (isAlive(pid) && this.#fresh());
  }

  #fresh(): boolean {
    const mtimeMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) return false;
    if (Math.abs(Date.now() - mtimeMs) < staleMs) {
      this.#watched = undefined;
      return true;
    }
    if (this.#watched?.mtimeMs !== mtimeMs) this.#watched = { mtimeMs, since: this.#elapsed() };
    return this.#elapsed() - this.#watched.since < watchedMs;
  }

  /** Moves a void lock away. @returns false where it was another's new one that was moved, which is put back */
  #void(judged: Lock): boolean {
    const aside = `${this.#path}.${this.#token}.tmp`;
    try {
      renameSync(this.#path, aside);
    } catch {
      return true; // it is gone already
    }
    const moved = read(aside);
    const same = moved?.token === judged.token && moved.pid === judged.pid && moved.id === judged.id;
    try {
      if (!same) publish(aside, this.#path);
    } catch {
      // a third window took it meanwhile
    }
    rmSync(aside, { force: true });
    return same;
  }

  #read(): Lock | undefined {
    return read(this.#path);
  }
}

function read(path: string): Lock | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const lock = v.safeParse(lockSchema, JSON.parse(readFileSync(path, 'utf8')));
    return lock.success ? lock.output : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a whole file its name, only where nobody has it. @throws EEXIST */
function publish(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (isExists(error)) throw error;
    writeFileSync(to, readFileSync(from), { flag: 'wx' }); // a file system without links
  }
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
