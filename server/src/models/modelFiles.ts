/** @file The files in the folder of the library: room for them, taking in one of the writer's own, deleting. */
import { constants, linkSync, realpathSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DraftError, isDiskFull } from '../util/errors.ts';
import { importName } from './leftovers.ts';

/**
 * Puts the file `path` into another folder as `to`: a second name for it where the disk allows that, which takes no room, else a copy. Of a
 * link (the cache of Hugging Face is full of them) it is what it leads to.
 * @throws DraftError `storageFull` where a copy has no room
 */
export async function takeIn(path: string, to: string): Promise<void> {
  const from = realpathSync(path);
  try {
    linkSync(from, to);
    return;
  } catch {
    // another disk, or one that knows no second names
  }
  const folder = dirname(to);
  const { size } = statSync(from);
  hasRoom(folder, size);
  const temporary = join(folder, importName(basename(to)));
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    renameSync(temporary, to);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw isDiskFull(error) ? noRoom(size, freeRoom(folder)) : error;
  }
}

/** @throws DraftError `badRequest` where the system does not let go of the file: Windows keeps one that a process has loaded */
export function deleteFile(path: string, title: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && /^(?:EBUSY|EPERM|EACCES)$/.test(String(cause.code))))
      throw cause;
    throw new DraftError(
      'badRequest',
      `${title} can’t be deleted while it is in use. Close other windows that write or learn with it, then try again.`,
      { cause, facts: { model: title } },
    );
  }
}

/** @throws DraftError `storageFull` */
export function hasRoom(folder: string, neededBytes: number): void {
  const freeBytes = freeRoom(folder);
  if (neededBytes > freeBytes) throw noRoom(neededBytes, freeBytes);
}

/** Bytes that are free on the folder's disk. */
export function freeRoom(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export function noRoom(neededBytes: number, freeBytes: number): DraftError {
  return new DraftError('storageFull', 'There is not enough room on the disk for this model.', {
    facts: { neededBytes, freeBytes },
  });
}
