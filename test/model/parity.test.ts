/** @file Log-probs of the training engine against llama.cpp's (through node-llama-cpp) on the same tokens, with and without adapter. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import type { Llama, Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../server/src/tensor/backend.ts';
import type { ComputeBackend } from '../../server/src/tensor/backend.ts';
import { writeAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { pack, packShared } from '../../server/src/tensor/packing.ts';
import type { Sequence } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import type { Transformer } from '../../server/src/tensor/transformer.ts';
import { randomIds, uniform } from '../support/random.ts';
import { writeTinyModel } from '../support/tinyModels.ts';
import type { TinyModel } from '../support/tinyModels.ts';

const embedded = join(import.meta.dirname, '../../models/SmolLM2-135M-Instruct.Q4_1.gguf');

let folder = '';
let backend: ComputeBackend;
let llama: Llama;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-parity-'));
  backend = openBackend({ threads: 1 }); // small graphs: a second thread would only wait
  llama = await getLlama({ build: 'never', gpu: false, maxThreads: 2, logLevel: LlamaLogLevel.error });
});
afterAll(async () => {
  backend.dispose();
  await llama.dispose();
  rmSync(folder, { recursive: true });
});

interface Scores {
  readonly logProbs: readonly number[];
  readonly top: readonly number[];
}

interface LlamaScores extends Scores {
  /** Log-prob of the most probable token minus that of the second. */
  readonly margins: readonly number[];
}

async function llamaScores(
  modelPath: string,
  sequences: readonly Sequence[],
  adapterPath?: string,
): Promise<LlamaScores> {
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: 256,
    sequences: sequences.length,
    threads: 2,
    flashAttention: false,
    ...(adapterPath === undefined ? {} : { lora: { adapters: [{ filePath: adapterPath }] } }),
  });
  const [logProbs, top, margins]: [number[], number[], number[]] = [[], [], []];
  for (const { prompt, completion } of sequences) {
    const sequence = context.getSequence();
    const first = prompt.length - 1;
    const ids = [...prompt, ...completion] as Token[];
    const inputs = ids
      .slice(0, -1)
      .map((id, i) => (i < first ? id : ([id, { generateNext: { probabilities: true } }] as const)));
    const outputs = await sequence.controlledEvaluate(
      inputs as Parameters<typeof sequence.controlledEvaluate>[0],
    );
    completion.forEach((id, i) => {
      const next = outputs[first + i]?.next.probabilities;
      logProbs.push(Math.log(next?.get(id as Token) ?? NaN));
      top.push(next?.keys().next().value ?? NaN);
      const [best = NaN, second = NaN] = next?.values() ?? [];
      margins.push(Math.log(best / second));
    });
    await sequence.dispose();
  }
  await context.dispose();
  await model.dispose();
  return { logProbs, top, margins };
}

function ourScores(transformer: Transformer, sequences: readonly Sequence[]): Scores {
  const { logProbs, top } = transformer.run(pack(sequences), { top: true });
  return { logProbs: [...logProbs], top: [...(top ?? [])] };
}

/**
 * `topAgreement` is over the entries whose two most probable tokens are further apart than `limit`: closer ones are ties that kernels
 * with other rounding may break differently.
 */
function compare(
  ours: Scores,
  theirs: LlamaScores,
  limit: number,
): { maxDifference: number; meanDifference: number; topAgreement: number; decided: number } {
  expect(ours.logProbs).toHaveLength(theirs.logProbs.length);
  const differences = ours.logProbs.map((x, i) => Math.abs(x - theirs.logProbs[i]!)); // same length
  const maxDifference = Math.max(...differences);
  const meanDifference = differences.reduce((sum, x) => sum + x, 0) / differences.length;
  const decided = ours.top.map((id, i) => [id, i] as const).filter(([, i]) => theirs.margins[i]! > limit); // same length
  const same = decided.filter(([id, i]) => id === theirs.top[i]).length;
  return { maxDifference, meanDifference, topAgreement: same / decided.length, decided: decided.length };
}

