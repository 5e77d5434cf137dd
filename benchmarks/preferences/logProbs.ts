/**
 * @file Log-probs of bare texts after the start token, by the embedded model. The training engine runs it: every position of many
 * texts in one batch. node-llama-cpp hands a vocabulary over as a map for every token. Kept in a cache by the texts' hashes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import type { TokenScores } from '../../server/src/preferences/languageFeatures.ts';
import { openBackend } from '../../server/src/tensor/backend.ts';
import { packMasked } from '../../server/src/tensor/packing.ts';
import { loadTransformer } from '../../server/src/tensor/transformer.ts';

/** Tokens, sum, lowest: as they lie in the files. */
type Entry = readonly [number, number, number];
type Entries = Record<string, Entry>;

const tokensABatch = 768;
/** A text is measured up to here: more would need more memory than one paragraph is worth. */
const mostTokens = 1024;

export function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

export function readLogProbs(path: string): Entries {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Entries) : {};
}

export function scoresIn(entries: Entries, text: string): TokenScores | undefined {
  const entry = entries[keyOf(text)];
  return entry && { count: entry[0], sum: entry[1], min: entry[2] };
}

/** What is known or in the cache; what is in neither is measured and added to the cache. */
export async function measureLogProbs(
  texts: readonly string[],
  modelPath: string,
  cachePath: string,
  known: Entries = {},
): Promise<Entries> {
  const entries = readLogProbs(cachePath);
  const missing = [...new Set(texts)].filter((text) => !known[keyOf(text)] && !entries[keyOf(text)]);
  if (missing.length === 0) return { ...entries, ...known };
  if (!existsSync(modelPath)) {
    console.error(`${modelPath} is missing: ${missing.length} texts go without log-probs.`);
    return { ...entries, ...known };
  }
  const llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: LlamaLogLevel.error });
  const vocabulary = await llama.loadModel({ modelPath, vocabOnly: true });
  const start = vocabulary.tokens.bos ?? 0;
  // The shortest first: texts of one batch are then of one length.
  const sequences = missing
    .map((text) => ({
      key: keyOf(text),
      ids: [start, ...vocabulary.tokenize(text)].slice(0, mostTokens),
    }))
    .sort((a, b) => a.ids.length - b.ids.length);
  await llama.dispose();

  const backend = openBackend({ threads: 2, device: 'cpu' });
  // A fresh adapter changes nothing.
  const model = loadTransformer(backend, modelPath, {
    lora: { rank: 1, alpha: 1, seed: 1 },
    weights: 'asIs',
    mode: 'recompute',
    maxTokens: tokensABatch + mostTokens,
    maxGroupTokens: mostTokens,
  });
  const began = performance.now();
  mkdirSync(dirname(cachePath), { recursive: true });
  for (let at = 0; at < sequences.length;) {
    const batch: (typeof sequences)[number][] = [];
    let tokens = 0;
    do {
      const sequence = sequences[at++]!; // checked by both conditions
      batch.push(sequence);
      tokens += sequence.ids.length + 16; // sequences are filled up to a multiple of 16
    } while (at < sequences.length && tokens + sequences[at]!.ids.length < tokensABatch);
    const measured = batch.filter(({ ids }) => ids.length > 1);
    const { logProbs } =
      measured.length === 0
        ? { logProbs: [] }
        : model.run(packMasked(measured.map(({ ids }) => ({ ids, weights: ids.map(() => 0) }))));
    let from = 0;
    for (const { key, ids } of batch) {
      const own = Array.from(logProbs.slice(from, (from += ids.length - 1)));
      entries[key] = [own.length, own.reduce((sum, value) => sum + value, 0), Math.min(0, ...own)];
    }
    writeFileSync(cachePath, JSON.stringify(entries));
    process.stderr.write(`\rlog-probs: ${at} of ${sequences.length} texts`);
  }
  process.stderr.write('\n');
  const tokens = sequences.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  console.log(
    `measured ${sequences.length} texts, ${tokens} tokens in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  model.dispose();
  backend.dispose();
  return { ...entries, ...known };
}

/** How two sets of measurements agree on the texts that are in both. */
export function agreement(own: Entries, other: Entries) {
  const both = Object.keys(own).filter((key) => other[key]);
  const pairs = both.map((key) => ({ a: own[key]!, b: other[key]! })); // they are keys of both
  return {
    texts: both.length,
    otherCount: pairs.filter(({ a, b }) => a[0] !== b[0]).length,
    sumPerToken:
      pairs.reduce((sum, { a, b }) => sum + Math.abs(a[1] - b[1]) / Math.max(1, a[0]), 0) / pairs.length,
  };
}
