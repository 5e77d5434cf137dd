/** @file The engine's gradients against finite differences, for every kind of parameter of every architecture, in F32. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../server/src/tensor/backend.ts';
import type { ComputeBackend } from '../../server/src/tensor/backend.ts';
import { pack, packShared } from '../../server/src/tensor/packing.ts';
import type { Batch } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import type { Transformer } from '../../server/src/tensor/transformer.ts';
import { writeTinyModel } from '../support/tinyModels.ts';
import type { TinyModel } from '../support/tinyModels.ts';
import { randomIds, uniform } from '../support/random.ts';

const models: readonly (readonly [string, TinyModel])[] = [
  ['llama, tied', { architecture: 'llama', tied: true, type: 'F32', seed: 1 }],
  ['llama, untied', { architecture: 'llama', tied: false, type: 'F32', seed: 2 }],
  [
    'llama with frequency factors',
    { architecture: 'llama', tied: true, type: 'F32', seed: 3, ropeScaling: 'factors' },
  ],
  [
    'llama with linear scaling',
    { architecture: 'llama', tied: true, type: 'F32', seed: 4, ropeScaling: 'linear' },
  ],
  ['qwen2 with biases', { architecture: 'qwen2', tied: true, type: 'F32', seed: 5 }],
  ['qwen3 with q and k norms', { architecture: 'qwen3', tied: false, type: 'F32', seed: 6 }],
];

let folder = '';
let backend: ComputeBackend;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-gradients-'));
  backend = openBackend({ threads: 1 }); // small graphs: a second thread would only wait
});
afterAll(() => {
  backend.dispose();
  rmSync(folder, { recursive: true });
});

describe.each(models)('%s', (name, model) => {
  const open = (mode: 'keep' | 'recompute'): Transformer => {
    const path = join(folder, `${name}.gguf`);
    writeTinyModel(path, model);
    const transformer = loadTransformer(backend, path, {
      lora: { rank: 4, alpha: 8, seed: 7 },
      weights: 'f32',
      mode,
      maxTokens: 256,
    });
    const random = uniform(11); // B must not be zero, or A has no gradient
    transformer.adapter.pairs.forEach(({ bt }) => bt.forEach((_, i) => (bt[i] = (random() - 0.5) * 0.2)));
    transformer.uploadParameters();
    return transformer;
  };

  it('agrees with finite differences to 1e-3 for A and B of every linear, packed and with a shared prompt', () => {
    const transformer = open('keep');
    try {
      for (const batch of [packedBatch(), sharedBatch()]) {
        expect(worstRelativeError(transformer, batch)).toBeLessThan(1e-3);
      }
    } finally {
      transformer.dispose();
    }
  });

  it('gives the same gradients bit for bit whether activations are kept or computed again', () => {
    const [kept, recomputed] = (['keep', 'recompute'] as const).map((mode) => {
      const transformer = open(mode);
      try {
        return gradientsOf(transformer, packedBatch());
      } finally {
        transformer.dispose();
      }
    });
    expect(recomputed).toEqual(kept);
  });
});

function packedBatch(): Batch {
  const random = uniform(5);
  const sequence = (prompt: number, completion: number) => ({
    prompt: randomIds(random, prompt),
    completion: randomIds(random, completion),
    weights: Array.from({ length: completion }, () => 2 * random() - 0.7),
  });
  return pack([sequence(7, 9), sequence(12, 5), sequence(3, 14)]);
}

function sharedBatch(): Batch {
  const random = uniform(6);
  const completions = [randomIds(random, 6), randomIds(random, 1), randomIds(random, 9)];
  const weights = completions.map((ids) => ids.map(() => 2 * random() - 0.7));
  return packShared(randomIds(random, 10), completions, weights);
}

function gradientsOf(transformer: Transformer, batch: Batch): Float32Array[] {
  transformer.zeroGradients();
  transformer.run(batch, { training: true });
  return transformer.readGradients().map((values) => values.slice());
}

/**
 * Along the gradient mixed with as much noise (so that a wrong direction cannot pass), for one parameter array after the other, with
 * the difference formula of fourth order.
 */
function worstRelativeError(transformer: Transformer, batch: Batch): number {
  const random = uniform(9);
  const gradients = gradientsOf(transformer, batch);
  let worst = 0;
  transformer.parameters.forEach((values, index) => {
    const gradient = gradients[index]!; // same order
    const norm = Math.hypot(...gradient);
    const noise = Math.sqrt(3 / gradient.length);
    const direction = Float64Array.from(gradient, (g) => g / norm + (2 * random() - 1) * noise);
    const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0); // same length
    const before = values.slice();
    const lossAt = (step: number): number => {
      direction.forEach((d, i) => (values[i] = before[i]! + step * d)); // same length
      transformer.uploadParameters();
      return transformer.run(batch).loss;
    };
    const step = Math.min(0.1, 0.2 / Math.abs(slope));
    const difference =
      (8 * (lossAt(step) - lossAt(-step)) - (lossAt(2 * step) - lossAt(-2 * step))) / (12 * step);
    values.set(before);
    worst = Math.max(worst, Math.abs(difference - slope) / Math.abs(slope));
  });
  transformer.uploadParameters();
  return worst;
}
