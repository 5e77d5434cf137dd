/** @file What a GGUF header says of a model's size. main.ts opens the files. */

export interface ModelShape {
  readonly architecture: string;
  readonly layers: number;
  /** Width of one layer's keys and values together, in numbers a token; of the widest layer where they differ. */
  readonly keyValueWidth: number;
}

/** The values of a header by their keys, as tensor/gguf.ts reads them. */
export type HeaderValues = ReadonlyMap<string, { readonly value: unknown }>;

/** A header that is whole, but says of the model's size nothing that is known here. */
export class UnknownShapeError extends Error {
  override readonly name = 'UnknownShapeError';
  readonly architecture: string;

  constructor(architecture: string, key: string) {
    super(`its header has no ${key}`);
    this.architecture = architecture;
  }
}

/** @throws UnknownShapeError where a key is missing that all models with a chat have */
export function shapeOf(header: HeaderValues): ModelShape {
  const architecture = header.get('general.architecture')?.value;
  if (typeof architecture !== 'string') throw new UnknownShapeError('unknown', 'general.architecture');
  const number = (key: string, fallback?: number): number => {
    const found = largest(header.get(`${architecture}.${key}`)?.value) ?? fallback;
    if (found === undefined) throw new UnknownShapeError(architecture, `${architecture}.${key}`);
    return found;
  };
  const layers = number('block_count');
  const heads = number('attention.head_count');
  // Layers without attention keep nothing for each token.
  const headWidth = heads === 0 ? 0 : number('embedding_length') / heads;
  return {
    architecture,
    layers,
    keyValueWidth:
      number('attention.head_count_kv', heads) *
      (number('attention.key_length', headWidth) + number('attention.value_length', headWidth)),
  };
}

/** A number, or the largest of those that stand there layer by layer (LFM2, Granite 4, OpenELM). */
function largest(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const numbers = value.map((one) => largest(one) ?? NaN);
  const most = numbers.reduce((a, b) => Math.max(a, b));
  return Number.isNaN(most) ? undefined : most;
}
