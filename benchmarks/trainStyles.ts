/**
 * @file Trains the ready styles of the embedded model with the project's own engine and writes them into one file beside adapter 0.
 * A style is how B of the adapter differs after a short supervised training on pairs whose target has the style.
 *
 *   npm run train:styles -- [--styles brief,formal,friendly,keep] [--data FOLDER] [--out FILE] [--seed 5]
 *
 * Styles that are not named are taken over from the file that is there.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { adamwInit, adamwUpdate, clipScale, defaultAdamW, globalNorm, warmupCosine } from '../server/src/tensor/adamw.ts'; // prettier-ignore
import { GgufFile } from '../server/src/tensor/gguf.ts';
import { readAdapter } from '../server/src/tensor/ggufAdapter.ts';
import { packMasked } from '../server/src/tensor/packing.ts';
import { correctionQuality } from '../server/src/training/answers.ts';
import { corrections as heldOutCorrections } from '../server/src/training/corrections.ts';
import { readStyles, writeStyles, type Style } from '../server/src/training/styles.ts';
import { randomAt, readPairs, sha256Of, usagePath, type EditPair } from './editor/data.ts';
import { contrastRows, masked, type MaskedSequence } from './editor/contrast.ts';
import { openSpecialTokenizer } from './editor/specialTokenizer.ts';
import {
  brieferPairs,
  concisePairs,
  formalPairs,
  friendlyPairs,
  keepPairs,
  type StylePair,
} from './editor/stylePairs.ts';
import { openLab } from './learning/lab.ts';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    styles: { type: 'string', default: 'brief,formal,friendly,keep' },
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    adapter: { type: 'string', default: join(root, 'adapters/SmolLM2-135M-Instruct/adapter.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits') },
    out: { type: 'string', default: join(root, 'adapters/SmolLM2-135M-Instruct/styles.gguf') },
    seed: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
  },
});
const seed = Number(options.seed);
const tokensPerStep = 1000;
const maxTokens = 200;
/** Beside the pairs of the style stand ordinary corrections, so that the style does not cost them. */
const ownShare = 0.75;
/** So many of these are learners' mistakes, which are few and soon unlearned. */
const learnersShare = 0.5;
/** How much it counts that of these corrections the right text is likelier than the wrong one (editor/contrast.ts). */
const contrast = 0.015;

interface Recipe {
  readonly steps: number;
  readonly rate: number;
}
const recipe: Recipe = { steps: 60, rate: 8e-4 };
/** How far beyond what the concise pairs taught the model is pushed before it writes shorter versions of its own. */
const push = { steps: 50, rate: 8e-4, times: 3, texts: 320 };

const dataPath = join(options.data, 'train.jsonl');
const pairs = readPairs(dataPath).filter(({ source }) => source.split(/\s+/).length <= 40);
const isCorrection = ({ task, source, target }: EditPair): boolean => task === 'fluency' && source !== target;
const corrections = pairs.filter(isCorrection);
const learnersCorrections = readPairs(usagePath).filter(isCorrection);
const tokenize = await openSpecialTokenizer(options.model);
const lab = await openLab({
  model: options.model,
  adapter: options.adapter,
  styles: options.out,
  data: join(options.data, 'valid.jsonl'),
  threads: Number(options.threads),
  device: 'cpu',
});
const adapter = readAdapter(options.adapter);
const wanted = options.styles.split(',');
const kept = existsSync(options.out)
  ? readStyles(options.out, adapter).styles.filter(({ name }) => !wanted.includes(name))
  : [];
const before = existsSync(options.out) ? recordsOf(options.out) : {};
const styles: Style[] = [...kept];
for (const name of wanted) styles.push({ name, deltas: await train(name, await pairsOf(name), recipe) });
styles.sort((a, b) => a.name.localeCompare(b.name));
const baseModelSha256 = sha256Of(options.model);
const how = {
  seed,
  recipe,
  ...(wanted.includes('brief') && { push }),
  ownShare,
  learnersShare,
  contrast,
  adapter: sha256Of(options.adapter),
  data: { 'train.jsonl': sha256Of(dataPath), 'usage.jsonl': sha256Of(usagePath) },
};
const records = Object.fromEntries(
  styles.map(({ name }) => [name, wanted.includes(name) ? how : (before[name] ?? null)]),
);
writeStyles(options.out, { baseModelSha256, styles }, adapter.pairs, records);
console.log(`wrote ${options.out}: ${styles.map(({ name }) => name).join(', ')}`);
await lab.dispose();

