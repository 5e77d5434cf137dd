import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GgufError, GgufFile, tensorSizeBytes } from '../../../server/src/tensor/gguf.ts';
import type { GgufValue } from '../../../server/src/tensor/gguf.ts';
import {
  bytesOf,
  fromHalf,
  readAdapter,
  toHalf,
  writeAdapter,
} from '../../../server/src/tensor/ggufAdapter.ts';
import type { LoraAdapter } from '../../../server/src/tensor/ggufAdapter.ts';
import { ggufParts, writeGguf } from '../../../server/src/tensor/ggufWriter.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function withFile<T>(path: string, use: (file: GgufFile) => T): T {
  const file = new GgufFile(path);
  try {
    return use(file);
  } finally {
    file.dispose();
  }
}

const everyType = new Map<string, GgufValue>([
  ['u8', { type: 'uint8', value: 255 }],
  ['i8', { type: 'int8', value: -128 }],
  ['u16', { type: 'uint16', value: 65535 }],
  ['i16', { type: 'int16', value: -32768 }],
  ['u32', { type: 'uint32', value: 4294967295 }],
  ['i32', { type: 'int32', value: -2147483648 }],
  ['f32', { type: 'float32', value: Math.fround(1e-5) }],
  ['f64', { type: 'float64', value: Math.PI }],
  ['u64', { type: 'uint64', value: 2n ** 64n - 1n }],
  ['i64', { type: 'int64', value: -(2n ** 63n) }],
  ['yes', { type: 'bool', value: true }],
  ['text', { type: 'string', value: 'ä 語 \u{1F600}' }],
  ['strings', { type: 'array', of: 'string', value: ['', 'a'] }],
  ['numbers', { type: 'array', of: 'int32', value: [-1, 0, 1] }],
  ['bigs', { type: 'array', of: 'uint64', value: [1n, 2n] }],
  ['flags', { type: 'array', of: 'bool', value: [true, false] }],
  ['nested', { type: 'array', of: 'array', value: [{ type: 'array', of: 'uint8', value: [1, 2] }] }],
]);

const tensors = [
  { name: 'one', shape: [3], type: 0, bytes: bytesOf(Float32Array.of(1, 2, 3)) },
  { name: 'quantised', shape: [32, 2], type: 8, bytes: Uint8Array.from({ length: 68 }, (_, i) => i) },
  { name: 'cube', shape: [2, 2, 2], type: 1, bytes: Uint8Array.from({ length: 16 }, (_, i) => 255 - i) },
];

