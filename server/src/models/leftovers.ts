/** @file What lies in the folder of the model library and is no model: parts of downloads and imports, and damaged files that were set aside. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LeftoverRow } from '../../protocol/models.ts';
import { isAlive } from '../util/leftovers.ts';
import { isDownloading } from './downloadLock.ts';

/** A copy that grows changes its file all the time. */
const longestPauseMs = 3_600_000;

/** Under this name a model is downloaded; the transfer adds an ending until it is complete. */
export function downloadName(modelId: string): string {
  return `${modelId}.download.gguf`;
}

/** Under this name an import is copied. */
export function importName(fileName: string): string {
  return `${fileName}.${process.pid}.tmp`;
}

export interface Known {
  /** Of the models of the catalogue, by id. */
  readonly titles: ReadonlyMap<string, string>;
  /** Of files that were set aside, by the names that they have now. */
  readonly damaged: ReadonlyMap<string, string>;
  /** Models that this window downloads now. */
  readonly running: ReadonlySet<string>;
}

export function leftovers(folder: string, { titles, damaged, running }: Known): LeftoverRow[] {
  return namesIn(folder).flatMap((fileName): LeftoverRow[] => {
    const row = (title: string, kind: LeftoverRow['kind']): LeftoverRow[] => [
      { id: `file:${fileName}`, title, kind, sizeBytes: statOf(join(folder, fileName)).size },
    ];
    if (fileName.endsWith('.gguf.damaged')) return row(damaged.get(fileName) ?? fileName, 'damaged');
    const [, modelId] = /^(.+)\.download\.gguf(?:\..+)?$/.exec(fileName) ?? [];
    if (modelId !== undefined) {
      if (running.has(modelId) || isDownloading(folder, modelId)) return [];
      return row(titles.get(modelId) ?? modelId, 'unfinished');
    }
    const [, pid] = /\.gguf\.(\d+)\.tmp$/.exec(fileName) ?? [];
    if (pid === undefined || isImporting(Number(pid), statOf(join(folder, fileName)).mtimeMs)) return [];
    return row(fileName, 'unfinished');
  });
}

/** What of a model's download is on the disk already. The file may be longer: pieces are written where they belong, with holes between. */
export function partBytes(folder: string, modelId: string): number {
  const part = namesIn(folder).find((name) => name.startsWith(`${downloadName(modelId)}.`));
  if (part === undefined) return 0;
  const { size, blocks } = statOf(join(folder, part));
  return Math.min(size, 512 * blocks);
}

/** Whether this window or another still copies; a process number can come to mean another process, and 1 is the system's own. */
function isImporting(pid: number, changedMs: number): boolean {
  if (pid === process.pid) return true;
  return pid > 1 && isAlive(pid) && Math.abs(Date.now() - changedMs) < longestPauseMs;
}

/** Another window may finish or delete a file meanwhile. */
function statOf(path: string): { readonly size: number; readonly blocks: number; readonly mtimeMs: number } {
  return statSync(path, { throwIfNoEntry: false }) ?? { size: 0, blocks: 0, mtimeMs: 0 };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever put there
  }
}