/** The same sequences with the weights unpacked to F32: what both round from. */
function exactScores(path: string, sequences: readonly Sequence[], lora: LoraOptions): Scores {
  const transformer = loadTransformer(backend, path, { lora, weights: 'f32', maxTokens: 512 });
  try {
    return ourScores(transformer, sequences);
  } finally {
    transformer.dispose();
  }
}

/** Mean distance to the exact log-probs. Whatever the processor rounds, ours must not be further from them than llama.cpp's. */
function roundingError(scores: Scores, exact: Scores): number {
  return (
    scores.logProbs.reduce((sum, x, i) => sum + Math.abs(x - exact.logProbs[i]!), 0) / scores.logProbs.length // same entries
  );
}

const lora = { rank: 4, alpha: 8, seed: 3 };
type LoraOptions = typeof lora;

function tinySequences(): Sequence[] {
  const random = uniform(21);
  return [
    { prompt: randomIds(random, 9), completion: randomIds(random, 12) },
    { prompt: randomIds(random, 20), completion: randomIds(random, 7) },
  ];
}

function randomB(transformer: Transformer, size: number): void {
  const random = uniform(31);
  transformer.adapter.pairs.forEach(({ bt }) => bt.forEach((_, i) => (bt[i] = (2 * random() - 1) * size)));
  transformer.uploadParameters();
}

const tiny: readonly (readonly [string, TinyModel])[] = [
  ['llama tied F32', { architecture: 'llama', tied: true, type: 'F32', seed: 1 }],
  ['llama untied F32', { architecture: 'llama', tied: false, type: 'F32', seed: 2 }],
  [
    'llama frequency factors',
    { architecture: 'llama', tied: true, type: 'F32', seed: 3, ropeScaling: 'factors' },
  ],
  [
    'llama linear scaling',
    { architecture: 'llama', tied: true, type: 'F32', seed: 4, ropeScaling: 'linear' },
  ],
  ['llama F16', { architecture: 'llama', tied: true, type: 'F16', seed: 5 }],
  ['llama Q8_0', { architecture: 'llama', tied: false, type: 'Q8_0', seed: 6 }],
  ['llama Q4_0', { architecture: 'llama', tied: true, type: 'Q4_0', seed: 7 }],
  ['llama Q4_1', { architecture: 'llama', tied: true, type: 'Q4_1', seed: 8 }],
  ['llama Q4_K', { architecture: 'llama', tied: true, type: 'Q4_K', seed: 13 }],
  ['qwen2 Q5_K', { architecture: 'qwen2', tied: false, type: 'Q5_K', seed: 14 }],
  ['qwen3 Q6_K', { architecture: 'qwen3', tied: false, type: 'Q6_K', seed: 15 }],
  ['qwen2 tied F32', { architecture: 'qwen2', tied: true, type: 'F32', seed: 9 }],
  ['qwen2 untied F32', { architecture: 'qwen2', tied: false, type: 'F32', seed: 10 }],
  ['qwen3 tied F32', { architecture: 'qwen3', tied: true, type: 'F32', seed: 11 }],
  ['qwen3 Q8_0', { architecture: 'qwen3', tied: false, type: 'Q8_0', seed: 12 }],
];

