/** @file How exact the engine is: log-probs against llama.cpp on the same tokens, gradients against finite differences. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../server/src/game/rng.ts';
import { openTokenizer } from '../../server/src/generation/chatTokenizer.ts';
import { ModelHost } from '../../server/src/generation/modelHost.ts';
import { openBackend } from '../../server/src/tensor/backend.ts';
import { pack } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import { silentLog } from '../../server/src/util/log.ts';
import { writeTinyModel } from '../../test/support/tinyModels.ts';

const texts = [
  'The harbour was quiet in the morning, and the boats lay still.',
  'We decided to stay at home because it was raining all day long.',
  'Please send me the report that we discussed last week, if you can.',
];

/** Largest absolute difference of a token's log-prob, over the model's weights as they are in the file. */
export async function maxLogProbDiff(model: string, threads: number): Promise<number> {
  const host = await ModelHost.start({ gpu: 'off', threads, log: silentLog });
  const loaded = await host.load({ path: model, title: 'model' }, null);
  const scores = await loaded.score(texts, new AbortController().signal);
  const vocabulary = await openTokenizer(model);
  // The embedded model's start token is the one that opens a turn.
  const start = vocabulary.tokenizer.promptTokens([], 'bare').slice(0, 1);
  const backend = openBackend({ threads });
  const transformer = loadTransformer(backend, model, {
    lora: { rank: 4, alpha: 8, seed: 1 },
    weights: 'asIs',
    maxTokens: 256,
  });
  let largest = 0;
  texts.forEach((text, i) => {
    const tokens = vocabulary.tokenizer.encode(text);
    const ours = transformer.run(pack([{ prompt: start, completion: tokens }])).logProbs;
    const theirs = scores[i]!.logProbs; // one for each text
    if (theirs.length !== ours.length) throw new Error('The scores are of other tokens.');
    ours.forEach((x, t) => (largest = Math.max(largest, Math.abs(x - theirs[t]!))));
  });
  transformer.dispose();
  backend.dispose();
  await vocabulary.dispose();
  await loaded.dispose();
  await host.dispose();
  return largest;
}

/** Largest relative error of directional derivatives on tiny F32 models of all architectures. */
export function maxGradRelError(): number {
  const folder = mkdtempSync(join(tmpdir(), 'second-draft-train-'));
  const backend = openBackend({ threads: 1 });
  let largest = 0;
  for (const architecture of ['llama', 'qwen2', 'qwen3'] as const) {
    const path = join(folder, `${architecture}.gguf`);
    writeTinyModel(path, { architecture, tied: true, type: 'F32', seed: 5 });
    const transformer = loadTransformer(backend, path, {
      lora: { rank: 4, alpha: 8, seed: 2 },
      weights: 'f32',
      maxTokens: 64,
    });
    const rng = createRng(3);
    const ids = (length: number): number[] => Array.from({ length }, () => Math.floor(250 * rng.next()));
    transformer.parameters.forEach((values) =>
      values.forEach((x, i) => (values[i] = x + 0.1 * (rng.next() - 0.5))),
    );
    transformer.uploadParameters();
    const batch = pack([
      { prompt: ids(8), completion: ids(8) },
      { prompt: ids(6), completion: ids(9) },
    ]);
    transformer.zeroGradients();
    transformer.run(batch, { training: true });
    const gradients = transformer.readGradients().map((values) => values.slice());
    // Along the gradient of each parameter array: the derivative there is its norm, far above rounding.
    transformer.parameters.forEach((values, i) => {
      const gradient = gradients[i]!; // same order
      const norm = Math.hypot(...gradient);
      if (norm < 1e-4) return;
      const start = values.slice();
      const at = (distance: number): number => {
        values.forEach((_, k) => (values[k] = start[k]! + (distance * gradient[k]!) / norm)); // same length
        transformer.uploadParameters();
        return transformer.run(batch).loss;
      };
      const h = 0.02;
      // Richardson: the error of the central difference falls with h⁴.
      const central = (step: number): number => (at(step) - at(-step)) / (2 * step);
      const numeric = (4 * central(h / 2) - central(h)) / 3;
      values.set(start);
      transformer.uploadParameters();
      largest = Math.max(largest, Math.abs(numeric - norm) / norm);
    });
    transformer.dispose();
  }
  backend.dispose();
  rmSync(folder, { recursive: true });
  return largest;
}
