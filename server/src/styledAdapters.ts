/**
 * @file The adapter in use with more of a ready style, for wishes that name one ("shorter", "more formal"): mixed when it is first asked
 * for, and kept in the adapter's own folder, with which it is removed, until another adapter's takes over.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readAdapter, writeAdapter } from './tensor/ggufAdapter.ts';
import { mostOfAStyle, placeStyles, readStyles, sharesInAll } from './training/styles.ts';
import type { Log } from './util/log.ts';

/** How much of the style is added, but never more than is readable in all: with 1 the change is often hardly to be seen. */
export const wishShare = 1.5;

interface NumberedAdapter {
  readonly id: number;
  readonly path: string;
}

export class StyledAdapters {
  readonly #folder: string | null;
  readonly #log: Log;

  /** @param folder of the writer's adapters; null where the editor named none: then wishes are asked of the adapter itself */
  constructor(folder: string | null, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The file of this adapter with more of the style; null where it can't be made, which the log explains. */
  path({ id, path: adapter }: NumberedAdapter, styles: string, style: string): string | null {
    if (this.#folder === null) return null;
    try {
      const key = keyOf(adapter, styles);
      const path = join(this.#folder, String(id), `${key}-${style}.gguf`);
      if (!existsSync(path)) {
        this.#removeOthers(key);
        write(path, adapter, styles, style);
      }
      return path;
    } catch (error) {
      this.#log.warn(`The style "${style}" can't be mixed in: ${error instanceof Error ? error.message : String(error)}`); // prettier-ignore
      return null;
    }
  }

  /** Mixtures of adapters that are not in use. */
  #removeOthers(key: string): void {
    const folder = this.#folder!; // path() looked
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (mixture.test(basename(name)) && !basename(name).startsWith(key)) rmSync(join(folder, name), { force: true }); // prettier-ignore
    }
  }
}

const mixture = /^[0-9a-f]{16}-\w+\.gguf$/;

function write(path: string, adapterPath: string, stylesPath: string, wanted: string): void {
  const adapter = readAdapter(adapterPath);
  const [style] = readStyles(stylesPath, adapter, [wanted]).styles;
  if (!style) throw new Error(`${stylesPath} does not hold it.`);
  const room = mostOfAStyle - (sharesInAll(adapter.provenance)[wanted] ?? 0);
  const share = Math.max(0, Math.min(wishShare, room));
  const reference = adapter.pairs.flatMap(({ a, bt }) => [a, bt]);
  const parameters = reference.map((values) => values.slice());
  placeStyles({ parameters, uploadParameters: () => undefined }, { reference, styles: [style] }, [share]);
  const pairs = adapter.pairs.map((pair, i) => ({ ...pair, bt: parameters[2 * i + 1]! })); // a and bt of each pair
  mkdirSync(dirname(path), { recursive: true });
  writeAdapter(path, { ...adapter, pairs }, 'f16');
}

/** Of both files as they are now: another version is another file, because llama.cpp knows adapters by their paths. */
function keyOf(...paths: string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
