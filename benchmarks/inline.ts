/**
 * @file Ghost text: how good by confidence, how fast beside a fresh LlamaCompletion, and how the built server lives through typing.
 *
 *   npm run bench:inline -- [--model PATH] [--data FILE] [--choose FILE] [--sentences 300] [--places 120] [--keystrokes 10000] [--threads 2]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getLlama } from 'node-llama-cpp';
import { inlineLimits } from '../server/src/generation/inlineWriter.ts';
import { ModelHost } from '../server/src/generation/modelHost.ts';
import { createRng } from '../server/src/game/rng.ts';
import { silentLog } from '../server/src/util/log.ts';
import { typeIntoServer } from './inline/keystrokes.ts';
import { curve, record, type QualityRow } from './inline/quality.ts';
import { typeAlong, type Place } from './inline/speed.ts';
import { printResult } from './support.ts';

/** A place is warm where no more than this was typed since the last request. */
const warmTokens = 16;
const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    data: { type: 'string', default: join(root, '../shared/data/edits/test.jsonl') },
    choose: { type: 'string', default: join(root, '../shared/data/edits/valid.jsonl') },
    sentences: { type: 'string', default: '300' },
    places: { type: 'string', default: '120' },
    keystrokes: { type: 'string', default: '10000' },
    threads: { type: 'string', default: '2' },
  },
});
for (const [option, path] of [
  ['--data', values.data],
  ['--choose', values.choose],
] as const) {
  if (existsSync(path)) continue;
  console.error(`${path} is not there: give text-editing pairs as JSON lines with ${option} FILE.`);
  process.exit(1);
}
const threads = Number(values.threads);
const sentencesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { target: string }).target)
    .filter((text) => !/[`*_\n]/.test(text) && text.split(' ').length >= 10);
const sentences = sentencesOf(values.data);

const host = await ModelHost.start({ gpu: 'off', threads, log: silentLog });
const model = await host.load({ path: values.model, title: 'SmolLM2 135M' }, null);

// The threshold is chosen on some sentences and reported on others.
const thresholds = [0.15, 0.25, 0.35, 0.4, inlineLimits.confidence, 0.5, 0.55, 0.65];
const curveOf = async (texts: readonly string[], seed: number): Promise<QualityRow[]> => {
  const rng = createRng(seed);
  const recorded = await record(model, texts.slice(0, Number(values.sentences)), () => rng.next());
  return curve(recorded, thresholds);
};
const reported = new Set(sentences);
const chosenOn = await curveOf(
  sentencesOf(values.choose).filter((text) => !reported.has(text)),
  2,
);
const rows = await curveOf(sentences, 1);
for (const table of [chosenOn, rows]) {
  console.table(
    table.map((row) => ({
      confidence: row.confidence,
      'shown %': percent(row.shown),
      'first word %': percent(row.firstWord),
      'first three %': percent(row.firstThree),
      'words shown': row.wordsShown.toFixed(1),
      'characters saved': row.charactersSaved.toFixed(1),
    })),
  );
}
const chosen = chosenOn.find(({ firstWord }) => firstWord >= 0.5)?.confidence ?? null;
console.log(`The lowest at which half of what is shown begins with the author's word: ${chosen ?? 'none'}.`);
const atDefault = rows.find((row) => row.confidence === inlineLimits.confidence);

const llama = await getLlama({ build: 'never', gpu: false, maxThreads: threads, progressLogs: false });
const peer = await llama.loadModel({ modelPath: values.model });
const texts = sentences.slice(-40);
const drawing = await host.load({ path: values.model, title: 'SmolLM2 135M' }, null);
await typeAlong(model, drawing, peer, threads, texts.slice(0, 1)); // warm
const places = (await typeAlong(model, drawing, peer, threads, fewest(texts, Number(values.places)))).slice(
  0,
  Number(values.places),
);
await peer.dispose();
await model.dispose();
await drawing.dispose();
await host.dispose();
const sumOf = (of: readonly Place[], pick: (place: Place) => number): number =>
  of.reduce((total, place) => total + pick(place), 0);
const sum = (pick: (place: Place) => number): number => sumOf(places, pick);
// Cold: the sentences before the text have changed, and all of them are read again.
const warm = places.filter(({ promptTokens }) => promptTokens <= warmTokens);
const ours = places.map((place) => place.oursMs).sort((a, b) => a - b);
const speed = {
  writeP50Ms: quantile(ours, 0.5),
  writeP95Ms: quantile(ours, 0.95),
  overDecode: sumOf(warm, (place) => place.oursMs) / sumOf(warm, (place) => place.bareMs),
  overDecodeCold: sum((place) => place.oursMs) / sum((place) => place.bareMs),
  warmPlaces: warm.length / places.length,
  overWritten: sum((place) => place.oursMs) / sum((place) => place.writtenMs),
  tokensPerSuggestion: sum((place) => place.tokens + place.promptTokens - 1) / places.length,
  speedupOverPeer: sum((place) => place.peerMs) / sum((place) => place.oursMs),
  threeOverOne: sum((place) => place.threeMs) / sum((place) => place.oursMs),
};
console.table(speed);

const typing = await typeIntoServer(sentences, Number(values.keystrokes), threads);
const { waitsMs, ...counts } = typing;
const waits = { suggestions: waitsMs.length, p50Ms: quantile(waitsMs, 0.5), p95Ms: quantile(waitsMs, 0.95) };
console.table({ ...counts, ...waits });

printResult('inline', 'SmolLM2-135M-Instruct.Q4_1', {
  p50Ms: waits.p50Ms,
  p95Ms: waits.p95Ms,
  ...speed,
  memoryGrowthMb: typing.memoryGrowthMb,
  keystrokes: typing.keystrokes,
  cancelledShare: typing.cancelled / typing.keystrokes,
  chosenConfidence: chosen,
  shown: atDefault?.shown ?? null,
  firstWord: atDefault?.firstWord ?? null,
  firstThree: atDefault?.firstThree ?? null,
  charactersSaved: atDefault?.charactersSaved ?? null,
});

/** Of numbers in ascending order; 0 where there are none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

function percent(share: number): string {
  return (100 * share).toFixed(0);
}

/** As few texts as have that many places. */
function fewest(all: readonly string[], count: number): string[] {
  const chosen: string[] = [];
  let found = 0;
  for (const text of all) {
    if (found >= count) break;
    chosen.push(text);
    found += text.split(/\s+/).length - 3;
  }
  return chosen;
}
