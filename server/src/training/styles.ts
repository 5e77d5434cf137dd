/**
 * @file Ready styles of a model: directions in the space of an adapter's parameters along which its texts become briefer, more formal …
 * They ship beside the model's adapter; a writer's adapter is that one with so and so much of each (docs/decisions/learning.md).
 */
import { GGML_F16, GgufError, GgufFile } from '../tensor/gguf.ts';
import type { GgufValue } from '../tensor/gguf.ts';
import {
  bytesOf,
  fromHalf,
  toHalf,
  type AdapterProvenance,
  type LoraAdapter,
  type LoraPair,
} from '../tensor/ggufAdapter.ts';
import { writeGguf, type GgufTensorData } from '../tensor/ggufWriter.ts';

export interface Style {
  /** `brief`, `formal`, `friendly` … */
  readonly name: string;
  /** What is added to each pair's B, transposed as in {@link LoraPair}; A stays as it is, so that shares of styles add up. */
  readonly deltas: readonly Float32Array[];
}

/** What learning mixes; the others serve wishes alone, because each more is another way to be misled by few decisions. */
export const learnedStyles: readonly string[] = ['brief', 'formal', 'keep'];

export interface StyleSet {
  /** SHA-256 of the base model's file, in hexadecimal. */
  readonly baseModelSha256: string;
  readonly styles: readonly Style[];
}

type Shape = Pick<LoraPair, 'name' | 'nOut'>;

const tensorName = (style: string, pair: string): string => `${style}.${pair}.delta_b`;

/** Atomically, in half precision. @throws GgufError where a style does not fit the pairs */
export function writeStyles(
  path: string,
  set: StyleSet,
  pairs: readonly Shape[],
  config: Readonly<Record<string, unknown>>,
): void {
  const metadata = new Map<string, GgufValue>([
    ['general.type', { type: 'string', value: 'styles' }],
    ['second_draft.base_sha256', { type: 'string', value: set.baseModelSha256 }],
    ['second_draft.styles', { type: 'array', of: 'string', value: set.styles.map(({ name }) => name) }],
    ['second_draft.config', { type: 'string', value: JSON.stringify(config) }],
  ]);
  const tensors = set.styles.flatMap(({ name, deltas }) =>
    pairs.map((pair, i): GgufTensorData => {
      const values = deltas[i];
      if (!values || values.length % pair.nOut !== 0) {
        throw new GgufError(`The style "${name}" does not fit "${pair.name}".`);
      }
      const shape = [pair.nOut, values.length / pair.nOut];
      return { name: tensorName(name, pair.name), shape, type: GGML_F16, bytes: bytesOf(toHalf(values)) };
    }),
  );
  writeGguf(path, metadata, tensors);
}

/**
 * @param adapter that the styles are mixed into
 * @param only the styles to read; all without it
 * @throws GgufError where the file holds no styles, or none for this model and an adapter of this shape
 */
export function readStyles(
  path: string,
  { pairs, provenance }: Pick<LoraAdapter, 'pairs' | 'provenance'>,
  only?: readonly string[],
): StyleSet {
  const file = new GgufFile(path);
  try {
    if (file.string('general.type', '') !== 'styles') throw new GgufError(`${path} holds no styles.`);
    const names = file.metadata.get('second_draft.styles');
    if (names?.type !== 'array' || names.of !== 'string') throw new GgufError(`${path} names no styles.`);
    const baseModelSha256 = file.string('second_draft.base_sha256', '');
    if (baseModelSha256 !== provenance.baseModelSha256) {
      throw new GgufError(`${path} holds the styles of another model.`);
    }
    const wanted = names.value.filter((name) => only?.includes(name) ?? true);
    const styles = wanted.map((name): Style => ({
      name,
      deltas: pairs.map((pair) => {
        const values = halvesOf(file, tensorName(name, pair.name));
        if (values.length === pair.bt.length) return values;
        throw new GgufError(`${path}: the style "${name}" does not fit this adapter's "${pair.name}".`);
      }),
    }));
    return { baseModelSha256, styles };
  } finally {
    file.dispose();
  }
}

/** More of a style than this has never been seen to make readable texts, whatever the number of runs that it came from. */
export const mostOfAStyle = 2;

/** How much of each style an adapter has in all, by what its runs wrote into it; one that ships has none. */
export function sharesInAll({ config }: AdapterProvenance): Readonly<Record<string, number>> {
  const { stylesInAll } = config;
  if (typeof stylesInAll !== 'object' || stylesInAll === null) return {};
  return Object.fromEntries(
    Object.entries(stylesInAll).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

/** What holds an adapter's parameters: a, bt of the first pair, of the second … */
export interface StyledParameters {
  readonly parameters: readonly Float32Array[];
  uploadParameters(): void;
}

/** θ = θ₀ + Σ cₛ Δₛ, where only B differs. */
export function placeStyles(
  holder: StyledParameters,
  { reference, styles }: { readonly reference: readonly Float32Array[]; readonly styles: readonly Style[] },
  shares: readonly number[],
): void {
  holder.parameters.forEach((values, i) => {
    values.set(reference[i]!); // same order
    if (i % 2 === 0) return; // A stays
    styles.forEach(({ deltas }, s) => {
      const [share, delta] = [shares[s]!, deltas[(i - 1) / 2]!]; // one for each style and pair
      for (let k = 0; k < values.length; k++) values[k]! += share * delta[k]!;
    });
  });
  holder.uploadParameters();
}

function halvesOf(file: GgufFile, name: string): Float32Array {
  if (file.tensor(name).type !== GGML_F16) throw new GgufError(`"${name}" is not in half precision.`);
  const { buffer, byteOffset, byteLength } = file.readTensor(name);
  return fromHalf(new Uint16Array(buffer, byteOffset, byteLength / 2));
}
