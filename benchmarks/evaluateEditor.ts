/**
 * @file Scores an editing adapter on test pairs, leader alone and leader with follower as the product writes them, beside the model's bare
 * answers and the baselines: copying, the plain few-shot model, harper.js. With --install it becomes the adapter that ships.
 *
 *   node benchmarks/evaluateEditor.ts --adapter PATH [--data FOLDER] [--set test|valid] [--lines N] [--baselines]
 *                                     [--outputs FILE] [--install] [--by-sentence]
 *
 * By sentence, as the product asks the embedded model, each sentence of a line is asked alone and the answers are joined; lines about
 * sentences that should connect are asked whole.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { binaryInlined } from 'harper.js/binaryInlined';
import { Dialect, LocalLinter } from 'harper.js';
import { cutAtSentences } from '../server/src/document/pieces.ts';
import { readAdapter } from '../server/src/tensor/ggufAdapter.ts';
import { scoreEdits } from './editMetrics.ts';
import type { EditScores } from './editMetrics.ts';
import { followerRequest, instructions, readPairs, sha256Of, tasks } from './editor/data.ts';
import type { EditPair } from './editor/data.ts';
import { fewShotPrompt, openEditorModel } from './editor/generate.ts';
import { openProduct, type Written } from './editor/product.ts';
import { printResult } from './support.ts';

const root = join(import.meta.dirname, '..');
const shipped = join(root, 'adapters', 'SmolLM2-135M-Instruct');
/** Names of the systems that are the adapter's own. */
const ofAdapter = /^(leader|bare)/;

const { values: options } = parseArgs({
  options: {
    adapter: { type: 'string', default: join(shipped, 'adapter.gguf') },
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits') },
    set: { type: 'string', default: 'test' },
    lines: { type: 'string' },
    baselines: { type: 'boolean', default: false },
    outputs: { type: 'string' },
    install: { type: 'boolean', default: false },
    'by-sentence': { type: 'boolean', default: false },
  },
});

if (options.install && (options['by-sentence'] || options.lines !== undefined || options.set !== 'test')) {
  console.error(
    'adapter.json holds scores of all whole lines of test.jsonl: leave out --by-sentence, --lines and --set where you --install.',
  );
  process.exit(2);
}

const pairs = readPairs(join(options.data, `${options.set}.jsonl`)).slice(0, Number(options.lines ?? 1e9));
const scores: Record<string, EditScores> = {};

function record(system: string, outputs: readonly string[]): void {
  const lines = pairs.map(({ source, target }, i) => ({
    source,
    reference: target,
    output: outputs[i] ?? '',
  }));
  scores[system] = scoreEdits(lines);
  for (const task of tasks) {
    const ofTask = lines.filter((_, i) => pairs[i]?.task === task);
    if (ofTask.length > 0) scores[`${system} · ${task}`] = scoreEdits(ofTask);
  }
  for (const origin of ['eracond', 'wikisplit', 'synthetic']) {
    const ofOrigin = lines.filter((_, i) => pairs[i]?.origin.startsWith(origin));
    if (ofOrigin.length > 0) scores[`${system} · ${origin}`] = scoreEdits(ofOrigin);
  }
  console.log(system, JSON.stringify(scores[system]));
}

record(
  'copy',
  pairs.map(({ source }) => source),
);
if (options.baselines) {
  record('harper.js', await harper(pairs));
  const plain = await openEditorModel(options.model, null);
  record(
    'few-shot',
    await plain.answer(pairs.map(({ source }) => ({ prompt: fewShotPrompt(source), source }))),
  );
  await plain.dispose();
}

const product = await openProduct(options.model, options.adapter);
const drafts: Written[][] = [];
const refinements: Written[][] = [];
let [draftMs, refineMs] = [0, 0];
for (const { task, source } of pairs) {
  const whole = !options['by-sentence'] || task === 'coherence';
  const pieces = (whole ? [source] : cutAtSentences(source, 0)).map((piece) => piece.trim());
  const asked = pieces.map((piece) => ({ instruction: instructions[task], source: piece }));
  let started = performance.now();
  const ofLeader: Written[] = [];
  for (const one of asked) ofLeader.push(await product.draft(one));
  draftMs += performance.now() - started;
  started = performance.now();
  const ofFollower: Written[] = [];
  for (const [i, one] of asked.entries()) ofFollower.push(await product.refine(one, ofLeader[i]!.text)); // one each
  refineMs += performance.now() - started;
  drafts.push(ofLeader);
  refinements.push(ofFollower);
}
await product.dispose();
const joined = (all: readonly (readonly Written[])[], key: keyof Written): string[] =>
  all.map((pieces) => pieces.map((piece) => piece[key]).join(' '));
const leader = joined(drafts, 'text');
const follower = joined(refinements, 'text');
record('bare answers', joined(drafts, 'answer'));
record('leader', leader);
record('leader and follower', follower);

