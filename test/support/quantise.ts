/** @file Writes matrices in ggml's block formats, plainly: nearest values, no search for the best scales. For the tiny models. */
import { GGML_F16, GGML_F32, GGML_Q8_0 } from '../../server/src/tensor/gguf.ts';
import { bytesOf, toHalf } from '../../server/src/tensor/ggufAdapter.ts';

export type MatrixType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q4_K' | 'Q5_K' | 'Q6_K';

export function encode(values: Float32Array, type: MatrixType): { type: number; bytes: Uint8Array } {
  switch (type) {
    case 'F32':
      return { type: GGML_F32, bytes: bytesOf(values) };
    case 'F16':
      return { type: GGML_F16, bytes: bytesOf(toHalf(values)) };
    case 'Q8_0':
      return { type: GGML_Q8_0, bytes: blocks(values, 32, 34, quantiseQ8_0) };
    case 'Q4_0':
      return { type: 2, bytes: blocks(values, 32, 18, quantiseQ4_0) };
    case 'Q4_1':
      return { type: 3, bytes: blocks(values, 32, 20, quantiseQ4_1) };
    case 'Q4_K':
      return { type: 12, bytes: blocks(values, 256, 144, quantiseQ4_K) };
    case 'Q5_K':
      return { type: 13, bytes: blocks(values, 256, 176, quantiseQ5_K) };
    case 'Q6_K':
      return { type: 14, bytes: blocks(values, 256, 210, quantiseQ6_K) };
  }
}

type QuantiseBlock = (block: Float32Array, out: DataView) => void;

function blocks(
  values: Float32Array,
  length: number,
  blockBytes: number,
  quantise: QuantiseBlock,
): Uint8Array {
  const out = new Uint8Array((values.length / length) * blockBytes);
  for (let b = 0; b < values.length / length; b++) {
    quantise(
      values.subarray(b * length, (b + 1) * length),
      new DataView(out.buffer, b * blockBytes, blockBytes),
    );
  }
  return out;
}

const halfBits = (value: number): number => toHalf(Float32Array.of(value))[0]!;

/** ggml's block_q8_0: half d, 32 × int8; x = d q. */
function quantiseQ8_0(block: Float32Array, out: DataView): void {
  const d = block.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
  out.setUint16(0, halfBits(d), true);
  block.forEach((x, i) => out.setInt8(2 + i, d === 0 ? 0 : Math.round(x / d)));
}

/** ggml's block_q4_0: half d, 16 bytes with element i low and i + 16 high; x = d (q − 8). */
function quantiseQ4_0(block: Float32Array, out: DataView): void {
  const extreme = block.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  const d = extreme / -8;
  const q = (x: number): number => (d === 0 ? 8 : Math.min(15, Math.max(0, Math.floor(x / d + 8.5))));
  out.setUint16(0, halfBits(d), true);
  for (let i = 0; i < 16; i++) out.setUint8(2 + i, q(block[i]!) | (q(block[i + 16]!) << 4));
}

/** ggml's block_q4_1: half d, half m, 16 bytes as in q4_0; x = d q + m. */
function quantiseQ4_1(block: Float32Array, out: DataView): void {
  const least = Math.min(...block);
  const d = (Math.max(...block) - least) / 15;
  const q = (x: number): number => (d === 0 ? 0 : Math.min(15, Math.round((x - least) / d)));
  out.setUint16(0, halfBits(d), true);
  out.setUint16(2, halfBits(least), true);
  for (let i = 0; i < 16; i++) out.setUint8(4 + i, q(block[i]!) | (q(block[i + 16]!) << 4));
}

/**
 * d, dMin and ggml's 12 bytes of packed 6-bit scales, as block_q4_K and block_q5_K begin.
 * @returns the quants of the 256 values: x = d · scale · q − dMin · minimum, with a scale and a minimum for each 32
 */
