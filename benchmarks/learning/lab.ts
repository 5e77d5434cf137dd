/** @file The set-up of the learning benchmark: the model with its shipped adapter, held-out texts, and what the policy writes for them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRng } from '../../server/src/game/rng.ts';
import { openTokenizer } from '../../server/src/generation/chatTokenizer.ts';
import { productWriting } from '../../server/src/productWriting.ts';
import { openBackend, type ComputeBackend } from '../../server/src/tensor/backend.ts';
import { readAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { loadTransformer, type Transformer } from '../../server/src/tensor/transformer.ts';
import type { TrainingContext, Writing } from '../../server/src/training/candidates.ts';
import { LoraPolicy } from '../../server/src/training/loraPolicy.ts';
import { answerLimit, writePools } from '../../server/src/training/poolWriter.ts';
import { readStyles, type Style } from '../../server/src/training/styles.ts';
import { rollOut } from '../../server/src/training/rollouts.ts';
import { readPairs } from '../editor/data.ts';

const root = join(import.meta.dirname, '..', '..');
const maxTokens = 1400;

export interface LabOptions {
  readonly model: string;
  readonly adapter: string;
  readonly styles: string;
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
  readonly encode: (text: string) => readonly number[];
  readonly styles: readonly Style[];
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
  const adapter = readAdapter(options.adapter);
  const transformer = loadTransformer(backend, options.model, { lora: adapter, maxTokens });
  const initial = transformer.parameters.map((values) => values.slice());
  return {
    backend,
    transformer,
    policy: new LoraPolicy(transformer, { maxTokens }),
    writing: productWriting(vocabulary.tokenizer, 'edit-1'),
    plainWriting: productWriting(vocabulary.tokenizer, 'fewShot'),
    encode: (text) => vocabulary.tokenizer.encode(text),
    styles: existsSync(options.styles) ? readStyles(options.styles, adapter).styles : [],
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

/** Drafts and replies of the shipped adapter for the training texts: what the simulated writers decided on. Kept between runs. */
export async function shippedCandidates(
  lab: Lab,
  contexts: readonly TrainingContext[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const [first] = contexts;
  if (!first) return new Map();
  const { writing } = lab;
  const asked = [writing.leaderPrompt(first), writing.followerPrompt(first, first.original)];
  const key = createHash('sha256')
    .update(JSON.stringify([contexts.map(({ original }) => original), asked]))
    .update(lab.initial[0]!)
    .digest('hex')
    .slice(0, 16); // there are parameters
  const cache = join(root, '.cache', 'learning', `candidates-${key}.json`);
  if (existsSync(cache)) return new Map(JSON.parse(readFileSync(cache, 'utf8')) as [string, string[]][]);
  lab.set(lab.initial);
  const candidates: [string, string[]][] = [];
  const rng = createRng(11);
  for (let at = 0; at < contexts.length; at += 8) {
    const pools = await writePools(lab.transformer, lab.writing, contexts.slice(at, at + 8), {
      groupSize: 6,
      drafts: 1,
      rounds: 1,
      temperature: 1,
      rng,
    });
    for (const { context, leader, followers } of pools) {
      const texts = [leader, ...followers].flatMap((set) => set.texts).filter((text) => text !== null);
      candidates.push([context.original, [...new Set(texts)].filter((text) => text !== context.original)]);
    }
    process.stderr.write(`\rcandidates of ${Math.min(at + 8, contexts.length)} of ${contexts.length} texts`);
  }
  process.stderr.write('\n');
  mkdirSync(dirname(cache), { recursive: true });
  writeFileSync(cache, JSON.stringify(candidates));
  return new Map(candidates);
}

export interface Written {
  readonly original: string;
  readonly draft: string;
  readonly reply: string;
  readonly ended: boolean;
  readonly tokens: number;
}

interface Shown {
  readonly text: string;
  readonly ended: boolean;
  readonly tokens: number;
}

/** Greedy answers, one for each context: to its text, or to its draft where there are drafts. What can't be shown is what it began from. */
async function answer(
  lab: Lab,
  writing: Writing,
  contexts: readonly TrainingContext[],
  drafts?: readonly string[],
): Promise<Shown[]> {
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
    const text = writing.show(tokens, ended, original, drafts?.[i]) ?? drafts?.[i] ?? original;
    return { text, ended, tokens: tokens.length };
  });
}

/** Greedy draft and reply for each text, as the product writes them. */
export async function write(lab: Lab, contexts: readonly TrainingContext[]): Promise<Written[]> {
  const drafts = (await answer(lab, lab.writing, contexts)).map(({ text }) => text);
  const replies = await answer(lab, lab.writing, contexts, drafts);
  return contexts.map(({ original }, i) => {
    const { text: reply, ended, tokens } = replies[i]!; // one for each
    return { original, draft: drafts[i]!, reply, ended, tokens };
  });
}

/** Two drafts drawn from the leader for each text: as many tokens as a draft and its reply. */
export async function twoDrafts(
  lab: Lab,
  contexts: readonly TrainingContext[],
): Promise<readonly (readonly [string, string])[]> {
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
  return contexts.map(({ original }, i) => {
    const [a = original, b = original] = drafts[i]!.map(
      ({ tokens, ended }) => writing.show(tokens, ended, original) ?? original,
    ); // one set for each
    return [a, b];
  });
}

/** Drafts of another policy: the plain model, asked with examples. */
export async function otherDrafts(lab: Lab, contexts: readonly TrainingContext[]): Promise<string[]> {
  lab.transformer.setAdapterStrength(0);
  try {
    return (await answer(lab, lab.plainWriting, contexts)).map(({ text }) => text);
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
  return (await answer(lab, lab.writing, contexts, drafts)).map(({ text }) => text);
}
