/**
 * @file The adapter in use with more of a ready style, for wishes that name one ("shorter", "more formal"): mixed when it is first asked
 * for, and kept in a folder of its own until another adapter takes over.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readAdapter, writeAdapter } from './tensor/ggufAdapter.ts';
import { placeStyles, readStyles } from './training/styles.ts';
import type { Log } from './util/log.ts';

/** How much of the style is added: as much as its training taught. */
const wishShare = 1;

export class StyledAdapters {
  readonly #folder: string | null;
  readonly #log: Log;

  /** @param folder null where the editor named none: then wishes are asked of the adapter itself */
  constructor(folder: string | null, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The file of this adapter with more of the style; null where it can't be made, which the log explains. */
  path(adapter: string, styles: string, style: string): string | null {
    if (this.#folder === null) return null;
    try {
      const key = keyOf(adapter, styles);
      const path = join(this.#folder, `${key}-${style}.gguf`);
      if (!existsSync(path)) this.#write(path, key, adapter, styles, style);
      return path;
    } catch (error) {
      this.#log.warn(`The style "${style}" can't be mixed in: ${error instanceof Error ? error.message : String(error)}`); // prettier-ignore
      return null;
    }
  }

  #write(path: string, key: string, adapterPath: string, stylesPath: string, wanted: string): void {
    const folder = this.#folder!; // path() looked
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(key)) rmSync(join(folder, name), { force: true }); // of an adapter that is not in use
    }
    const adapter = readAdapter(adapterPath);
    const [style] = readStyles(stylesPath, adapter.pairs, [wanted]).styles;
    if (!style) throw new Error(`${stylesPath} does not hold it.`);
    const reference = adapter.pairs.flatMap(({ a, bt }) => [a, bt]);
    const parameters = reference.map((values) => values.slice());
    placeStyles({ parameters, uploadParameters: () => undefined }, { reference, styles: [style] }, [
      wishShare,
    ]);
    const pairs = adapter.pairs.map((pair, i) => ({ ...pair, bt: parameters[2 * i + 1]! })); // a and bt of each pair
    writeAdapter(path, { ...adapter, pairs }, 'f16');
  }
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