function quantiseWithMinima(block: Float32Array, out: DataView, largest: number): number[] {
  const parts = Array.from({ length: 8 }, (_, j) => block.subarray(j * 32, j * 32 + 32));
  const lows = parts.map((part) => Math.max(0, -Math.min(...part)));
  const steps = parts.map((part, j) => (Math.max(...part) + lows[j]!) / largest);
  const d = Math.max(...steps) / 63;
  const dMin = Math.max(...lows) / 63;
  const scales = steps.map((step) => Math.max(1, Math.round(step / d)));
  const minima = lows.map((low) => (dMin === 0 ? 0 : Math.round(low / dMin)));
  const quants = parts.flatMap((part, j) =>
    Array.from(part, (x) =>
      Math.min(largest, Math.max(0, Math.round((x + dMin * minima[j]!) / (d * scales[j]!)))),
    ),
  );
  out.setUint16(0, halfBits(d), true);
  out.setUint16(2, halfBits(dMin), true);
  for (let j = 0; j < 4; j++) {
    const [scale, minimum, laterScale, laterMinimum] = [
      scales[j]!,
      minima[j]!,
      scales[j + 4]!,
      minima[j + 4]!,
    ];
    out.setUint8(4 + j, scale | ((laterScale >> 4) << 6));
    out.setUint8(8 + j, minimum | ((laterMinimum >> 4) << 6));
    out.setUint8(12 + j, (laterScale & 15) | ((laterMinimum & 15) << 4));
  }
  return quants;
}

/** ggml's block_q4_K: 16 bytes of scales, 128 bytes with elements 64 j + l low and 64 j + 32 + l high. */
function quantiseQ4_K(block: Float32Array, out: DataView): void {
  const quants = quantiseWithMinima(block, out, 15);
  for (let j = 0; j < 4; j++) {
    for (let l = 0; l < 32; l++) {
      out.setUint8(16 + 32 * j + l, quants[64 * j + l]! | (quants[64 * j + 32 + l]! << 4));
    }
  }
}

/** ggml's block_q5_K: as q4_K, with the fifth bits in 32 bytes between. */
function quantiseQ5_K(block: Float32Array, out: DataView): void {
  const quants = quantiseWithMinima(block, out, 31);
  for (let l = 0; l < 32; l++) {
    let fifthBits = 0;
    for (let j = 0; j < 4; j++) {
      const [low, high] = [quants[64 * j + l]!, quants[64 * j + 32 + l]!];
      fifthBits |= ((low >> 4) << (2 * j)) | ((high >> 4) << (2 * j + 1));
      out.setUint8(48 + 32 * j + l, (low & 15) | ((high & 15) << 4));
    }
    out.setUint8(16 + l, fifthBits);
  }
}

/** ggml's block_q6_K: 128 bytes of low and 64 of high bits, 16 × int8 scales, half d; x = d · scale · (q − 32). */
function quantiseQ6_K(block: Float32Array, out: DataView): void {
  const parts = Array.from({ length: 16 }, (_, j) => block.subarray(j * 16, j * 16 + 16));
  const steps = parts.map((part) => part.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 31);
  const d = Math.max(...steps) / 127;
  const scales = steps.map((step) => Math.max(1, Math.round(step / d)));
  const quants = parts.flatMap((part, j) =>
    Array.from(part, (x) => 32 + Math.min(31, Math.max(-32, Math.round(x / (d * scales[j]!))))),
  );
  for (let half = 0; half < 2; half++) {
    for (let l = 0; l < 32; l++) {
      const at = (quarter: number): number => quants[128 * half + 32 * quarter + l]!;
      out.setUint8(64 * half + l, (at(0) & 15) | ((at(2) & 15) << 4));
      out.setUint8(64 * half + 32 + l, (at(1) & 15) | ((at(3) & 15) << 4));
      out.setUint8(
        128 + 32 * half + l,
        (at(0) >> 4) | ((at(1) >> 4) << 2) | ((at(2) >> 4) << 4) | ((at(3) >> 4) << 6),
      );
    }
  }
  scales.forEach((scale, j) => out.setInt8(192 + j, scale));
  out.setUint16(208, halfBits(d), true);
}
