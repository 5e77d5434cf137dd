/** @file The set-up of the learning benchmark: the model with its shipped adapter, held-out texts, and what the policy writes for them. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../server/src/game/rng.ts';
import { openTokenizer } from '../../server/src/generation/chatTokenizer.ts';
import { productWriting } from '../../server/src/productWriting.ts';
import { openBackend, type ComputeBackend } from '../../server/src/tensor/backend.ts';
import { readAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { loadTransformer, type Transformer } from '../../server/src/tensor/transformer.ts';
import type { TrainingContext, Writing } from '../../server/src/training/candidates.ts';
import { LoraPolicy } from '../../server/src/training/loraPolicy.ts';
import { answerLimit, writePools } from '../../server/src/training/poolWriter.ts';
import { rollOut } from '../../server/src/training/rollouts.ts';
import { fromPlain, plain, type PlainReadPool, type ReadPool } from '../../server/src/training/readPool.ts';
import { defaultTrainerConfig } from '../../server/src/training/trainer.ts';
import { readPairs } from '../editor/data.ts';

const root = join(import.meta.dirname, '..', '..');
const maxTokens = 1400;

export interface LabOptions {
  readonly model: string;
  readonly adapter: string;
  /** Pairs whose sources are the writer's texts; none of them was trained on. */
  readonly data: string;
  readonly threads: number;
  readonly device: 'cpu' | 'auto';
}

export interface Lab {
  readonly backend: ComputeBackend;
  readonly transformer: Transformer;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  /** The plain model's, asked with examples. */
  readonly plainWriting: Writing;
  encode(text: string): readonly number[];
  /** The parameters of the shipped adapter. */
  readonly initial: readonly Float32Array[];
  readonly contexts: {
    readonly train: readonly TrainingContext[];
    readonly heldOut: readonly TrainingContext[];
  };
  /** Puts parameters in place. */
  set(parameters: readonly Float32Array[]): void;
  dispose(): Promise<void>;
}

export async function openLab(options: LabOptions): Promise<Lab> {
  const vocabulary = await openTokenizer(options.model);
  const backend = openBackend({ threads: options.threads, device: options.device });
  const transformer = loadTransformer(backend, options.model, {
    lora: readAdapter(options.adapter),
    maxTokens,
  });
  const initial = transformer.parameters.map((values) => values.slice());
  return {
    backend,
    transformer,
    policy: new LoraPolicy(transformer, { maxTokens }),
    writing: productWriting(vocabulary.tokenizer, 'edit-1'),
    plainWriting: productWriting(vocabulary.tokenizer, 'fewShot'),
    encode: (text) => vocabulary.tokenizer.encode(text),
    initial,
    contexts: splitContexts(options.data),
    set: (parameters) => {
      transformer.parameters.forEach((values, i) => values.set(parameters[i]!)); // same order
      transformer.uploadParameters();
    },
    dispose: async () => {
      transformer.dispose();
      backend.dispose();
      await vocabulary.dispose();
    },
  };
}

/** Sentences of 8 to 32 words; a quarter of them, by their hash, is held out. */
function splitContexts(path: string): Lab['contexts'] {
  const originals = [...new Set(readPairs(path).map(({ source }) => source.trim()))].filter((source) => {
    const words = source.split(/\s+/).length;
    return words >= 8 && words <= 32 && !source.includes('\n');
  });
  const all = originals.map((original, i): TrainingContext => ({
    document: `text-${i}`,
    original,
    task: 'improve',
    instruction: '',
  }));
  const held = ({ original }: TrainingContext): boolean =>
    createHash('sha256').update(original).digest()[0]! < 64; // 32 bytes
  return { train: all.filter((one) => !held(one)), heldOut: all.filter(held) };
}

/**
 * The pools that the shipped adapter writes for the training texts, read by it: what the simulated writers decide on, and what every run
 * learns from. They depend on no writer and no seed, so they are kept between runs.
 */