describe.each(tiny)('%s', (name, model) => {
  it('gives the log-probs and most probable tokens of llama.cpp, plain, with an adapter and with a shared prompt', async () => {
    const path = join(folder, `${name}.gguf`);
    writeTinyModel(path, model);
    const exact = model.type === 'F32';
    const transformer = loadTransformer(backend, path, {
      lora,
      weights: exact ? 'f32' : 'asIs',
      maxTokens: 256,
    });
    try {
      const limit = exact ? 0.005 : model.type === 'F16' ? 0.05 : 0.15;
      // Processors round quantised activations differently: 0.157 is the most seen (Q6_K on AVX-512 without AMX).
      const [most, mean] = exact ? [limit, 0.002] : [model.type === 'F16' ? limit : 0.2, 0.07];
      const sequences = tinySequences();
      const ours = ourScores(transformer, sequences);
      const theirs = await llamaScores(path, sequences);
      const plain = compare(ours, theirs, limit);
      const unpacked = exactScores(path, sequences, lora);
      expect(roundingError(ours, unpacked)).toBeLessThan(1.5 * roundingError(theirs, unpacked) + 0.002);
      expect(plain.maxDifference).toBeLessThan(most);
      expect(plain.meanDifference).toBeLessThan(mean);
      expect(plain.topAgreement).toBe(1);
      expect(plain.decided).toBeGreaterThan(10);

      randomB(transformer, 0.1);
      const adapterPath = join(folder, `${name}.adapter.gguf`);
      writeAdapter(adapterPath, transformer.adapter);
      const before = ourScores(transformer, sequences);
      const adapted = compare(before, await llamaScores(path, sequences, adapterPath), limit);
      expect(adapted.maxDifference).toBeLessThan(most);
      expect(adapted.meanDifference).toBeLessThan(mean);
      expect(adapted.topAgreement).toBe(1);
      transformer.setAdapterStrength(0);
      expect(ourScores(transformer, sequences).logProbs).not.toEqual(before.logProbs);
      transformer.setAdapterStrength(1);

      const { prompt } = sequences[0]!; // there are two
      const completions = sequences.map(({ completion }) => completion);
      const shared = transformer.run(packShared(prompt, completions)).logProbs;
      const apart = ourScores(
        transformer,
        completions.map((completion) => ({ prompt, completion })),
      );
      apart.logProbs.forEach((x, i) => expect(Math.abs(x - shared[i]!)).toBeLessThan(exact ? 1e-4 : limit)); // same entries
    } finally {
      transformer.dispose();
    }
  });
});

describe('the embedded model', () => {
  it('is scored as llama.cpp scores it, with its quantised weights as they come and with the Q8_0 copies', async () => {
    expect(existsSync(embedded), 'run `npm run model` first').toBe(true);
    const model = await llama.loadModel({ modelPath: embedded, vocabOnly: true });
    const pairs = [
      ['He go to school every day.', 'He goes to school every day.'],
      ['She have two cat.', 'She has two cats.'],
      ['They was happy about it.', 'They were happy about it.'],
      ['I am agree with you.', 'I agree with you.'],
    ] as const;
    const sequences = pairs.map(([bad, good]) => ({
      prompt: model.tokenize(
        `<|im_start|>user\nCorrect this sentence: ${bad}<|im_end|>\n<|im_start|>assistant\n`,
        true,
      ),
      completion: model.tokenize(`${good}<|im_end|>`, true),
    }));
    await model.dispose();
    const theirs = await llamaScores(embedded, sequences);
    const unpacked = exactScores(embedded, sequences, lora);
    const limit = 0.3; // of quantised kernels; in F32 the tiny models agree to 0.005
    for (const weights of ['asIs', 'q8'] as const) {
      const transformer = loadTransformer(backend, embedded, {
        lora,
        weights,
        maxTokens: 512,
      });
      try {
        const ours = ourScores(transformer, sequences);
        const result = compare(ours, theirs, limit);
        expect(roundingError(ours, unpacked)).toBeLessThan(1.5 * roundingError(theirs, unpacked));
        // The file's own weights 0.24 at most, their Q8_0 copies 0.34, depending on the processor's kernels.
        expect(result.maxDifference).toBeLessThan(weights === 'asIs' ? limit : 0.4);
        expect(result.meanDifference).toBeLessThan(0.1);
        expect(result.topAgreement).toBe(1);
        expect(result.decided).toBeGreaterThan(15);
      } finally {
        transformer.dispose();
      }
    }
  });
});
