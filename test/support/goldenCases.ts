/**
 * @file The tiny models, adapters and sequences whose log-probs and gradients PyTorch computed once (test/fixtures/pytorch/golden.json).
 * Shared by the test that compares with them and by the script that makes them anew.
 */
import type { LoraAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { freshAdapter } from '../../server/src/tensor/lora.ts';
import { readModelConfig } from '../../server/src/tensor/modelConfig.ts';
import { GgufFile } from '../../server/src/tensor/gguf.ts';
import { randomIds, uniform } from './random.ts';
import { writeTinyModel } from './tinyModels.ts';
import type { TinyModel } from './tinyModels.ts';

export const goldenModels: Readonly<Record<string, TinyModel>> = {
  'llama-tied': { architecture: 'llama', tied: true, type: 'F32', seed: 1 },
  'llama-untied': { architecture: 'llama', tied: false, type: 'F32', seed: 2 },
  'llama-factors': { architecture: 'llama', tied: true, type: 'F32', seed: 3, ropeScaling: 'factors' },
  'llama-linear': { architecture: 'llama', tied: true, type: 'F32', seed: 4, ropeScaling: 'linear' },
  qwen2: { architecture: 'qwen2', tied: true, type: 'F32', seed: 5 },
  qwen3: { architecture: 'qwen3', tied: false, type: 'F32', seed: 6 },
};

export interface GoldenSequence {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
  readonly weights: readonly number[];
}

export function goldenSequences(): GoldenSequence[] {
  const random = uniform(15);
  return [
    [7, 9],
    [12, 5],
    [3, 14],
  ].map(([prompt = 0, completion = 0]) => ({
    prompt: randomIds(random, prompt),
    completion: randomIds(random, completion),
    weights: Array.from({ length: completion }, () => Math.fround(2 * random() - 0.7)),
  }));
}

/** Writes the model to `path`. @returns an adapter on all seven linears, A and B both random */
export function writeGoldenModel(path: string, model: TinyModel): LoraAdapter {
  writeTinyModel(path, model);
  const file = new GgufFile(path);
  try {
    const adapter = freshAdapter(readModelConfig(file), { rank: 4, alpha: 8, seed: 7 });
    const random = uniform(11);
    adapter.pairs.forEach(({ bt }) => bt.forEach((_, i) => (bt[i] = (random() - 0.5) * 0.2)));
    return adapter;
  } finally {
    file.dispose();
  }
}

/** What stands in golden.json for each model. */
export interface Golden {
  /** log π of each completion token, sequence after sequence, in nats. */
  readonly logProbs: readonly number[];
  /** Entropy of the distribution that each was drawn from, in nats. */
  readonly entropies: readonly number[];
  /** −Σ w log π. */
  readonly loss: number;
  /** By the adapter's tensor name (`blk.0.attn_q.weight.lora_a` …): the Euclidean norm and some entries, by index of the layout in memory. */
  readonly gradients: Readonly<
    Record<string, { readonly norm: number; readonly entries: Readonly<Record<string, number>> }>
  >;
}
