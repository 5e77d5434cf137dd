/**
 * @file Reading GGUF: header, metadata of every type, tensor table, tensor bytes by offset. The transformer loads models with it,
 * ggufAdapter reads adapters, training/checkpoint reads checkpoints. Writing is in ggufWriter.ts.
 * Format: ggml's docs/gguf.md, versions 2 and 3, little-endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Disposable } from '../util/dispose.ts';

/** The file is not a GGUF, is cut off, or contradicts itself. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
}

export const ggufMagic = 0x46554747; // 'GGUF', little-endian
export const defaultAlignment = 32;

/** Type ids of metadata values, in the file's numbering. */
export const valueTypeIds = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export type GgufValueType = keyof typeof valueTypeIds;

const valueTypeById: ReadonlyMap<number, GgufValueType> = new Map(
  (Object.entries(valueTypeIds) as [GgufValueType, number][]).map(([name, id]) => [id, name]),
);

type NumberType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64';

/** A metadata value with the type that it has in the file; 64-bit integers are bigint so that nothing is lost. */
export type GgufValue =
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'uint64' | 'int64'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | GgufArray;

export type GgufArray =
  | { readonly type: 'array'; readonly of: NumberType; readonly value: readonly number[] }
  | { readonly type: 'array'; readonly of: 'uint64' | 'int64'; readonly value: readonly bigint[] }
  | { readonly type: 'array'; readonly of: 'bool'; readonly value: readonly boolean[] }
  | { readonly type: 'array'; readonly of: 'string'; readonly value: readonly string[] }
  | { readonly type: 'array'; readonly of: 'array'; readonly value: readonly GgufArray[] };

interface GgmlType {
  readonly name: string;
  /** Elements and bytes of one block; a row is a whole number of blocks. */
  readonly blockSize: number;
  readonly blockBytes: number;
}

const type = (name: string, blockSize: number, blockBytes: number): GgmlType => ({
  name,
  blockSize,
  blockBytes,
});

/** ggml's tensor types by id (ggml.h `ggml_type`). */
export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map([
  [0, type('F32', 1, 4)],
  [1, type('F16', 1, 2)],
  [2, type('Q4_0', 32, 18)],
  [3, type('Q4_1', 32, 20)],
  [6, type('Q5_0', 32, 22)],
  [7, type('Q5_1', 32, 24)],
  [8, type('Q8_0', 32, 34)],
  [9, type('Q8_1', 32, 36)],
  [10, type('Q2_K', 256, 84)],
  [11, type('Q3_K', 256, 110)],
  [12, type('Q4_K', 256, 144)],
  [13, type('Q5_K', 256, 176)],
  [14, type('Q6_K', 256, 210)],
  [15, type('Q8_K', 256, 292)],
  [16, type('IQ2_XXS', 256, 66)],
  [17, type('IQ2_XS', 256, 74)],
  [18, type('IQ3_XXS', 256, 98)],
  [19, type('IQ1_S', 256, 50)],
  [20, type('IQ4_NL', 32, 18)],
  [21, type('IQ3_S', 256, 110)],
  [22, type('IQ2_S', 256, 82)],
  [23, type('IQ4_XS', 256, 136)],
  [24, type('I8', 1, 1)],
  [25, type('I16', 1, 2)],
  [26, type('I32', 1, 4)],
  [27, type('I64', 1, 8)],
  [28, type('F64', 1, 8)],
  [29, type('IQ1_M', 256, 56)],
  [30, type('BF16', 1, 2)],
  [34, type('TQ1_0', 256, 54)],
  [35, type('TQ2_0', 256, 66)],
  [39, type('MXFP4', 32, 17)],
]);

/** Ids of the types that this project writes or handles by name. */
export const GGML_F32 = 0;
export const GGML_F16 = 1;
export const GGML_Q8_0 = 8;

/** "Q4_K", or "type 99" for an id that ggml did not have when this was written. */
export function ggmlTypeName(id: number): string {
  return ggmlTypes.get(id)?.name ?? `type ${id}`;
}

/**
 * Bytes of a tensor of ggml type `id` and `shape` (ggml order).
 * @throws GgufError for an unknown type, or a row that is no whole number of blocks
 */
export function tensorSizeBytes(id: number, shape: readonly number[]): number {
  const found = ggmlTypes.get(id);
  if (found === undefined) throw new GgufError(`Unknown tensor type ${id}.`);
  const row = shape[0] ?? 1;
  if (row % found.blockSize !== 0) {
    throw new GgufError(`A row of ${row} elements is no whole number of ${found.name} blocks.`);
  }
  return (shape.reduce((product, n) => product * n, 1) / found.blockSize) * found.blockBytes;
}