/** How each style of a file was trained. */
function recordsOf(path: string): Readonly<Record<string, unknown>> {
  const file = new GgufFile(path);
  try {
    return JSON.parse(file.string('second_draft.config', '{}')) as Record<string, unknown>; // written by writeStyles()
  } finally {
    file.dispose();
  }
}

async function pairsOf(name: string): Promise<StylePair[]> {
  if (name === 'formal') return formalPairs(pairs);
  if (name === 'friendly') return friendlyPairs(pairs);
  if (name === 'keep') return keepPairs(pairs);
  if (name !== 'brief') throw new RangeError(`There is no style "${name}": brief, formal, friendly, keep.`);
  const deltas = await train('concise', concisePairs(pairs), push);
  lab.set(
    lab.initial.map(
      (values, i) => (i % 2 === 0 ? values : values.map((x, k) => x + push.times * deltas[(i - 1) / 2]![k]!)), // a and bt of each pair
    ),
  );
  return brieferPairs(lab, pairs, push.texts, (line) => console.log(line));
}

/** @returns how B differs from the adapter's after training on these pairs, one array for each pair of the adapter */
async function train(
  name: string,
  own: readonly StylePair[],
  { steps, rate }: Recipe,
): Promise<Float32Array[]> {
  lab.set(lab.initial);
  const { transformer } = lab;
  const { parameters } = transformer;
  let optimiser = adamwInit(parameters);
  let [place, average] = [0, NaN];
  for (let step = 0; step < steps; step++) {
    const batch: Example[] = [];
    for (let count = 0; count < tokensPerStep;) {
      const example = exampleAt(place++, own);
      const length = example.prompt.length + example.answer.length;
      if (length > maxTokens) continue;
      batch.push(example);
      count += length + (example.wrong ? example.prompt.length + example.wrong.length : 0);
    }
    const contrasts = batch.flatMap(({ prompt, answer, wrong }) =>
      wrong ? [{ prompt, right: answer, wrong }] : [],
    );
    const rows = [...likelihood(batch), ...(await contrastRows(lab.policy, contrasts, contrast))];
    transformer.zeroGradients();
    const { loss } = transformer.run(packMasked(rows), { training: true });
    const gradients = transformer.readGradients();
    gradients.forEach((values, i) => {
      if (i % 2 === 0) values.fill(0); // A stays
    });
    const schedule = { peak: rate, warmupSteps: 5, totalSteps: steps, finalFraction: 0.1 };
    const now = warmupCosine(schedule, step);
    optimiser = adamwUpdate(defaultAdamW, now, parameters, gradients, optimiser, clipScale(globalNorm(gradients), 1)); // prettier-ignore
    transformer.uploadParameters();
    average = Number.isNaN(average) ? loss : 0.9 * average + 0.1 * loss;
    if (step % 10 === 9) console.log(`${name}: step ${step + 1} of ${steps}, loss ${average.toFixed(3)}`);
  }
  const quality = await correctionQuality(lab, heldOutCorrections, lab.encode);
  console.log(`${name}: ordinary corrections known ${quality?.toFixed(1)}`);
  return parameters.flatMap(
    (values, i) => (i % 2 === 0 ? [] : [values.map((x, k) => x - lab.initial[i]![k]!)]), // a and bt of each pair
  );
}

interface Example {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  /** For an ordinary correction: the text as it was. */
  readonly wrong?: readonly number[];
}

/** Half of them as the leader is asked in the product, half as the follower is. */
function exampleAt(place: number, own: readonly StylePair[]): Example {
  const random = randomAt(seed, place);
  const ofStyle = random() < ownShare;
  const set: readonly StylePair[] = ofStyle
    ? own
    : random() < learnersShare
      ? learnersCorrections
      : corrections;
  const { source, target } = set[Math.floor(random() * set.length)]!; // in range
  const context = { document: '', original: source, instruction: '' };
  const prompt =
    random() < 0.5
      ? lab.writing.leaderPrompt({ ...context, task: 'fixGrammar' })
      : lab.writing.followerPrompt({ ...context, task: 'improve' }, source);
  const answer = (text: string): readonly number[] => tokenize(`${text}<|im_end|>`);
  return { prompt, answer: answer(target), ...(!ofStyle && { wrong: answer(source) }) };
}

/** Every learnt token has the weight 1 / their number. */
function likelihood(batch: readonly Example[]): MaskedSequence[] {
  const learnt = batch.reduce((sum, { answer }) => sum + answer.length, 0);
  return batch.map(({ prompt, answer }) => masked(prompt, answer, 1 / learnt));
}
