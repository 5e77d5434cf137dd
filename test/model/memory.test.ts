/** @file What the engine refuses before it takes memory, what it takes, and that nothing grows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../server/src/tensor/backend.ts';
import type { ComputeBackend } from '../../server/src/tensor/backend.ts';
import { GgufFile } from '../../server/src/tensor/gguf.ts';
import { writeGguf } from '../../server/src/tensor/ggufWriter.ts';
import { pack } from '../../server/src/tensor/packing.ts';
import type { Batch } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import type { Transformer } from '../../server/src/tensor/transformer.ts';
import { randomIds, uniform } from '../support/random.ts';
import { writeTinyModel } from '../support/tinyModels.ts';

let folder = '';
let modelPath = '';
let backend: ComputeBackend;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-memory-'));
  modelPath = join(folder, 'model.gguf');
  writeTinyModel(modelPath, { architecture: 'llama', tied: true, type: 'Q4_1', seed: 1 });
  backend = openBackend({ threads: 1 });
});
afterAll(() => {
  backend.dispose();
  rmSync(folder, { recursive: true });
});

const lora = { rank: 4, alpha: 8, seed: 1 };

function randomBatch(random: () => number, sequences: number): Batch {
  return pack(
    Array.from({ length: sequences }, () => ({
      prompt: randomIds(random, 1 + Math.floor(8 * random())),
      completion: randomIds(random, 1 + Math.floor(20 * random())),
    })),
  );
}

function withModel<T>(use: (transformer: Transformer) => T, on: ComputeBackend = backend): T {
  const transformer = loadTransformer(on, modelPath, { lora, mode: 'keep', maxTokens: 256 });
  try {
    return use(transformer);
  } finally {
    transformer.dispose();
  }
}

describe('before loading', () => {
  it('refuses a model that does not fit and says how much it needs', () => {
    expect(() => loadTransformer(backend, modelPath, { lora, maxTokens: 256, freeBytes: 1e6 })).toThrow(
      /needs \d+ MiB of memory; 1 MiB/,
    );
  });

  it('chooses to compute activations again when keeping them does not fit', () => {
    const needOf = (mode: 'keep' | 'recompute'): number => {
      const transformer = loadTransformer(backend, modelPath, { lora, mode, maxTokens: 256 });
      transformer.dispose();
      return transformer.memoryNeed.total;
    };
    const freeBytes = (needOf('keep') + needOf('recompute')) / 2;
    const transformer = loadTransformer(backend, modelPath, { lora, maxTokens: 256, freeBytes });
    transformer.dispose();
    expect(transformer.mode).toBe('recompute');
  });

  it('names an architecture that it does not support', () => {
    const path = join(folder, 'gemma.gguf');
    const file = new GgufFile(modelPath);
    const metadata = new Map(file.metadata).set('general.architecture', { type: 'string', value: 'gemma3' });
    file.dispose();
    writeGguf(path, metadata, []);
    expect(() => loadTransformer(backend, path, { lora, maxTokens: 256 })).toThrow(/"gemma3"/);
  });

  it('names a tensor type that it does not support', () => {
    const path = join(folder, 'iq2.gguf');
    const file = new GgufFile(modelPath);
    const tensor = { name: 'token_embd.weight', shape: [256, 1], type: 16, bytes: new Uint8Array(66) };
    writeGguf(path, file.metadata, [tensor]);
    file.dispose();
    expect(() => loadTransformer(backend, path, { lora, maxTokens: 256 })).toThrow(/IQ2_XXS/);
  });
});

describe('while training', () => {
  it('takes no more native memory than was computed beforehand', () => {
    withModel((transformer) => {
      transformer.run(randomBatch(uniform(2), 8), { training: true });
      expect(transformer.nativeBytes).toBeLessThanOrEqual(transformer.memoryNeed.total);
    });
  });

  it('holds the same native memory after 1,000 steps as after the largest batch', () => {
    withModel((transformer) => {
      const random = uniform(3);
      transformer.run(
        randomBatch(() => 0.999, 6),
        { training: true },
      );
      for (let step = 0; step < 50; step++) transformer.run(randomBatch(random, 3), { training: true });
      const [native, resident] = [transformer.nativeBytes, process.memoryUsage.rss()];
      for (let step = 0; step < 950; step++) transformer.run(randomBatch(random, 3), { training: true });
      expect(transformer.nativeBytes).toBe(native);
      expect(process.memoryUsage.rss() - resident).toBeLessThan(64 * 2 ** 20); // a leaked graph a step would be 300 MB
    });
  });
});

describe('a second backend', () => {
  it('gives the gradients of one backend when the scheduler spreads the graph over two', () => {
    const batch = randomBatch(uniform(4), 3);
    const gradients = (transformer: Transformer): Float32Array[] => {
      transformer.run(batch, { training: true });
      return transformer.readGradients().map((values) => values.slice());
    };
    const alone = withModel(gradients);
    const twice = openBackend({ threads: 1, device: 'cpuTwice' });
    try {
      expect(withModel(gradients, twice)).toEqual(alone);
      expect(twice.fallbackOperations).toEqual([]);
    } finally {
      twice.dispose();
    }
  });
});