export interface GgufTensor {
  readonly name: string;
  /** ggml order: the fastest dimension first. */
  readonly shape: readonly number[];
  /** ggml type id, {@link ggmlTypes}. */
  readonly type: number;
  /** From the start of the file. */
  readonly offset: number;
  /** NaN where the type is unknown: such a tensor can be listed, not read. */
  readonly sizeBytes: number;
}

/** An open GGUF file. The header is read at once, tensor data only when asked for. Dispose it. */
export class GgufFile implements Disposable {
  readonly path: string;
  readonly version: number;
  readonly alignment: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly #file: number;
  #open = true;

  /** @throws GgufError, or the file system's error */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'r');
    try {
      const header = readHeader(new Cursor(this.#file, path));
      this.version = header.version;
      this.alignment = header.alignment;
      this.metadata = header.metadata;
      this.tensors = header.tensors;
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  tensor(name: string): GgufTensor {
    const found = this.tensors.get(name);
    if (found === undefined) throw new GgufError(`${this.path} has no tensor "${name}".`);
    return found;
  }

  /** The tensor's bytes as they are in the file, in a Buffer of their own. */
  readTensor(name: string): Buffer {
    const { offset, sizeBytes, type: id } = this.tensor(name);
    if (Number.isNaN(sizeBytes)) throw new GgufError(`"${name}" has the unknown ${ggmlTypeName(id)}.`);
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    let done = 0;
    while (done < sizeBytes) {
      const count = readSync(this.#file, bytes, done, sizeBytes - done, offset + done);
      if (count === 0) throw new GgufError(`${this.path} ends within "${name}".`);
      done += count;
    }
    return bytes;
  }

  /** @throws GgufError where the key is absent (and no `fallback` given) or no number */
  number(key: string, fallback?: number): number {
    const found = this.metadata.get(key);
    if (found === undefined && fallback !== undefined) return fallback;
    if (typeof found?.value === 'number') return found.value;
    if (typeof found?.value === 'bigint') return Number(found.value);
    throw new GgufError(`${this.path}: "${key}" is ${found === undefined ? 'missing' : 'no number'}.`);
  }

  /** @throws GgufError where the key is absent (and no `fallback` given) or no string */
  string(key: string, fallback?: string): string {
    const found = this.metadata.get(key);
    if (found === undefined && fallback !== undefined) return fallback;
    if (found?.type === 'string') return found.value;
    throw new GgufError(`${this.path}: "${key}" is ${found === undefined ? 'missing' : 'no string'}.`);
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }
}

interface Header {
  readonly version: number;
  readonly alignment: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

function readHeader(cursor: Cursor): Header {
  if (cursor.sizeBytes < 24 || cursor.uint32() !== ggufMagic) {
    throw new GgufError(`${cursor.path} is no GGUF file.`);
  }
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    throw new GgufError(`${cursor.path} has GGUF version ${version}; 2 and 3 are known.`);
  }
  const tensorCount = cursor.count(24);
  const keyCount = cursor.count(13);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.string();
    if (metadata.has(key)) throw new GgufError(`${cursor.path} has the key "${key}" twice.`);
    metadata.set(key, readValue(cursor, readValueType(cursor)));
  }
  const declared = metadata.get('general.alignment');
  const alignment = declared?.type === 'uint32' ? declared.value : defaultAlignment;
  if (alignment === 0 || alignment % 8 !== 0) {
    throw new GgufError(`${cursor.path} has the alignment ${alignment}.`);
  }
  const table: Omit<GgufTensor, 'sizeBytes'>[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    const dimensions = cursor.uint32();
    if (dimensions > 4) throw new GgufError(`"${name}" has ${dimensions} dimensions; at most 4 are allowed.`);
    const shape = Array.from({ length: dimensions }, () => cursor.size());
    table.push({ name, shape, type: cursor.uint32(), offset: cursor.size() });
  }
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const entry of table) {
    if (tensors.has(entry.name)) throw new GgufError(`${cursor.path} has the tensor "${entry.name}" twice.`);
    const sizeBytes = ggmlTypes.has(entry.type) ? tensorSizeBytes(entry.type, entry.shape) : NaN;
    const offset = dataStart + entry.offset;
    if (entry.offset % alignment !== 0) throw new GgufError(`"${entry.name}" is not aligned.`);
    if (offset + sizeBytes > cursor.sizeBytes) {
      throw new GgufError(`${cursor.path} is cut off: "${entry.name}" ends behind the file's end.`);
    }
    tensors.set(entry.name, { ...entry, offset, sizeBytes });
  }
  return { version, alignment, metadata, tensors };
}

function readValueType(cursor: Cursor): GgufValueType {
  const id = cursor.uint32();
  const found = valueTypeById.get(id);
  if (found === undefined) throw new GgufError(`${cursor.path} has a value of the unknown type ${id}.`);
  return found;
}

function readValue(cursor: Cursor, of: GgufValueType): GgufValue {
  switch (of) {
    case 'array':
      return readArray(cursor);
    case 'uint64':
    case 'int64':
      return { type: of, value: cursor.bigint(of) };
    case 'bool':
      return { type: of, value: cursor.bool() };
    case 'string':
      return { type: of, value: cursor.string() };
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64':
      return { type: of, value: cursor.number(of) };
  }
}

function readArray(cursor: Cursor): GgufArray {
  const of = readValueType(cursor);
  const count = cursor.count(1);
  const all = <T>(read: () => T): T[] => {
    const items: T[] = []; // grown one by one: a false count must not reserve memory
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  };
  switch (of) {
    case 'array':
      return { type: 'array', of, value: all(() => readArray(cursor)) };
    case 'uint64':
    case 'int64':
      return { type: 'array', of, value: all(() => cursor.bigint(of)) };
    case 'bool':
      return { type: 'array', of, value: all(() => cursor.bool()) };
    case 'string':
      return { type: 'array', of, value: all(() => cursor.string()) };
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64':
      return { type: 'array', of, value: all(() => cursor.number(of)) };
  }
}

/** Reads forward through the file in windows of a mebibyte or more. */
class Cursor {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #file: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  #at = 0;

  constructor(file: number, path: string) {
    this.#file = file;
    this.path = path;
    this.sizeBytes = fstatSync(file).size;
  }

  get position(): number {
    return this.#windowStart + this.#at;
  }

  /** Makes `count` bytes available and returns where they start in the window. */
  #take(count: number): number {
    if (this.position + count > this.sizeBytes) throw new GgufError(`${this.path} is cut off in its header.`);
    if (this.#at + count > this.#window.length) {
      const start = this.position;
      const window = Buffer.allocUnsafe(Math.min(Math.max(count, 1 << 20), this.sizeBytes - start));
      let done = 0;
      while (done < window.length) {
        const read = readSync(this.#file, window, done, window.length - done, start + done);
        if (read === 0) throw new GgufError(`${this.path} is cut off in its header.`);
        done += read;
      }
      this.#window = window;
      this.#windowStart = start;
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  uint32(): number {
    const at = this.#take(4);
    return this.#window.readUInt32LE(at);
  }

  bigint(of: 'uint64' | 'int64'): bigint {
    const at = this.#take(8);
    return of === 'uint64' ? this.#window.readBigUInt64LE(at) : this.#window.readBigInt64LE(at);
  }

  /** An unsigned 64-bit number that must be a safe integer. */
  size(): number {
    const value = this.bigint('uint64');
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new GgufError(`${this.path} has the size ${String(value)}.`);
    return Number(value);
  }

  /** A number of things that take at least `bytesEach` in the rest of the file. */
  count(bytesEach: number): number {
    const value = this.size();
    if (value * bytesEach > this.sizeBytes - this.position) {
      throw new GgufError(`${this.path} announces ${value} entries, more than fit into the file.`);
    }
    return value;
  }

  bool(): boolean {
    const at = this.#take(1);
    return this.#window.readUInt8(at) !== 0;
  }

  string(): string {
    const length = this.count(1);
    const at = this.#take(length);
    return this.#window.toString('utf8', at, at + length);
  }

  number(of: NumberType): number {
    const at = this.#take(numberSizes[of]);
    const window = this.#window;
    switch (of) {
      case 'uint8':
        return window.readUInt8(at);
      case 'int8':
        return window.readInt8(at);
      case 'uint16':
        return window.readUInt16LE(at);
      case 'int16':
        return window.readInt16LE(at);
      case 'uint32':
        return window.readUInt32LE(at);
      case 'int32':
        return window.readInt32LE(at);
      case 'float32':
        return window.readFloatLE(at);
      case 'float64':
        return window.readDoubleLE(at);
    }
  }
}

const numberSizes: Readonly<Record<NumberType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
};
