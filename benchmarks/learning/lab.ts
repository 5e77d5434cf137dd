/** @file The set-up of the learning benchmark: the model with its shipped adapter, held-out texts, and what the policy writes for them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../server/src/game/rng.ts';
import { openTokenizer } from '../../server/src/generation/chatTokenizer.ts';
import { productWriting } from '../../server/src/productWriting.ts';
import { openBackend, type ComputeBackend } from '../../server/src/tensor/backend.ts';
import { readAdapter } from '../../server/src/tensor/ggufAdapter.ts';
import { loadTransformer, type Transformer } from '../../server/src/tensor/transformer.ts';
import type { TrainingContext, Writing } from '../../server/src/training/candidates.ts';
import { LoraPolicy } from '../../server/src/training/loraPolicy.ts';
import { wishShare } from '../../server/src/styledAdapters.ts';
import { answerLimit, writePools } from '../../server/src/training/poolWriter.ts';
import { MixtureWriter } from '../../server/src/training/mixtures.ts';
import { learnedStyles, readStyles, type Style } from '../../server/src/training/styles.ts';
import { rollOut } from '../../server/src/training/rollouts.ts';
import { readPairs, sha256Of } from '../editor/data.ts';
import { Memory } from './memory.ts';

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
  /** Mixtures of them with the shipped adapter. */
  readonly mixtures: MixtureWriter;
  /** What was written before, with this model, adapter and styles. */
  readonly memory: Memory;
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
  const policy = new LoraPolicy(transformer, { maxTokens });
  const writing = productWriting(vocabulary.tokenizer, 'edit-1');
  const encode = (text: string): readonly number[] => vocabulary.tokenizer.encode(text);
  const styles = existsSync(options.styles) ? readStyles(options.styles, adapter, learnedStyles).styles : [];
  const betweenSteps = (): Promise<void> => Promise.resolve();
  return {
    backend,
    transformer,
    policy,
    writing,
    plainWriting: productWriting(vocabulary.tokenizer, 'fewShot'),
    encode,
    styles,
    mixtures: new MixtureWriter({ transformer, policy, writing, encode, styles, reference: initial, betweenSteps }), // prettier-ignore
    memory: new Memory(memoryFolder(options, writing)),
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

/** One for each model, adapter, set of styles, file of texts and way of asking. Delete it where what cleans the model's answers has changed. */
function memoryFolder({ model, adapter, styles, data }: LabOptions, writing: Writing): string {
  const asked = { document: '', original: 'x', task: 'improve', instruction: '' };
  const hash = createHash('sha256');
  for (const path of [model, adapter, styles, data]) hash.update(existsSync(path) ? sha256Of(path) : 'none');
  hash.update(JSON.stringify([writing.leaderPrompt(asked), writing.followerPrompt(asked, 'x')]));
  return join(root, '.cache', 'learning', hash.digest('hex').slice(0, 16));
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

/** What a simulated writer can be shown for one text. */
export interface Candidates {
  readonly original: string;
  /** Drafts and replies of the shipped adapter. */
  readonly own: readonly string[];
  /** What it writes for the wishes "shorter" and "more formal". */
  readonly wished: readonly string[];
}

/** Kept between runs. */
export async function shippedCandidates(
  lab: Lab,
  contexts: readonly TrainingContext[],
): Promise<readonly Candidates[]> {
  return lab.memory.of(`candidates-${contexts.length}`, async () => {
    const own = await ownCandidates(lab, contexts);
    const wished = await wishedCandidates(lab, contexts);
    return contexts.map(({ original }, i) => ({ original, own: own[i]!, wished: wished[i]! })); // one list for each
  });
}

async function ownCandidates(lab: Lab, contexts: readonly TrainingContext[]): Promise<string[][]> {
  lab.set(lab.initial);
  const candidates: string[][] = [];
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
      candidates.push([...new Set(texts)].filter((text) => text !== context.original));
    }
    process.stderr.write(`\rcandidates of ${Math.min(at + 8, contexts.length)} of ${contexts.length} texts`);
  }
  process.stderr.write('\n');
  return candidates;
}

/** As the product answers these wishes: asked for in words, by the adapter with more of the style. */
async function wishedCandidates(lab: Lab, contexts: readonly TrainingContext[]): Promise<string[][]> {
  const candidates = contexts.map((): string[] => []);
  for (const [task, style] of [
    ['shorten', 'brief'],
    ['formal', 'formal'],
  ] as const) {
    lab.mixtures.place(lab.styles.map(({ name }) => (name === style ? wishShare(style) : 0)));
    const asked = contexts.map((context) => ({ ...context, task }));
    const drafts = (await answer(lab, lab.writing, asked)).map(({ text }) => text);
    const replies = await answer(lab, lab.writing, asked, drafts);
    replies.forEach(({ text }, i) => {
      const texts = [drafts[i]!, text].filter((one) => one !== contexts[i]!.original);
      candidates[i]!.push(...new Set(texts)); // one of each
    });
    process.stderr.write(`texts for the wish "${task}"\n`);
  }
  lab.set(lab.initial);
  return candidates;
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
