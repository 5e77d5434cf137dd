/**
 * @file Trains the editing adapter (adapter 0 of the embedded model) with the project's own engine: supervised, cross-entropy on
 * the answers' tokens. Goes on from its checkpoint; with answers.jsonl (editor/leaderAnswers.ts) beside that, follower turns are drawn
 * from it too. evaluateEditor.ts scores and installs what it writes.
 *
 *   npm run train:editor -- [--steps 700] [--minutes 60] [--data FOLDER] [--out FOLDER] [--rank 16] [--rate 6e-4] [--seed 7]
 *                           [--from ADAPTER] [--average 0.98]
 *
 * --from begins with an adapter's parameters and a fresh optimiser. Beside each adapter the running average of the parameters over the
 * steps is written (Polyak averaging: less of the last batches' noise).
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  adamwInit,
  adamwUpdate,
  clipScale,
  defaultAdamW,
  globalNorm,
  warmupCosine,
} from '../server/src/tensor/adamw.ts';
import { readAdapter, writeAdapter, type LoraAdapter } from '../server/src/tensor/ggufAdapter.ts';
import { openBackend } from '../server/src/tensor/backend.ts';
import { packMasked } from '../server/src/tensor/packing.ts';
import { loadTransformer } from '../server/src/tensor/transformer.ts';
import { readCheckpoint, writeCheckpoint } from '../server/src/training/checkpoint.ts';
import { defaultMix, EditMixture, sha256Of, trainingPairs, usagePath } from './editor/data.ts';
import type { AnsweredPair } from './editor/data.ts';
import { openSpecialTokenizer } from './editor/specialTokenizer.ts';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits') },
    out: { type: 'string', default: join(root, '.cache/editor') },
    steps: { type: 'string', default: '700' },
    minutes: { type: 'string', default: '600' },
    rank: { type: 'string', default: '16' },
    rate: { type: 'string', default: '6e-4' },
    seed: { type: 'string', default: '7' },
    tokens: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    exportMinutes: { type: 'string', default: '12' },
    from: { type: 'string' },
    average: { type: 'string', default: '0.98' },
  },
});
const rank = Number(options.rank);
const schedule = {
  peak: Number(options.rate),
  warmupSteps: 15,
  totalSteps: Number(options.steps),
  finalFraction: 0.05,
};
const maxTokens = 220;
mkdirSync(options.out, { recursive: true });
const checkpointPath = join(options.out, 'checkpoint.gguf');
const averagePath = join(options.out, 'average.gguf');
const answersPath = join(options.out, 'answers.jsonl');

const dataPath = join(options.data, 'train.jsonl');
const answered = existsSync(answersPath)
  ? readFileSync(answersPath, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AnsweredPair)
  : [];
const mix = {
  ...defaultMix,
  seed: Number(options.seed),
  ...(answered.length > 0 ? { followerShare: 0.25 } : {}),
};
const mixture = new EditMixture(trainingPairs(dataPath), mix, answered);
const tokenize = await openSpecialTokenizer(options.model);

const resumed = existsSync(checkpointPath) ? readCheckpoint(checkpointPath) : null;
if (resumed) {
  const begun = resumed.adapter.provenance.config;
  const asked = {
    seed: Number(options.seed),
    rank,
    from: options.from === undefined ? null : sha256Of(options.from),
  };
  const differs = Object.entries(asked).filter(([name, value]) => name in begun && begun[name] !== value);
  if (differs.length > 0) {
    const names = differs.map(([name]) => `--${name}`).join(', ');
    console.error(
      `The checkpoint in ${options.out} began with another ${names}: give another --out, or remove it.`,
    );
    process.exit(2);
  }
}
const backend = openBackend({ threads: Number(options.threads), device: 'cpu' });
const fresh =
  options.from === undefined
    ? { rank, alpha: 2 * rank, seed: Number(options.seed) }
    : readAdapter(options.from);
const model = loadTransformer(backend, options.model, {
  lora: resumed?.adapter ?? fresh,
  maxTokens: Number(options.tokens) + 2 * maxTokens,
});
const { parameters } = model;
let optimiser = resumed?.optimiser ?? adamwInit(parameters);
let place = placeOf(resumed?.progress);
const averaged = (resumed ? readAdapter(averagePath).pairs.flatMap(({ a, bt }) => [a, bt]) : parameters).map(
  (values) => values.slice(),
);
const config = {
  seed: Number(options.seed),
  rank,
  alpha: 2 * rank,
  learningRate: schedule.peak,
  schedule,
  clipNorm: 1,
  tokensPerStep: Number(options.tokens),
  average: Number(options.average),
  from: options.from === undefined ? null : sha256Of(options.from),
  mix,
  answeredPairs: answered.length,
  data: { 'train.jsonl': sha256Of(dataPath), 'usage.jsonl': sha256Of(usagePath) },
};
const baseModelSha256 = sha256Of(options.model);
console.log(
  `${resumed === null ? 'Starts' : `Goes on after step ${optimiser.step}`}; ${answered.length} answered pairs.`,
);

const started = performance.now();
const minutes = (): number => (performance.now() - started) / 60_000;
let [tokens, average, exportedAt] = [0, NaN, 0];
while (optimiser.step < schedule.totalSteps && minutes() < Number(options.minutes)) {
  const batch = packMasked(nextSequences());
  model.zeroGradients();
  const { loss } = model.run(batch, { training: true });
  const gradients = model.readGradients();
  const norm = globalNorm(gradients);
  const rate = warmupCosine(schedule, optimiser.step);
  optimiser = adamwUpdate(defaultAdamW, rate, parameters, gradients, optimiser, clipScale(norm, 1));
  model.uploadParameters();
  const keep = Math.min(Number(options.average), optimiser.step / (optimiser.step + 10));
  averaged.forEach((values, i) => {
    const now = parameters[i]!; // one for each
    for (let k = 0; k < values.length; k++) values[k] = keep * values[k]! + (1 - keep) * now[k]!;
  });
  tokens += batch.tokens.length;
  average = Number.isNaN(average) ? loss : 0.95 * average + 0.05 * loss;
  const { step } = optimiser;
  if (step % 10 === 0 || step < 4) {
    const perSecond = Math.round(tokens / (minutes() * 60));
    console.log(
      `step ${step} of ${schedule.totalSteps}, ${place} examples, ${minutes().toFixed(1)} min: loss ${loss.toFixed(3)}, ` +
        `average ${average.toFixed(3)}, |g| ${norm.toFixed(2)}, rate ${rate.toExponential(2)}, ${perSecond} tokens/s`,
    );
  }
  if (step % 20 === 0) checkpoint();
  if (minutes() - exportedAt > Number(options.exportMinutes)) {
    exportedAt = minutes();
    exportAdapter(join(options.out, `adapter-${step}.gguf`));
  }
}
checkpoint();
const finalPath = join(options.out, `adapter-${optimiser.step}.gguf`);
exportAdapter(finalPath);
model.dispose();
backend.dispose();
console.log(
  `Score and install it: node benchmarks/evaluateEditor.ts --adapter ${finalPath} --baselines --install`,
);

function withProvenance(): LoraAdapter {
  const provenance = { baseModelSha256, parent: null, step: optimiser.step, config };
  return { ...model.adapter, provenance };
}

function withAverage(): LoraAdapter {
  const adapter = withProvenance();
  const pairs = adapter.pairs.map((pair, i) => ({ ...pair, a: averaged[2 * i]!, bt: averaged[2 * i + 1]! })); // two for each pair
  return { ...adapter, pairs };
}

function checkpoint(): void {
  writeAdapter(averagePath, withAverage(), 'f32');
  writeCheckpoint(checkpointPath, {
    adapter: withProvenance(),
    optimiser,
    rng: [],
    progress: { place },
    workedMs: 0, // it has no budget
  });
}

function exportAdapter(path: string): void {
  writeAdapter(path, withProvenance(), 'f16');
  writeAdapter(path.replace(/\.gguf$/, '-average.gguf'), withAverage(), 'f16');
  console.log(`wrote ${path}, and the average beside it`);
}

function placeOf(progress: unknown): number {
  if (typeof progress === 'object' && progress !== null && 'place' in progress) return Number(progress.place);
  return 0;
}

interface MaskedSequence {
  readonly ids: readonly number[];
  /** Of predicting each token; null = no loss. */
  readonly weights: readonly (number | null)[];
}

/** The next examples of the mixture, together about `--tokens` tokens; every learnt token has the weight 1 / their number. */
function nextSequences(): MaskedSequence[] {
  const drawn: { ids: number[]; learn: boolean[] }[] = [];
  let [count, learnt] = [0, 0];
  while (count < Number(options.tokens)) {
    const ids: number[] = [];
    const learn: boolean[] = [];
    for (const segment of mixture.example(place++)) {
      for (const id of tokenize(segment.text)) {
        ids.push(id);
        learn.push(segment.learn);
      }
    }
    if (ids.length > maxTokens) continue;
    drawn.push({ ids, learn });
    count += ids.length;
    learnt += learn.filter(Boolean).length;
  }
  return drawn.map(({ ids, learn }) => ({
    ids,
    weights: learn.map((on) => (on ? 1 / learnt : null)),
  }));
}