export async function referencePools(
  lab: Lab,
  contexts: readonly TrainingContext[],
): Promise<ReadonlyMap<string, ReadPool>> {
  const path = cachePath(lab, 'pools', '');
  const kept = existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => fromPlain(JSON.parse(line) as PlainReadPool))
    : [];
  const done = new Map(kept.map((read) => [read.pool.context.original, read]));
  const missing = contexts.filter(({ original }) => !done.has(original));
  lab.set(lab.initial);
  const { groupSize, explored, drafts, rounds, temperature } = defaultTrainerConfig;
  for (let at = 0; at < missing.length; at += 8) {
    const pools = await writePools(lab.transformer, lab.writing, missing.slice(at, at + 8), {
      groupSize,
      explored,
      drafts,
      rounds,
      temperature,
      rng: createRng(11 + done.size),
    });
    const scores = await lab.policy.scoreGroups(
      pools.flatMap(({ leader, followers }) => [leader, ...followers]),
    );
    let next = 0;
    for (const pool of pools) {
      const of = scores.slice(next, (next += 1 + pool.followers.length));
      const reference = of.map(({ logProbs }) => logProbs);
      const read: ReadPool = { pool, old: reference, reference };
      appendFileSync(path, `${JSON.stringify(plain(read))}\n`);
      done.set(pool.context.original, read);
    }
    process.stderr.write(`\rpools of ${done.size} texts, ${Math.max(0, missing.length - at - 8)} to go\n`);
  }
  return done;
}

/** What a writer would see of a pool: the texts that the policy wrote, for its own task or when asked for another. */
export function shownTexts({ pool: { context, leader, followers } }: ReadPool): string[] {
  const texts = [leader, ...followers].flatMap(({ texts, written }) => texts.slice(0, written));
  return [...new Set(texts)].filter((text) => text !== null && text !== context.original) as string[];
}

/** Of this model with this adapter; the folder is there. */
function cachePath(lab: Lab, name: string, key: string): string {
  const hash = createHash('sha256').update(key).update(lab.initial[0]!).digest('hex').slice(0, 16); // there are parameters
  const folder = join(root, '.cache', 'learning');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}-${hash}.jsonl`);
}

/** `make` once for this adapter and these contexts; what it makes must be JSON. */
export async function once<T>(
  lab: Lab,
  name: string,
  contexts: readonly TrainingContext[],
  make: () => Promise<T>,
): Promise<T> {
  const path = cachePath(lab, name, JSON.stringify(contexts));
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  const made = await make();
  writeFileSync(path, JSON.stringify(made));
  return made;
}

/** Two drafts of the leader for each text, drawn: together about as many tokens as a draft and its reply. */
export async function twoDrafts(lab: Lab, contexts: readonly TrainingContext[]): Promise<string[][]> {
  const { transformer, writing } = lab;
  const prompts = contexts.map((context) => ({
    prompt: writing.leaderPrompt(context),
    maxTokens: answerLimit(writing, context.original),
  }));
  const drafts = await rollOut(transformer, prompts, {
    count: 2,
    temperature: 1,
    rng: createRng(5),
    isEnd: (token) => writing.isEnd(token),
    atOnce: 16,
  });
  return contexts.map(({ original }, i) =>
    drafts[i]!.map(({ tokens, ended }) => writing.show(tokens, ended, original) ?? original),
  ); // one set for each
}

/** Greedy answers, one for each prompt; what can't be shown is what it began from. */
async function answer(
  lab: Lab,
  writing: Writing,
  contexts: readonly TrainingContext[],
  drafts?: readonly string[],
): Promise<string[]> {
  const prompts = contexts.map((context, i) => ({
    prompt: drafts ? writing.followerPrompt(context, drafts[i]!) : writing.leaderPrompt(context), // one for each
    maxTokens: answerLimit(writing, context.original),
  }));
  const answers = await rollOut(lab.transformer, prompts, {
    count: 1,
    temperature: 0,
    rng: createRng(1),
    isEnd: (token) => writing.isEnd(token),
    atOnce: 16,
  });
  return contexts.map(({ original }, i) => {
    const [{ tokens, ended } = { tokens: [], ended: false }] = answers[i]!; // one set for each
    return writing.show(tokens, ended, original, drafts?.[i]) ?? drafts?.[i] ?? original;
  });
}

/** Drafts of another policy: the plain model, asked with examples. */
export async function otherDrafts(lab: Lab, contexts: readonly TrainingContext[]): Promise<string[]> {
  lab.transformer.setAdapterStrength(0);
  try {
    return await answer(lab, lab.plainWriting, contexts);
  } finally {
    lab.transformer.setAdapterStrength(1);
  }
}

/** Our follower's replies to drafts that it did not see in training. */
export async function refineDrafts(
  lab: Lab,
  contexts: readonly TrainingContext[],
  drafts: readonly string[],
): Promise<string[]> {
  return answer(lab, lab.writing, contexts, drafts);
}
