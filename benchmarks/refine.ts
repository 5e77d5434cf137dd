/**
 * @file Refining: decoding through our model host against bare node-llama-cpp, aggressive decoding against plain, the time to the first
 * word, and a whole refine of 20, 60 and 150 words through the built server. Same prompts and seeds for all.
 *
 *   npm run build && npm run bench:refine -- [--data FILE] [--lines 60] [--threads 2]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getLlama, LlamaLogLevel, type Token } from 'node-llama-cpp';
import { ChatTokenizer } from '../server/src/generation/chatTokenizer.ts';
import { ModelHost, type LlamaTextModel } from '../server/src/generation/modelHost.ts';
import { leaderTurns } from '../server/src/generation/prompts.ts';
import type { Generated } from '../server/src/generation/textModel.ts';
import { silentLog } from '../server/src/util/log.ts';
import { readPairs } from './editor/data.ts';
import { refineThroughServer } from './refine/server.ts';
import { keptShare } from './refine/words.ts';
import { printResult } from './support.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    adapter: { type: 'string', default: join(root, 'adapters/SmolLM2-135M-Instruct/adapter.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits/test.jsonl') },
    lines: { type: 'string', default: '60' },
    threads: { type: 'string', default: '2' },
  },
});
if (!existsSync(values.data)) {
  console.error(`${values.data} is not there: give the project's text-editing pairs with --data FILE.`);
  process.exit(2);
}
const threads = Number(values.threads);
const adapter = { path: values.adapter, format: 'edit-1' as const };
const tasks = { fluency: 'fixGrammar', concise: 'shorten' } as const;
const lines = readPairs(values.data)
  .flatMap(({ task, source }) =>
    task === 'fluency' || task === 'concise' ? [{ task: tasks[task], source }] : [],
  )
  .slice(0, Number(values.lines));
const turnsOf = ({ task, source }: (typeof lines)[number]) =>
  leaderTurns('edit-1', { task, instruction: '', text: source });
const { signal } = new AbortController();

const host = await ModelHost.start({ gpu: 'off', threads, log: silentLog });
const ours = await host.load({ path: values.model, title: 'SmolLM2 135M' }, adapter);

interface Row {
  readonly plainMs: number;
  readonly guessedMs: number;
  readonly bareMs: number;
  readonly tokens: number;
  readonly plainSteps: number;
  readonly guessedSteps: number;
  readonly same: boolean;
  readonly kept: number;
  readonly firstMs: number;
}

const bare = await openBare();
const rows: Row[] = [];
for (const line of lines) {
  const plain = await write(ours, line, false);
  const guessed = await write(ours, line, true);
  rows.push({
    plainMs: plain.totalMs - plain.firstTokenMs,
    guessedMs: guessed.totalMs - guessed.firstTokenMs,
    bareMs: await bare(line, plain.tokens),
    tokens: plain.tokens,
    plainSteps: plain.steps,
    guessedSteps: guessed.steps,
    same: plain.text === guessed.text,
    kept: keptShare(line.source, plain.text),
    firstMs: plain.firstTokenMs, // a new text behind a beginning that is in the cache
  });
}
await ours.dispose();
await host.dispose();

const sum = (of: (row: Row) => number, from: readonly Row[] = rows): number =>
  from.reduce((total, row) => total + of(row), 0);
const speedup = (from: readonly Row[]): number =>
  sum(({ plainMs }) => plainMs, from) / sum(({ guessedMs }) => guessedMs, from);
const copying = rows.filter(({ kept }) => kept >= 0.7);
const byKept = [...rows].sort((a, b) => a.kept - b.kept);
const groups = Array.from({ length: Math.floor(rows.length / 10) }, (_, i) =>
  byKept.slice(10 * i, 10 * i + 10),
);
const paragraphs = await refineThroughServer(
  lines.map(({ source }) => source),
  [20, 60, 150],
  threads,
);
const firstWords = rows.map(({ firstMs }) => firstMs).sort((a, b) => a - b);

console.table([
  {
    what: 'plain, ours',
    'tokens/s': Math.round((1000 * sum(({ tokens }) => tokens)) / sum(({ plainMs }) => plainMs)),
    steps: sum(({ plainSteps }) => plainSteps),
  },
  {
    what: 'plain, bare node-llama-cpp',
    'tokens/s': Math.round((1000 * sum(({ tokens }) => tokens)) / sum(({ bareMs }) => bareMs)),
    steps: sum(({ plainSteps }) => plainSteps),
  },
  {
    what: 'guessing from the source',
    'tokens/s': Math.round((1000 * sum(({ tokens }) => tokens)) / sum(({ guessedMs }) => guessedMs)),
    steps: sum(({ guessedSteps }) => guessedSteps),
  },
]);
console.log(
  `${rows.filter(({ same }) => same).length} of ${rows.length} texts are the same with and without guessing; ${copying.length} keep at least 70 % of the words.`,
);
console.table(paragraphs.map(({ words, ms }) => ({ words, 'leader and follower, ms': Math.round(ms) })));
printResult('refine', 'SmolLM2-135M-Instruct Q4_1, adapter 0', {
  decodeRatio: round(sum(({ bareMs }) => bareMs) / sum(({ plainMs }) => plainMs)),
  aggressiveSpeedup: round(speedup(copying)),
  aggressiveSpeedupWorst: round(Math.min(...groups.map(speedup))),
  firstWordMsWarm: Math.round(firstWords[Math.floor(firstWords.length / 2)] ?? 0),
  refineMs20: Math.round(paragraphs[0]?.ms ?? 0),
  refineMs60: Math.round(paragraphs[1]?.ms ?? 0),
  refineMs150: Math.round(paragraphs[2]?.ms ?? 0),
});

function round(value: number): number {
  return Math.round(100 * value) / 100;
}

function write(model: LlamaTextModel, line: (typeof lines)[number], guess: boolean): Promise<Generated> {
  return model.generate({
    turns: turnsOf(line),
    template: 'bare',
    ...(guess ? { copyFrom: line.source } : {}),
    maxTokens: 120,
    temperature: 0,
    seed: 1,
    signal,
  });
}

/** node-llama-cpp's own loop over the same prompt and as many tokens; the time without the prompt. */
async function openBare(): Promise<(line: (typeof lines)[number], tokens: number) => Promise<number>> {
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: values.model });
  const context = await model.createContext({
    contextSize: 4096,
    batchSize: 512,
    sequences: 3,
    threads,
    lora: { adapters: [{ filePath: adapter.path, scale: 1 }] },
  });
  const sequence = context.getSequence();
  const tokenizer = new ChatTokenizer(model);
  return async (line, tokens) => {
    const prompt = tokenizer.promptTokens(turnsOf(line), 'bare') as Token[]; // this model's own tokens
    await sequence.clearHistory();
    await sequence.controlledEvaluate(prompt.slice(0, -1));
    let [count, started] = [0, 0];
    const written = sequence.evaluate(prompt.slice(-1), { temperature: 0 });
    while (count <= tokens && !(await written.next()).done) {
      if (count === 0) started = performance.now();
      count += 1;
    }
    await written.return();
    return performance.now() - started;
  };
}