console.table(scores);
console.log(
  `${Math.round(draftMs / pairs.length)} ms for a draft, ${Math.round(refineMs / pairs.length)} ms for a refinement.`,
);
if (options.outputs !== undefined) {
  const lines = pairs.map((pair, i) => JSON.stringify({ ...pair, leader: leader[i], follower: follower[i] }));
  writeFileSync(options.outputs, `${lines.join('\n')}\n`);
}
if (options.install) install();
printResult('editor', 'SmolLM2-135M-Instruct Q4_1', figures());

/** The first suggestion of every lint, from the end of the text to its beginning, as an editor's "fix all" would. */
async function harper(texts: readonly EditPair[]): Promise<string[]> {
  const linter = new LocalLinter({ binary: binaryInlined, dialect: Dialect.American });
  const out: string[] = [];
  for (const { source } of texts) {
    let text = source;
    const lints = await linter.lint(source, { language: 'plaintext' });
    const fromEnd = lints.sort((a, b) => b.span().start - a.span().start);
    let upTo = Infinity;
    for (const lint of fromEnd) {
      const [suggestion] = lint.suggestions();
      if (suggestion === undefined || lint.span().end > upTo) continue; // overlaps one that was applied
      text = await linter.applySuggestion(text, lint, suggestion);
      upTo = lint.span().start;
    }
    out.push(text);
  }
  return out;
}

function figures(): Record<string, number | null> {
  const { leader: alone, 'leader and follower': both } = scores;
  return {
    gleu: alone?.gleu ?? null,
    f05: alone?.f05 ?? null,
    goodLeftAlone: 100 - (alone?.overEdited ?? 0),
    followerF05: both?.f05 ?? null,
    followerGleu: both?.gleu ?? null,
    fewShotGleu: scores['few-shot']?.gleu ?? null,
    harperGleu: scores['harper.js']?.gleu ?? null,
    harperF05: scores['harper.js']?.f05 ?? null,
  };
}

/** Copies the adapter to adapters/ and writes adapter.json: format, recipe, data, scores, attribution. */
function install(): void {
  mkdirSync(shipped, { recursive: true });
  const target = join(shipped, 'adapter.gguf');
  if (options.adapter !== target) copyFileSync(options.adapter, target);
  const { rank, alpha, provenance } = readAdapter(target);
  const file = join(shipped, 'adapter.json');
  const earlier: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const kept =
    typeof earlier === 'object' && earlier !== null && 'baselines' in earlier ? earlier.baselines : undefined;
  const measured = Object.fromEntries(Object.entries(scores).filter(([name]) => ofAdapter.test(name)));
  const baselines = Object.fromEntries(Object.entries(scores).filter(([name]) => !ofAdapter.test(name)));
  const description = {
    id: 0,
    title: 'Editing adapter',
    baseModel: { name: 'SmolLM2-135M-Instruct', file: 'Q4_1', sha256: provenance.baseModelSha256 },
    file: { sha256: sha256Of(target), sizeBytes: statSync(target).size, precision: 'f16' },
    rank,
    alpha,
    promptFormat: {
      id: 'edit-1',
      system: null,
      leader: '{instruction}: {source}',
      follower: followerRequest,
      instructions,
    },
    training: { command: 'npm run train:editor', step: provenance.step, ...provenance.config },
    evaluation: { set: options.set, lines: pairs.length, decoding: 'greedy', scores: measured },
    baselines: options.baselines ? baselines : (kept ?? baselines),
    attribution: attribution(),
  };
  writeFileSync(file, `${JSON.stringify(description, null, 2)}\n`);
  console.log(`Installed in adapters/SmolLM2-135M-Instruct (${statSync(target).size} bytes).`);
}

function attribution(): string[] {
  return [
    'WikiSplit: Jan A. Botha, Manaal Faruqui, John Alex, Jason Baldridge, Dipanjan Das, "Learning To Split and Rephrase From Wikipedia Edit History", EMNLP 2018; text of Wikipedia contributors; CC BY-SA 4.0; filtered and detokenised.',
    'ErAConD: Xun Yuan, Derek Pham, Sam Davidson, Zhou Yu, "ErAConD: Error Annotated Conversational Dialog Dataset for Grammatical Error Correction", NAACL 2022; MIT, copyright 2022 YUAN Xun.',
    'Harper: Automattic and contributors; Apache-2.0.',
    'Open Source Guides: GitHub and contributors, opensource.guide; CC BY 4.0; cut into sentences and altered.',
    'The Rust Programming Language: Steve Klabnik, Carol Nichols and contributors; MIT or Apache-2.0.',
    'codespell dictionary: codespell contributors, derived from Wikipedia; CC BY-SA 3.0; reduced and reversed.',
    '18F, digital.gov and plainlanguage.gov: works of the United States Government, CC0 1.0 worldwide (no attribution needed).',
    'SmolLM2-135M-Instruct: Hugging Face; Apache-2.0.',
  ];
}
