/**
 * @file LoRA adapters on disk, in the layout that llama.cpp loads: NAME.lora_a [nIn, r] and NAME.lora_b [r, nOut], scale α / r.
 * Own keys stand under `second_draft.*` and say where the adapter comes from.
 */
import { GGML_F16, GGML_F32, GgufError, GgufFile, ggmlTypeName } from './gguf.ts';
import type { GgufValue } from './gguf.ts';
import { writeGguf } from './ggufWriter.ts';
import type { GgufTensorData } from './ggufWriter.ts';

/** The adapter of one linear. B is kept transposed, as the engine uses it (ENGINE §3). */
export interface LoraPair {
  /** The base weight: `blk.0.attn_q.weight` … */
  readonly name: string;
  readonly nIn: number;
  readonly nOut: number;
  /** [nIn, r] in ggml order: r rows of nIn. */
  readonly a: Float32Array;
  /** [nOut, r] in ggml order: r rows of nOut. */
  readonly bt: Float32Array;
}

export interface AdapterProvenance {
  /** SHA-256 of the base model's file, in hexadecimal. */
  readonly baseModelSha256: string;
  /** What the adapter was trained from; null for a fresh one. */
  readonly parent: string | null;
  /** Optimiser updates since then. */
  readonly step: number;
  /** The training configuration, as JSON values. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface LoraAdapter {
  /** `general.architecture` of the base: llama, qwen2, qwen3. */
  readonly architecture: string;
  readonly rank: number;
  readonly alpha: number;
  readonly pairs: readonly LoraPair[];
  readonly provenance: AdapterProvenance;
}

/**
 * Writes `adapter` to `path`, atomically. 'f32' reads back bit for bit; 'f16' halves the file and rounds.
 * llama.cpp keeps loaded adapters by path: give every version a path of its own (ENGINE §9).
 */
export function writeAdapter(path: string, adapter: LoraAdapter, precision: 'f32' | 'f16' = 'f32'): void {
  const { provenance } = adapter;
  const metadata = new Map<string, GgufValue>([
    ['general.type', { type: 'string', value: 'adapter' }],
    ['general.architecture', { type: 'string', value: adapter.architecture }],
    ['adapter.type', { type: 'string', value: 'lora' }],
    ['adapter.lora.alpha', { type: 'float32', value: adapter.alpha }],
    ['second_draft.base_sha256', { type: 'string', value: provenance.baseModelSha256 }],
    ['second_draft.parent', { type: 'string', value: provenance.parent ?? '' }],
    ['second_draft.step', { type: 'uint32', value: provenance.step }],
    ['second_draft.config', { type: 'string', value: JSON.stringify(provenance.config) }],
  ]);
  const tensors: GgufTensorData[] = [];
  const { rank } = adapter;
  for (const { name, nIn, nOut, a, bt } of adapter.pairs) {
    if (a.length !== nIn * rank || bt.length !== nOut * rank) {
      throw new GgufError(`"${name}" does not hold ${nIn} × ${rank} and ${nOut} × ${rank} values.`);
    }
    tensors.push(
      tensorOf(`${name}.lora_a`, [nIn, rank], a, precision),
      tensorOf(`${name}.lora_b`, [rank, nOut], transpose(bt, rank, nOut), precision),
    );
  }
  writeGguf(path, metadata, tensors);
}

/** @throws GgufError where the file is no LoRA adapter, or its tensors do not form pairs of one rank */
export function readAdapter(path: string): LoraAdapter {
  const file = new GgufFile(path);
  try {
    return adapterIn(file);
  } finally {
    file.dispose();
  }
}

function adapterIn(file: GgufFile): LoraAdapter {
  const { path } = file;
  if (file.string('general.type', '') !== 'adapter' || file.string('adapter.type', '') !== 'lora') {
    throw new GgufError(`${path} is no LoRA adapter.`);
  }
  const pairs: LoraPair[] = [];
  let rank = 0;
  for (const [tensorName, { shape }] of file.tensors) {
    if (!tensorName.endsWith('.lora_a')) continue;
    const name = tensorName.slice(0, -'.lora_a'.length);
    const [nIn = 0, r = 0] = shape;
    const [rB = 0, nOut = 0] = file.tensor(`${name}.lora_b`).shape;
    rank ||= r;
    if (r !== rank || rB !== rank)
      throw new GgufError(`${path}: "${name}" has rank ${r} and ${rB}, not ${rank}.`);
    const a = floatsOf(file, tensorName);
    pairs.push({ name, nIn, nOut, a, bt: transpose(floatsOf(file, `${name}.lora_b`), nOut, rank) });
  }
  if (pairs.length === 0) throw new GgufError(`${path} holds no adapter tensors.`);
  return {
    architecture: file.string('general.architecture'),
    rank,
    alpha: file.number('adapter.lora.alpha'),
    pairs,
    provenance: {
      baseModelSha256: file.string('second_draft.base_sha256', ''),
      parent: file.string('second_draft.parent', '') || null,
      step: file.number('second_draft.step', 0),
      config: parseConfig(file.string('second_draft.config', '{}'), path),
    },
  };
}

function parseConfig(json: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new GgufError(`${path}: the training configuration is no JSON.`, { cause });
  }
  throw new GgufError(`${path}: the training configuration is no object.`);
}

/** `rows` rows of `columns` → `columns` rows of `rows`. */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j]!; // within rows × columns
  }
  return out;
}

function tensorOf(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  precision: 'f32' | 'f16',
): GgufTensorData {
  if (precision === 'f16') return { name, shape, type: GGML_F16, bytes: bytesOf(toHalf(values)) };
  return { name, shape, type: GGML_F32, bytes: bytesOf(values) };
}

function floatsOf(file: GgufFile, name: string): Float32Array {
  const { type } = file.tensor(name);
  const { buffer, byteOffset, byteLength } = file.readTensor(name);
  if (type === GGML_F32) return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (type === GGML_F16) return fromHalf(new Uint16Array(buffer, byteOffset, byteLength / 2));
  throw new GgufError(`"${name}" is ${ggmlTypeName(type)}; adapters are read in F32 and F16.`);
}

/** The bytes of a typed array, uncopied. Little-endian hosts only, as are all that ggml's binaries are shipped for. */
export function bytesOf(values: Float32Array | Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** IEEE 754 half precision, round to nearest even. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = halfOf(bits[i]!, values[i]!); // in range
  return out;
}

/** @param x the bits of `value` */
function halfOf(x: number, value: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to infinity
  if (magnitude < 0x38800000) {
    // below 2⁻¹⁴: a multiple of 2⁻²⁴, rounded by hand
    const scaled = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** All 65,536 halves as floats, made when first needed. */
let floats: Float32Array | undefined;

export function fromHalf(halves: Uint16Array): Float32Array {
  const table = (floats ??= Float32Array.from({ length: 65_536 }, (_, h) => floatOf(h)));
  const out = new Float32Array(halves.length);
  for (let i = 0; i < out.length; i++) out[i] = table[halves[i]!]!; // in range
  return out;
}

function floatOf(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >>> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The adapter's arrays in the order that optimiser states and gradients follow: a, bt of the first pair, of the second … */
export function adapterParameters(adapter: LoraAdapter): Float32Array[] {
  return adapter.pairs.flatMap(({ a, bt }) => [a, bt]);
}
