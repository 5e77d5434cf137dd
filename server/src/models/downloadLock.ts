/**
 * @file Which window downloads a model: a file beside the part that names its process and is refreshed while it downloads. It is void when
 * that process is gone, or when nobody refreshes it: a process number can come to mean another process.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../util/leftovers.ts';

const refreshMs = 30_000;
const staleMs = 5 * 60_000;

/**
 * Takes the lock of a model's download in a folder that is there.
 * @returns what gives it back, or null while a download of another window, or of this one, holds it
 */
export function lockDownload(folder: string, modelId: string): (() => void) | null {
  const path = lockPath(folder, modelId);
  const mine = `${process.pid} ${randomUUID()}`;
  const before = read(path);
  try {
    if (before !== undefined && (isHeld(path, before) || !moveAway(path, before))) return null;
    publish(mine, path);
  } catch (error) {
    if (isExists(error)) return null; // another window was faster
    return () => undefined; // nothing can be written here: the transfer says why
  }
  const refreshing = setInterval(() => refresh(path, mine), refreshMs);
  refreshing.unref();
  return () => {
    clearInterval(refreshing);
    release(path, mine);
  };
}

/** Whether a living process downloads the model. */
export function isDownloading(folder: string, modelId: string): boolean {
  const path = lockPath(folder, modelId);
  const lock = read(path);
  return lock !== undefined && isHeld(path, lock);
}

function lockPath(folder: string, modelId: string): string {
  return join(folder, `${modelId}.download.lock`);
}

function isHeld(path: string, lock: string): boolean {
  const pid = Number.parseInt(lock, 10);
  const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return pid > 0 && isAlive(pid) && Math.abs(Date.now() - mtimeMs) < staleMs;
}

/** Moves a void lock away. @returns false where it was another's new one that was moved, which is put back */
function moveAway(path: string, judged: string): boolean {
  const aside = `${path}.${process.pid}.void`;
  try {
    renameSync(path, aside);
  } catch {
    return true; // it is gone already
  }
  const moved = read(aside);
  rmSync(aside, { force: true });
  if (moved === undefined || moved === judged) return true;
  publish(moved, path);
  return false;
}

function refresh(path: string, mine: string): void {
  if (read(path) !== mine) return;
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // the next time
  }
}

function release(path: string, mine: string): void {
  if (read(path) !== mine) return;
  try {
    rmSync(path, { force: true });
  } catch {
    // void soon: nobody refreshes it
  }
}

/** Writes a whole file, only where nobody has the name. @throws EEXIST */
function publish(lock: string, path: string): void {
  const written = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(written, lock);
    linkSync(written, path);
  } catch (error) {
    if (isExists(error)) throw error;
    writeFileSync(path, lock, { flag: 'wx' }); // a file system without links
  } finally {
    rmSync(written, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
