/** @file Writes that matter: a temporary file beside the target, fsync, rename, fsync of the folder. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces `path` by `data` so that a crash leaves the old or the new content, never a mixture.
 * @throws the file system's error (ENOSPC, EACCES …); the temporary file is removed first.
 */
export function atomicWrite(path: string, data: Uint8Array | string): void {
  atomicWriteParts(path, [typeof data === 'string' ? Buffer.from(data) : data]);
}

/** As {@link atomicWrite}, for content in several buffers that need not be joined in memory. */
export function atomicWriteParts(path: string, parts: Iterable<Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      for (const part of parts) writeWhole(file, part);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function writeWhole(file: number, data: Uint8Array): void {
  let offset = 0;
  while (offset < data.length) offset += writeSync(file, data, offset);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // Windows has no fsync of a folder
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
