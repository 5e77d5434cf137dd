/**
 * @file Is this file a model, does it fit into memory, and does it load? Asked before the server's own process touches it: a damaged
 * file can crash llama.cpp, so an unknown one is first loaded by a child process. Built in main.ts.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { atomicWrite } from '../util/atomicWrite.ts';
import { DraftError } from '../util/errors.ts';
import { UnknownShapeError, type ModelShape } from './modelShape.ts';
import { TrialError } from './trial.ts';

/** Cells of the contexts that the model host can't do without; one for a variant of the adapter closes others where memory is short. */
const cachedTokens = 3 * 4096 + 1024;
/** Half precision. */
const bytesPerNumber = 2;
/** Scratch buffers of a batch, on top of weights and cache. */
const computeBytes = 100e6;

/** Bytes of memory that a model needs once it is loaded: weights, key-value cache, scratch buffers. */
export function memoryNeed(shape: ModelShape, fileBytes: number): number {
  return fileBytes + shape.layers * shape.keyValueWidth * bytesPerNumber * cachedTokens + computeBytes;
}

/** Changes when a file is replaced under its name. @throws the file system's error where there is none */
export function fileStamp(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size}\n${mtimeMs}`;
}

export interface PreflightDependencies {
  /** Reads a header; throws for what is no GGUF file or is cut off, and UnknownShapeError for a kind of model that is not known here. */
  readonly readShape: (path: string) => ModelShape;
  readonly freeBytes: () => number;
  /** Loads the file in another process; rejects with a TrialError, or with what else went wrong. */
  readonly trial: (path: string) => Promise<void>;
  /** Remembers files that loaded, over restarts; null where there is no folder for it. */
  readonly memory: string | null;
}

export class Preflight {
  readonly #dependencies: PreflightDependencies;
  readonly #checked = new Map<string, Promise<void>>();

  constructor(dependencies: PreflightDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param trusted the embedded model: its header is read; it needs no trial, and is never refused for memory
   * @throws DraftError `modelMissing`, `modelCorrupt`, `modelUnsupported` or `outOfMemory`, always before anything is loaded here
   */
  async check(path: string, title: string, trusted: boolean): Promise<void> {
    if (!existsSync(path))
      throw new DraftError('modelMissing', 'No model is installed.', { facts: { path } });
    const { size } = statSync(path);
    const key = `${path}\n${fileStamp(path)}`;
    let checked = this.#checked.get(key);
    if (!checked) {
      checked = this.#check(
        path,
        title,
        size,
        trusted ? 'trusted' : this.#remembers(key) ? 'known' : 'unknown',
      ).then(() => {
        if (!trusted) this.#remember(key);
      });
      this.#checked.set(key, checked);
      // What failed is tried again: memory may be free next time.
      checked.catch(() => this.#checked.delete(key));
    }
    await checked;
  }

  async #check(
    path: string,
    title: string,
    sizeBytes: number,
    file: 'trusted' | 'known' | 'unknown',
  ): Promise<void> {
    const { readShape, freeBytes, trial } = this.#dependencies;
    let shape: ModelShape;
    try {
      shape = readShape(path);
    } catch (error) {
      if (error instanceof UnknownShapeError) throw unsupported(title, path, error.architecture, error);
      throw damaged(title, path, error);
    }
    // What is free is an estimate, and there is nothing smaller to fall back on.
    if (file === 'trusted') return;
    const need = memoryNeed(shape, sizeBytes);
    const free = freeBytes();
    if (need > free) {
      throw new DraftError(
        'outOfMemory',
        `${title} needs ${gigabytes(need)} GB; ${gigabytes(free)} GB is free.`,
        {
          facts: { model: title, path, neededBytes: Math.round(need), freeBytes: free },
        },
      );
    }
    if (file === 'known') return;
    try {
      await trial(path);
    } catch (error) {
      const kind = error instanceof TrialError ? error.kind : 'unfinished';
      switch (kind) {
        case 'damaged':
          throw damaged(title, path, error);
        case 'unsupported':
          throw unsupported(title, path, shape.architecture, error);
        case 'outOfMemory':
          throw new DraftError('outOfMemory', `There was not enough memory to try ${title}.`, {
            cause: error,
            facts: { model: title, path },
          });
        case 'unfinished':
          throw new DraftError(
            'modelUnsupported',
            `${title} could not be tried to the end${reasonOf(error, path)}; nothing is known to be wrong with the file.`,
            { cause: error, facts: { model: title, path } },
          );
      }
    }
  }

  #remembers(key: string): boolean {
    return this.#memory().includes(key);
  }

  #remember(key: string): void {
    const { memory } = this.#dependencies;
    const known = this.#memory();
    if (memory === null || known.includes(key)) return;
    try {
      atomicWrite(memory, JSON.stringify([...known.slice(-20), key]));
    } catch {
      // only costs one more trial
    }
  }

  #memory(): string[] {
    const { memory } = this.#dependencies;
    if (memory === null || !existsSync(memory)) return [];
    try {
      const known: unknown = JSON.parse(readFileSync(memory, 'utf8'));
      return Array.isArray(known) ? known.filter((key) => typeof key === 'string') : [];
    } catch {
      return []; // a list that is damaged costs one more trial
    }
  }
}

function damaged(title: string, path: string, cause: unknown): DraftError {
  return new DraftError('modelCorrupt', `${title} is damaged and is not used${reasonOf(cause, path)}.`, {
    cause,
    facts: { model: title, path },
  });
}

function unsupported(title: string, path: string, architecture: string, cause: unknown): DraftError {
  return new DraftError(
    'modelUnsupported',
    `${title} is of a kind that this engine does not know${reasonOf(cause, path)}.`,
    { cause, facts: { model: title, architecture, path } },
  );
}

function reasonOf(cause: unknown, path: string): string {
  return cause instanceof Error
    ? ` (${cause.message.replaceAll(path, basename(path)).replace(/\.$/, '')})`
    : '';
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

export function memoryFile(storagePath: string | undefined): string | null {
  return storagePath === undefined ? null : join(storagePath, 'checked-models.json');
}
