/** @file Writing GGUF version 3, atomically. Callers: ggufAdapter, training/checkpoint, the tiny models of the tests. */
import { atomicWriteParts } from '../util/atomicWrite.ts';
import { defaultAlignment, GgufError, ggufMagic, tensorSizeBytes, valueTypeIds } from './gguf.ts';
import type { GgufArray, GgufValue } from './gguf.ts';

export interface GgufTensorData {
  readonly name: string;
  /** ggml order: the fastest dimension first. */
  readonly shape: readonly number[];
  /** ggml type id. */
  readonly type: number;
  /** As they stand in the file, little-endian; exactly {@link tensorSizeBytes} long. */
  readonly bytes: Uint8Array;
}

/**
 * Replaces `path` by a GGUF of these keys and tensors, in this order; a crash leaves the old file or the new one.
 * `general.alignment` is honoured where it is given. @throws GgufError for a tensor whose bytes do not fit its shape
 */
export function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensorData[],
): void {
  atomicWriteParts(path, ggufParts(metadata, tensors));
}

/** The file's content in pieces, tensor bytes uncopied. */
export function ggufParts(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensorData[],
): Uint8Array[] {
  const declared = metadata.get('general.alignment');
  const alignment = declared?.type === 'uint32' ? declared.value : defaultAlignment;
  const padding = (size: number): number => (alignment - (size % alignment)) % alignment;

  const out = new Output();
  out.uint32(ggufMagic);
  out.uint32(3);
  out.size(tensors.length);
  out.size(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    out.uint32(valueTypeIds[value.type]);
    writeValue(out, value);
  }
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    const expected = tensorSizeBytes(type, shape);
    if (bytes.byteLength !== expected) {
      throw new GgufError(`"${name}" has ${bytes.byteLength} bytes; its shape needs ${expected}.`);
    }
    out.string(name);
    out.uint32(shape.length);
    for (const n of shape) out.size(n);
    out.uint32(type);
    out.size(offset);
    offset += bytes.byteLength + padding(bytes.byteLength);
  }
  const header = out.bytes();
  const parts: Uint8Array[] = [header, new Uint8Array(padding(header.byteLength))];
  for (const { bytes } of tensors) parts.push(bytes, new Uint8Array(padding(bytes.byteLength)));
  return parts;
}

function writeValue(out: Output, value: GgufValue): void {
  switch (value.type) {
    case 'array':
      writeArray(out, value);
      return;
    case 'bool':
      out.number('uint8', value.value ? 1 : 0);
      return;
    case 'string':
      out.string(value.value);
      return;
    case 'uint64':
    case 'int64':
      out.bigint(value.type, value.value);
      return;
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64':
      out.number(value.type, value.value);
  }
}

function writeArray(out: Output, array: GgufArray): void {
  out.uint32(valueTypeIds[array.of]);
  out.size(array.value.length);
  switch (array.of) {
    case 'array':
      for (const item of array.value) writeArray(out, item);
      return;
    case 'bool':
      for (const item of array.value) out.number('uint8', item ? 1 : 0);
      return;
    case 'string':
      for (const item of array.value) out.string(item);
      return;
    case 'uint64':
    case 'int64':
      for (const item of array.value) out.bigint(array.of, item);
      return;
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64':
      for (const item of array.value) out.number(array.of, item);
  }
}

/** Bytes that grow at the end. Numbers out of their type's range throw RangeError (Buffer's own check). */
class Output {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(this.#length, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  uint32(value: number): void {
    this.number('uint32', value);
  }

  size(value: number): void {
    this.bigint('uint64', BigInt(value));
  }

  bigint(type: 'uint64' | 'int64', value: bigint): void {
    const at = this.#reserve(8);
    if (type === 'uint64') this.#buffer.writeBigUInt64LE(value, at);
    else this.#buffer.writeBigInt64LE(value, at);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.size(length);
    const at = this.#reserve(length);
    this.#buffer.write(value, at);
  }

  number(
    type: 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64',
    value: number,
  ): void {
    switch (type) {
      case 'uint8': {
        const at = this.#reserve(1);
        this.#buffer.writeUInt8(value, at);
        return;
      }
      case 'int8': {
        const at = this.#reserve(1);
        this.#buffer.writeInt8(value, at);
        return;
      }
      case 'uint16': {
        const at = this.#reserve(2);
        this.#buffer.writeUInt16LE(value, at);
        return;
      }
      case 'int16': {
        const at = this.#reserve(2);
        this.#buffer.writeInt16LE(value, at);
        return;
      }
      case 'uint32': {
        const at = this.#reserve(4);
        this.#buffer.writeUInt32LE(value, at);
        return;
      }
      case 'int32': {
        const at = this.#reserve(4);
        this.#buffer.writeInt32LE(value, at);
        return;
      }
      case 'float32': {
        const at = this.#reserve(4);
        this.#buffer.writeFloatLE(value, at);
        return;
      }
      case 'float64': {
        const at = this.#reserve(8);
        this.#buffer.writeDoubleLE(value, at);
      }
    }
  }
}
