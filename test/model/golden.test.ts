/**
 * @file The engine against PyTorch: log-probs, entropies, loss and gradients of every architecture, as golden.json holds them
 * (made by test/fixtures/pytorch/golden.py). And {@link Transformer.runAsync}, which does the same work with pauses.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../server/src/tensor/backend.ts';
import type { ComputeBackend } from '../../server/src/tensor/backend.ts';
import { pack } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import type { Transformer } from '../../server/src/tensor/transformer.ts';
import { goldenModels, goldenSequences, writeGoldenModel } from '../support/goldenCases.ts';
import type { Golden } from '../support/goldenCases.ts';
import type { TinyModel } from '../support/tinyModels.ts';

const goldens = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/pytorch/golden.json'), 'utf8'),
) as Record<string, Golden>;

let folder = '';
let backend: ComputeBackend;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-golden-'));
  backend = openBackend({ threads: 1 }); // small graphs: a second thread would only wait
});
afterAll(() => {
  backend.dispose();
  rmSync(folder, { recursive: true });
});

function open(name: string, model: TinyModel): Transformer {
  const path = join(folder, `${name}.gguf`);
  const lora = writeGoldenModel(path, model);
  return loadTransformer(backend, path, { lora, weights: 'f32', maxTokens: 256 });
}

const largestDifference = (ours: ArrayLike<number>, theirs: readonly number[]): number =>
  Math.max(...theirs.map((x, i) => Math.abs(x - (ours[i] ?? NaN))));

describe.each(Object.entries(goldenModels))('%s', (name, model) => {
  it('gives the log-probs, entropies, loss and gradients of PyTorch', () => {
    const golden = goldens[name]!; // golden.py writes one for each
    const transformer = open(name, model);
    try {
      const { logProbs, entropy, loss } = transformer.run(pack(goldenSequences()), {
        training: true,
        entropy: true,
      });
      expect(logProbs).toHaveLength(golden.logProbs.length);
      expect(largestDifference(logProbs, golden.logProbs)).toBeLessThan(2e-4);
      expect(largestDifference(entropy ?? [], golden.entropies)).toBeLessThan(2e-4);
      expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-3);

      const gradients = transformer.readGradients();
      const names = transformer.adapter.pairs.flatMap((pair) => [
        `${pair.name}.lora_a`,
        `${pair.name}.lora_b`,
      ]);
      expect([...names].sort()).toEqual(Object.keys(golden.gradients).sort());
      names.forEach((tensor, index) => {
        const ours = gradients[index]!; // same order
        const { norm, entries } = golden.gradients[tensor]!; // as checked
        expect(Math.abs(Math.hypot(...ours) - norm) / norm, tensor).toBeLessThan(1e-3);
        const scale = norm / Math.sqrt(ours.length); // of a typical entry
        for (const [at, value] of Object.entries(entries)) {
          expect(Math.abs(ours[Number(at)]! - value) / scale, `${tensor} at ${at}`).toBeLessThan(5e-3); // in range
        }
      });
    } finally {
      transformer.dispose();
    }
  });
});

describe('a run that others can interrupt', () => {
  const model: TinyModel = { architecture: 'llama', tied: true, type: 'F32', seed: 1 };

  it('gives the numbers of a run that blocks, and lets others in after every layer', async () => {
    const transformer = open('interrupted', model);
    try {
      const batch = pack(goldenSequences());
      transformer.zeroGradients();
      const blocking = transformer.run(batch, { training: true });
      const gradients = transformer.readGradients().map((values) => values.slice());
      let pauses = 0;
      transformer.zeroGradients();
      const result = await transformer.runAsync(batch, { training: true }, () => {
        pauses += 1;
        return new Promise((resolve) => setImmediate(resolve));
      });
      expect(pauses).toBe(4); // two layers forward, two backward
      expect(result).toEqual(blocking);
      expect(transformer.readGradients().map((values) => values.slice())).toEqual(gradients);
    } finally {
      transformer.dispose();
    }
  });

  it('ends where the pause throws, and the next run is whole', async () => {
    const transformer = open('cancelled', model);
    try {
      const batch = pack(goldenSequences());
      const whole = transformer.run(batch).loss;
      let pauses = 0;
      const cancelled = transformer.runAsync(batch, { training: true }, () =>
        ++pauses === 3 ? Promise.reject(new Error('cancelled here')) : Promise.resolve(),
      );
      await expect(cancelled).rejects.toThrow('cancelled here');
      expect(pauses).toBe(3);
      expect(transformer.run(batch).loss).toBe(whole);
    } finally {
      transformer.dispose();
    }
  });
});
