/** @file SHA-256 of large files, computed once: remembered by path, size and time of change, also across starts. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { atomicWrite } from './atomicWrite.ts';

export class FileHashes {
  readonly #memoryPath: string | undefined;
  readonly #known: Map<string, string>;
  readonly #running = new Map<string, Promise<string>>();

  /** @param memoryPath where hashes are kept between starts; none: only in memory */
  constructor(memoryPath?: string) {
    this.#memoryPath = memoryPath;
    this.#known = new Map(Object.entries(remembered(memoryPath)));
  }

  /** @throws the file system's error where the file can't be read */
  async of(path: string): Promise<string> {
    const { size, mtimeMs } = statSync(path);
    const key = `${path} ${size} ${mtimeMs}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let running = this.#running.get(key);
    if (!running) {
      running = hash(path).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    const sha256 = await running;
    this.#known.set(key, sha256);
    this.#remember();
    return sha256;
  }

  #remember(): void {
    if (this.#memoryPath === undefined) return;
    try {
      atomicWrite(this.#memoryPath, JSON.stringify(Object.fromEntries(this.#known)));
    } catch {
      // only costs the next start a second
    }
  }
}

async function hash(path: string): Promise<string> {
  const sha256 = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), sha256);
  return sha256.digest('hex');
}

function remembered(path: string | undefined): Record<string, string> {
  if (path === undefined) return {};
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}
