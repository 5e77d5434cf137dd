/** @file What lies in the folder of the model library and is no model: parts of downloads and imports, and damaged files that were set aside. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LeftoverRow } from '../../protocol/messages.ts';

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
  /** Models that are being downloaded now. */
  readonly running: ReadonlySet<string>;
}

export function leftovers(folder: string, { titles, damaged, running }: Known): LeftoverRow[] {
  return namesIn(folder).flatMap((fileName): LeftoverRow[] => {
    const row = (title: string, kind: LeftoverRow['kind']): LeftoverRow[] => [
      { id: `file:${fileName}`, title, kind, sizeBytes: statOf(join(folder, fileName)).size },
    ];
    if (fileName.endsWith('.gguf.damaged')) return row(damaged.get(fileName) ?? fileName, 'damaged');
    const [, modelId] = /^(.+)\.download\.gguf(?:\..+)?$/.exec(fileName) ?? [];
    if (modelId !== undefined)
      return running.has(modelId) ? [] : row(titles.get(modelId) ?? modelId, 'unfinished');
    const [, pid] = /\.gguf\.(\d+)\.tmp$/.exec(fileName) ?? [];
    return pid === undefined || pid === String(process.pid) ? [] : row(fileName, 'unfinished');
  });
}

/** What of a model's download is on the disk already. The file may be longer: pieces are written where they belong, with holes between. */
export function partBytes(folder: string, modelId: string): number {
  const part = namesIn(folder).find((name) => name.startsWith(`${downloadName(modelId)}.`));
  if (part === undefined) return 0;
  const { size, blocks } = statOf(join(folder, part));
  return Math.min(size, 512 * blocks);
}

/** Another window may finish or delete a file meanwhile. */
function statOf(path: string): { readonly size: number; readonly blocks: number } {
  return statSync(path, { throwIfNoEntry: false }) ?? { size: 0, blocks: 0 };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever put there
  }
}
