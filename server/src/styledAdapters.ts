/**
 * @file Variants of the adapter in use: the follower's, where it has shares of its own, and either with more of a ready style, for wishes
 * that name one ("shorter", "more formal"). Mixed when first asked for, and kept in the adapter's own folder, with which they are removed,
 * until another adapter's take over.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readAdapter, writeAdapter } from './tensor/ggufAdapter.ts';
import { mostOfAStyle, placeStyles, readStyles, sharesInAll } from './training/styles.ts';
import type { Log } from './util/log.ts';

/** How much of the style is added, but never more than is readable in all: with 1 of most the change is often hardly to be seen; 1.25 of `friendly` joins sentences and makes up a "you". */
export const wishShare = (style: string): number => (style === 'friendly' ? 1 : 1.5);

export interface NumberedAdapter {
  readonly id: number;
  readonly path: string;
  /** What the follower has of each ready style beside what the adapter's file has; none: both roles write with the file. */
  readonly followerStyles: Readonly<Record<string, number>>;
}

/** Whom a variant is for, and the style that a wish names. */
export interface Variant {
  readonly role: 'leader' | 'follower';
  readonly wish: string | undefined;
}

export class StyledAdapters {
  readonly #folder: string | null;
  readonly #log: Log;
  /** Files that were read whole since the start. */
  readonly #whole = new Set<string>();

  /** @param folder of the writer's adapters; null where the editor named none: then wishes are asked of the adapter itself */
  constructor(folder: string | null, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The variant's file; null where it is the adapter itself, or can't be made, which the log explains. */
  path(adapter: NumberedAdapter, styles: string, { role, wish }: Variant): string | null {
    const own = role === 'follower' ? adapter.followerStyles : {};
    const name = [...(Object.keys(own).length > 0 ? [role] : []), ...(wish === undefined ? [] : [wish])].join(
      '-',
    );
    if (this.#folder === null || name === '') return null;
    try {
      const key = keyOf(adapter.path, styles);
      const path = join(this.#folder, String(adapter.id), `${key}-${name}.gguf`);
      if (!this.#isWhole(path)) {
        this.#removeOthers(key);
        write(path, adapter.path, styles, own, wish);
        this.#whole.add(path);
      }
      return path;
    } catch (error) {
      this.#log.warn(`The variant "${name}" of adapter ${adapter.id} can't be mixed: ${error instanceof Error ? error.message : String(error)}`); // prettier-ignore
      return null;
    }
  }

  /** A damaged file is mixed anew: the engine would refuse it at every refine. */
  #isWhole(path: string): boolean {
    if (!existsSync(path)) return false;
    if (this.#whole.has(path)) return true;
    try {
      readAdapter(path);
      this.#whole.add(path);
      return true;
    } catch (error) {
      this.#log.warn(`${path} is mixed anew: ${error instanceof Error ? error.message : String(error)}`);
      return false;
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

const mixture = /^[0-9a-f]{16}-[\w-]+\.gguf$/;

function write(
  path: string,
  adapterPath: string,
  stylesPath: string,
  own: Readonly<Record<string, number>>,
  wish: string | undefined,
): void {
  const adapter = readAdapter(adapterPath);
  const wanted = [...new Set([...Object.keys(own), ...(wish === undefined ? [] : [wish])])];
  const { styles } = readStyles(stylesPath, adapter, wanted);
  if (styles.length < wanted.length)
    throw new Error(`${stylesPath} does not hold all of ${wanted.join(', ')}.`);
  const inFile = sharesInAll(adapter.provenance);
  const shares = styles.map(({ name }) => {
    const share = own[name] ?? 0;
    const room = mostOfAStyle - (inFile[name] ?? 0) - share;
    return share + (name === wish ? Math.max(0, Math.min(wishShare(name), room)) : 0);
  });
  const reference = adapter.pairs.flatMap(({ a, bt }) => [a, bt]);
  const parameters = reference.map((values) => values.slice());
  placeStyles({ parameters, uploadParameters: () => undefined }, { reference, styles }, shares);
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
