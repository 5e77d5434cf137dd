/** @file The engine's side of bench:train, in a process of its own so that its peak memory is its own. Arguments: model, mode, threads. */
import { createRng } from '../../server/src/game/rng.ts';
import {
  adamwInit,
  adamwUpdate,
  clipScale,
  defaultAdamW,
  globalNorm,
} from '../../server/src/tensor/adamw.ts';
import { openBackend } from '../../server/src/tensor/backend.ts';
import { pack, packSharedGroups, type Batch } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';
import { rollOut } from '../../server/src/training/rollouts.ts';

const [model = '', mode = 'keep', threads = '2'] = process.argv.slice(2);
const rng = createRng(1);
const ids = (length: number): number[] => Array.from({ length }, () => 100 + Math.floor(4900 * rng.next()));
const weights = (length: number): number[] => Array.from({ length }, () => rng.next() - 0.5);

const backend = openBackend({ threads: Number(threads) });
const transformer = loadTransformer(backend, model, {
  lora: { rank: 16, alpha: 32, seed: 1 },
  mode: mode === 'recompute' ? 'recompute' : 'keep',
  maxTokens: 2048,
  maxGroupTokens: 256,
});
let optimiser = adamwInit(transformer.parameters);
const packed = pack(
  Array.from({ length: 8 }, () => ({ prompt: ids(64), completion: ids(64), weights: weights(64) })),
);
const shared = packSharedGroups(
  Array.from({ length: 8 }, () => ({
    prompt: ids(150),
    completions: Array.from({ length: 4 }, () => ids(24)),
    weights: Array.from({ length: 4 }, () => weights(24)),
  })),
);

function step(batch: Batch): void {
  transformer.zeroGradients();
  transformer.run(batch, { training: true });
  const gradients = transformer.readGradients();
  optimiser = adamwUpdate(
    defaultAdamW,
    1e-4,
    transformer.parameters,
    gradients,
    optimiser,
    clipScale(globalNorm(gradients), 1),
  );
  transformer.uploadParameters();
}

async function best(work: () => unknown, times = 3): Promise<number> {
  let fastest = Infinity;
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await work();
    fastest = Math.min(fastest, (performance.now() - started) / 1000);
  }
  return fastest;
}

const forwardSeconds = await best(() => transformer.run(packed));
const stepSeconds = await best(() => step(packed));
const peakMb = process.resourceUsage().maxRSS / 1024;
const rolloutStepSeconds = await best(() => step(shared), 2);
let rolloutTokens = 0;
const prompts = Array.from({ length: 8 }, () => ({ prompt: ids(150), maxTokens: 24 }));
const rolloutSeconds = await best(async () => {
  const answers = await rollOut(transformer, prompts, {
    count: 4,
    temperature: 1,
    isEnd: () => false,
    rng: createRng(2),
  });
  rolloutTokens = answers.flat().reduce((sum, { tokens }) => sum + tokens.length, 0);
}, 2);
console.log(
  JSON.stringify({
    forwardSeconds,
    stepSeconds,
    rolloutStepSeconds,
    peakMb,
    rolloutTokensPerSecond: rolloutTokens / rolloutSeconds,
  }),
);
transformer.dispose();
backend.dispose();
