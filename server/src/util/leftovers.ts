/** @file What killed processes leave behind: whether a process lives, and which temporary files belong to nobody any more. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Nothing is written for longer than this: an older temporary file is nobody's, whoever has its process number now. */
const longestWriteMs = 3_600_000;
/** `<name>.<pid>.tmp` of atomicWrite, `.new-<pid>` of the adapter registry. */
const temporary = /(?:^\.new-|\.)(\d+)(?:\.tmp)?$/;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes temporary files and folders directly in `folder` whose process is gone or long done with them. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('.new-') && !name.endsWith('.tmp')) continue;
    const pid = Number(temporary.exec(name)?.[1] ?? 0);
    const path = join(folder, name);
    if (pid > 0 && isAlive(pid) && ageMs(path) < longestWriteMs) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function ageMs(path: string): number {
  return Math.abs(Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}