describe('a GGUF file', () => {
  it('reads back every type of metadata and every tensor byte', () => {
    const path = join(folder, 'a.gguf');
    writeGguf(path, everyType, tensors);
    withFile(path, (file) => {
      expect(file.version).toBe(3);
      expect(new Map(file.metadata)).toEqual(everyType);
      for (const { name, shape, type, bytes } of tensors) {
        expect(file.tensor(name)).toMatchObject({ shape, type, sizeBytes: bytes.byteLength });
        expect(file.tensor(name).offset % 32).toBe(0);
        expect(new Uint8Array(file.readTensor(name))).toEqual(bytes);
      }
    });
  });

  it('honours the alignment that the metadata names', () => {
    const path = join(folder, 'a.gguf');
    writeGguf(path, new Map([['general.alignment', { type: 'uint32', value: 256 }]]), tensors);
    withFile(path, (file) => {
      expect([...file.tensors.values()].map(({ offset }) => offset % 256)).toEqual([0, 0, 0]);
      expect(new Uint8Array(file.readTensor('cube'))).toEqual(tensors[2]!.bytes);
    });
  });

  it('answers with the fallback for an absent key and refuses a wrong kind', () => {
    const path = join(folder, 'a.gguf');
    writeGguf(path, everyType, []);
    withFile(path, (file) => {
      expect(file.number('absent', 7)).toBe(7);
      expect(file.number('u64')).toBe(2 ** 64);
      expect(file.string('text')).toBe('ä 語 \u{1F600}');
      expect(() => file.number('absent')).toThrow(GgufError);
      expect(() => file.number('text', 1)).toThrow(/no number/);
      expect(() => file.tensor('absent')).toThrow(/no tensor "absent"/);
    });
  });

  it('is refused with a GgufError wherever it is cut off', () => {
    const whole = Buffer.concat(ggufParts(everyType, tensors));
    const path = join(folder, 'cut.gguf');
    const lastByte = whole.length - 17; // the last tensor ends before the padding
    for (let length = 0; length < lastByte; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => new GgufFile(path), `cut at ${length}`).toThrow(GgufError);
    }
  });

  it('never takes memory or crashes for damaged bytes: it opens or throws a GgufError', () => {
    const whole = Buffer.concat(ggufParts(everyType, tensors));
    const path = join(folder, 'damaged.gguf');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] = damaged[at]! ^ change;
        writeFileSync(path, damaged);
        try {
          new GgufFile(path).dispose();
        } catch (error) {
          expect(error).toBeInstanceOf(GgufError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lists a tensor of an unknown type but does not read it', () => {
    const path = join(folder, 'a.gguf');
    const bytes = Buffer.concat(ggufParts(new Map(), [tensors[0]!]));
    bytes.writeUInt32LE(99, 24 + 8 + 3 + 4 + 8);
    writeFileSync(path, bytes);
    withFile(path, (file) => {
      expect(file.tensor('one').type).toBe(99);
      expect(() => file.readTensor('one')).toThrow(/type 99/);
    });
  });

  it('is not written when a tensor does not fit its shape', () => {
    const path = join(folder, 'a.gguf');
    expect(() => writeGguf(path, new Map(), [{ ...tensors[0]!, shape: [4] }])).toThrow(GgufError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('counts bytes by blocks and refuses rows that are no whole number of them', () => {
    expect(tensorSizeBytes(2, [64, 3])).toBe(108);
    expect(tensorSizeBytes(14, [256, 2])).toBe(420);
    expect(() => tensorSizeBytes(12, [32])).toThrow(GgufError);
    expect(() => tensorSizeBytes(99, [1])).toThrow(GgufError);
  });
});

const adapter: LoraAdapter = {
  architecture: 'llama',
  rank: 2,
  alpha: 4,
  pairs: [
    {
      name: 'blk.0.attn_q.weight',
      nIn: 3,
      nOut: 4,
      a: Float32Array.from({ length: 6 }, (_, i) => Math.sin(i)),
      bt: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i) * 1e-7),
    },
  ],
  provenance: {
    baseModelSha256: 'ab'.repeat(32),
    parent: 'adapter-1',
    step: 12,
    config: { rank: 2, data: { seed: 7 } },
  },
};

describe('an adapter file', () => {
  it('reads back bit for bit, with where it comes from', () => {
    const path = join(folder, 'adapter.gguf');
    writeAdapter(path, adapter);
    expect(readAdapter(path)).toEqual(adapter);
  });

  it('has the layout that llama.cpp loads: A as [nIn, r], B as [r, nOut]', () => {
    const path = join(folder, 'adapter.gguf');
    writeAdapter(path, adapter);
    withFile(path, (file) => {
      expect(file.string('general.type')).toBe('adapter');
      expect(file.string('adapter.type')).toBe('lora');
      expect(file.number('adapter.lora.alpha')).toBe(4);
      expect(file.tensor('blk.0.attn_q.weight.lora_a').shape).toEqual([3, 2]);
      expect(file.tensor('blk.0.attn_q.weight.lora_b').shape).toEqual([2, 4]);
      const b = file.readTensor('blk.0.attn_q.weight.lora_b');
      const bt = adapter.pairs[0]!.bt;
      expect(b.readFloatLE(4)).toBe(bt[4]); // row 0 (output 0), rank 1
      expect(b.readFloatLE(8)).toBe(bt[1]); // row 1 (output 1), rank 0
    });
  });

  it('in half precision is half as large and rounds to the nearest half', () => {
    const path = join(folder, 'adapter.gguf');
    writeAdapter(path, adapter, 'f16');
    const { a } = readAdapter(path).pairs[0]!;
    expect(a).toEqual(fromHalf(toHalf(adapter.pairs[0]!.a)));
    a.forEach((value, i) => expect(Math.abs(value - Math.sin(i))).toBeLessThan(2 ** -11));
  });

  it('of rank 0, of unequal ranks, or of another kind is refused', () => {
    const path = join(folder, 'model.gguf');
    writeGguf(path, new Map([['general.type', { type: 'string', value: 'model' }]]), []);
    expect(() => readAdapter(path)).toThrow(/no LoRA adapter/);
    const pair = adapter.pairs[0]!;
    const short = { ...pair, a: pair.a.subarray(1) };
    expect(() => writeAdapter(path, { ...adapter, pairs: [short] })).toThrow(GgufError);
  });

  it('replaces the old file whole and leaves nothing beside it', () => {
    const path = join(folder, 'adapter.gguf');
    writeAdapter(path, adapter);
    const before = readFileSync(path);
    writeAdapter(path, { ...adapter, provenance: { ...adapter.provenance, step: 13 } });
    expect(readFileSync(path).equals(before)).toBe(false);
    expect(readAdapter(path).provenance.step).toBe(13);
    expect(readdirSync(folder)).toEqual(['adapter.gguf']);
  });
});

describe('half precision', () => {
  it('keeps every half as it is', () => {
    const all = Uint16Array.from({ length: 0x7c00 * 2 }, (_, i) => (i < 0x7c00 ? i : 0x8000 + i - 0x7c00));
    expect(toHalf(fromHalf(all))).toEqual(all);
  });

  it('rounds ties to even, overflows to infinity and keeps NaN', () => {
    const values = Float32Array.of(
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65519.996,
      65520,
      2 ** -25,
      2 ** -25 * 1.01,
      NaN,
    );
    expect([...toHalf(values)]).toEqual([0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 1, 0x7e00]);
  });
});
