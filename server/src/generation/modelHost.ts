/**
 * @file The model in memory: loading, adapters, the KV cache and one generation at a time. The only importer of node-llama-cpp.
 * main.ts creates one host; leader, follower, inline writer and sampler ask it through {@link TextModel}.
 */
import {
  getLlama,
  InsufficientMemoryError,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { Settings } from '../../protocol/settings.ts';
import { CancelledError, DraftError, throwIfAborted } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { ChatTokenizer } from './chatTokenizer.ts';
import { decode, type DecodeSequence } from './decode.ts';
import { FairQueue } from './fairQueue.ts';
import { StepCost } from './stepCost.ts';
import type {
  Continuation,
  Continued,
  ContinueOptions,
  Generated,
  GenerateOptions,
  TextModel,
  TokenScores,
} from './textModel.ts';

export interface HostOptions {
  readonly gpu: Settings['engine']['gpu'];
  /** At most as many as there are real cores. */
  readonly threads: number;
  readonly log: Log;
}

export interface ModelFile {
  readonly path: string;
  readonly title: string;
}

export interface AdapterFile {
  /** Every version has its own path: an adapter is known by its path once it is loaded. */
  readonly path: string;
  readonly format: 'edit-1' | null;
  /** The file of the same adapter with more of a ready style; null where there is none. */
  readonly styled?: (style: string) => string | null;
}

const contextSize = 4096;
const batchSize = 512;
/** Prompt tokens evaluated between two looks at the abort signal. */
const promptSlice = 64;
/** Leader, follower, and whatever else is written: each keeps its own prefix. */
const sequenceCount = 3;

/** For ghost text: the plain model, its own cache. */
const continuationContextSize = 1024;
const drawSeed = 1;
/**
 * Probabilities of ghost text are shares of what these likeliest tokens have together: for those of the whole vocabulary node-llama-cpp
 * sorts all of it, which costs a fifth of a step of the embedded model.
 */
const likeliestTokens = 128;

/** The llama.cpp runtime of this process. */
export class ModelHost {
  readonly #llama: Llama;
  readonly #options: HostOptions;

  private constructor(llama: Llama, options: HostOptions) {
    this.#llama = llama;
    this.#options = options;
  }

  /** @throws DraftError `unsupportedPlatform` where no prebuilt engine fits this machine; nothing is ever compiled or downloaded */
  static async start(options: HostOptions): Promise<ModelHost> {
    const { log, threads } = options;
    try {
      const llama = await getLlama({
        build: 'never',
        gpu: options.gpu === 'off' ? false : options.gpu,
        maxThreads: threads,
        progressLogs: false,
        logger: (level, message) => {
          log.debug(`llama.cpp ${level}: ${message.trim()}`);
        },
      });
      return new ModelHost(llama, options);
    } catch (error) {
      throw new DraftError(
        'unsupportedPlatform',
        `There is no engine for ${process.platform} ${process.arch}.`,
        { cause: error, facts: { system: `${process.platform} ${process.arch}` } },
      );
    }
  }

  /** The backend in use, or null for the CPU. */
  get gpu(): string | null {
    return this.#llama.gpu === false ? null : this.#llama.gpu;
  }

  /** Loads a model whose file was checked before (models/preflight). @throws DraftError `outOfMemory` or `modelCorrupt` */
  async load(file: ModelFile, adapter: AdapterFile | null): Promise<LlamaTextModel> {
    const model = await this.#llama.loadModel({ modelPath: file.path }).catch((error: unknown) => {
      if (error instanceof InsufficientMemoryError) {
        throw new DraftError('outOfMemory', `There is not enough memory for ${file.title}.`, {
          cause: error,
        });
      }
      const reason = error instanceof Error ? ` (${error.message})` : '';
      throw new DraftError('modelCorrupt', `${file.title} could not be loaded${reason}.`, { cause: error });
    });
    return new LlamaTextModel(model, file.title, adapter, this.#options.threads);
  }

  async dispose(): Promise<void> {
    await this.#llama.dispose();
  }
}

interface OpenContext {
  readonly context: LlamaContext;
  readonly sequences: readonly LlamaContextSequence[];
  /** The adapter's file; null for the plain model. */
  readonly adapterPath: string | null;
}

/** One loaded model with its active adapter. */
export class LlamaTextModel implements TextModel {
  readonly title: string;
  readonly sizeClass: TextModel['sizeClass'];
  readonly #model: LlamaModel;
  readonly #threads: number;
  readonly #chat: ChatTokenizer;
  readonly #queue = new FairQueue();
  readonly #cost = new StepCost();
  #adapter: AdapterFile | null;
  #open: OpenContext | undefined;
  #continuation: Omit<OpenContext, 'adapterPath'> | undefined;
  #lastUsed: number[] = Array.from({ length: sequenceCount }, () => 0);
  #clock = 0;

  constructor(model: LlamaModel, title: string, adapter: AdapterFile | null, threads: number) {
    this.#model = model;
    this.title = title;
    this.#adapter = adapter;
    this.#threads = threads;
    this.sizeClass = sizeClass(model.size);
    this.#chat = new ChatTokenizer(model);
  }

  get adapterFormat(): 'edit-1' | null {
    return this.#adapter?.format ?? null;
  }

  get adapter(): AdapterFile | null {
    return this.#adapter;
  }

  /** Takes effect at the next request; one in flight ends on the adapter on which it began. */
  setAdapter(adapter: AdapterFile | null): void {
    this.#adapter = adapter;
  }

  generate(options: GenerateOptions): Promise<Generated> {
    return this.#queue.run(options.signal, () => this.#generate(options));
  }

  async #generate(options: GenerateOptions): Promise<Generated> {
    const started = performance.now();
    const prompt = this.#promptTokens(options);
    const { sequences } = await this.#context(options.style);
    const { sequence, index } = this.#pick(sequences, prompt);
    const view = new SequenceView(sequence, this.#model, options);
    if (prompt.length + options.maxTokens > sequence.contextSize) {
      throw new DraftError('selectionTooLong', 'This passage is too long for the model; select less of it.');
    }
    const first = await view.prefill(prompt, options.signal);
    this.#lastUsed[index] = ++this.#clock;
    const firstTokenMs = performance.now() - started;
    const { onText } = options;
    const result = await decode(view, {
      first,
      maxTokens: options.maxTokens,
      copyFrom: options.copyFrom === undefined ? [] : this.#model.tokenize(options.copyFrom),
      signal: options.signal,
      cost: this.#cost,
      now: () => performance.now(),
      ...(onText && { onTokens: (tokens: readonly number[]) => onText(this.#text(tokens)) }),
    });
    return {
      text: this.#text(result.tokens),
      stop: result.stop,
      tokens: result.tokens.length,
      promptTokens: prompt.length,
      steps: result.steps,
      firstTokenMs,
      totalMs: performance.now() - started,
    };
  }

  continueText(options: ContinueOptions): Promise<Continued> {
    return this.#queue.run(options.signal, () => this.#continueText(options));
  }

  async #continueText(options: ContinueOptions): Promise<Continued> {
    const { text, maxTokens, draws = 0, enough, signal } = options;
    const started = performance.now();
    const sequences = (await this.#continuationSequences(1 + draws)).slice(0, 1 + draws);
    const room = Math.min(...sequences.map(({ contextSize }) => contextSize)) - maxTokens - 1;
    const prompt = this.#model.tokenize(text).slice(-room);
    const left = await Promise.all(sequences.map((sequence) => evaluateMost(sequence, prompt, signal)));
    throwIfAborted(signal);
    const promptMs = performance.now() - started;
    const ways = sequences.map((sequence, index) => new Way(sequence, index, left[index]?.tokens ?? []));
    for (let going = ways.filter(({ ended }) => !ended); going.length > 0;) {
      throwIfAborted(signal);
      // What is asked in one turn of the event loop is evaluated in one batch.
      await Promise.all(going.map((way) => way.step(this.#model)));
      going = going.filter((way) => {
        return (
          !way.ended && way.tokens.length < maxTokens && !enough(this.#text(way.tokens), way.probabilities)
        );
      });
    }
    throwIfAborted(signal);
    const [likeliest = { text: '', probabilities: [] }, ...drawn] = ways.map(
      ({ tokens, probabilities }): Continuation => ({ text: this.#text(tokens), probabilities }),
    );
    return {
      ...likeliest,
      drawn,
      promptTokens: left.reduce((sum, { missing }) => sum + missing, 0),
      promptMs,
      totalMs: performance.now() - started,
    };
  }

  /** At least that many, each with its own cache; opened again where there are too few. */
  async #continuationSequences(count: number): Promise<readonly LlamaContextSequence[]> {
    if (this.#continuation && this.#continuation.sequences.length < count) {
      await this.#continuation.context.dispose();
      this.#continuation = undefined;
    }
    if (!this.#continuation) {
      const context = await this.#model.createContext({
        contextSize: Math.min(continuationContextSize, this.#model.trainContextSize),
        batchSize,
        sequences: count,
        threads: this.#threads,
      });
      this.#continuation = {
        context,
        sequences: Array.from({ length: count }, () => context.getSequence()),
      };
    }
    return this.#continuation.sequences;
  }

  score(texts: readonly string[], signal: AbortSignal): Promise<readonly TokenScores[]> {
    return this.#queue.run(signal, async () => {
      const { sequences } = await this.#context();
      const scores: TokenScores[] = [];
      for (const text of texts) {
        throwIfAborted(signal);
        const bos = this.#model.tokens.bos;
        const tokens = [...(bos === null ? [] : [bos]), ...this.#model.tokenize(text)];
        const sequence = sequences[sequenceCount - 1]!; // there are sequenceCount of them
        await sequence.clearHistory();
        const output = await sequence.controlledEvaluate(
          tokens.map((token, at) =>
            at + 1 < tokens.length ? [token, { generateNext: { probabilities: true } }] : token,
          ),
        );
        const logProbs = tokens
          .slice(1)
          .map((token, at) => Math.log(Math.max(output[at]?.next.probabilities?.get(token) ?? 0, 1e-30)));
        await sequence.clearHistory();
        scores.push({ logProbs });
      }
      return scores;
    });
  }

  countTokens(text: string): number {
    return this.#model.tokenize(text).length;
  }

  async dispose(): Promise<void> {
    await this.#continuation?.context.dispose();
    this.#continuation = undefined;
    await this.#open?.context.dispose();
    this.#open = undefined;
    await this.#model.dispose();
  }

  #text(tokens: readonly number[]): string {
    return this.#model.detokenize(tokens as Token[]);
  }

  #promptTokens({ turns, template = 'model' }: GenerateOptions): Token[] {
    return this.#chat.promptTokens(turns, template) as Token[]; // this model's own tokens
  }

  /** The sequence that already holds the longest beginning of the prompt, else the one that was not used for longest. */
  #pick(
    sequences: readonly LlamaContextSequence[],
    prompt: readonly Token[],
  ): { sequence: LlamaContextSequence; index: number } {
    const shared = sequences.map(({ contextTokens }) => {
      let length = 0;
      while (length < contextTokens.length && contextTokens[length] === prompt[length]) length += 1;
      return length;
    });
    const best = Math.max(...shared);
    // A few tokens in common are every prompt's beginning and no reason to throw a longer cache away.
    const index = best > 16 ? shared.indexOf(best) : this.#lastUsed.indexOf(Math.min(...this.#lastUsed));
    return { sequence: sequences[index]!, index }; // index is in range
  }

  async #context(style?: string): Promise<OpenContext> {
    const adapter = this.#adapter;
    const styled = style === undefined ? null : adapter?.styled?.(style);
    const adapterPath = styled ?? adapter?.path ?? null;
    if (this.#open?.adapterPath === adapterPath) return this.#open;
    await this.#open?.context.dispose();
    this.#open = undefined;
    const context = await this.#model.createContext({
      contextSize: Math.min(contextSize, this.#model.trainContextSize),
      batchSize,
      sequences: sequenceCount,
      threads: this.#threads,
      ...(adapterPath !== null && { lora: { adapters: [{ filePath: adapterPath, scale: 1 }] } }),
    });
    this.#open = {
      context,
      adapterPath,
      sequences: Array.from({ length: sequenceCount }, () => context.getSequence()),
    };
    return this.#open;
  }
}

/**
 * Brings a sequence near the end of these tokens, keeping the common beginning of what is cached. The last slice is left for the step
 * that samples what follows it: what was typed since the last time costs no step of its own.
 *
 * @returns how many tokens were not cached, and those that are left, at least one
 */
async function evaluateMost(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<{ readonly missing: number; readonly tokens: readonly Token[] }> {
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  const missing = tokens.length - sequence.nextTokenIndex;
  // Nobody throws here: whoever goes on with these sequences must find none of them at work.
  while (tokens.length - sequence.nextTokenIndex > promptSlice && !signal.aborted) {
    const at = sequence.nextTokenIndex;
    await sequence.controlledEvaluate(tokens.slice(at, at + promptSlice));
  }
  return { missing, tokens: tokens.slice(sequence.nextTokenIndex) };
}

/** One continuation while it is written: the likeliest where `index` is 0, else drawn at temperature 1. */
class Way {
  readonly tokens: Token[] = [];
  readonly probabilities: number[] = [];
  readonly #sequence: LlamaContextSequence;
  readonly #index: number;
  /** What is evaluated by the next step; none when it has ended. */
  #next: readonly Token[];

  constructor(sequence: LlamaContextSequence, index: number, next: readonly Token[]) {
    this.#sequence = sequence;
    this.#index = index;
    this.#next = next;
  }

  get ended(): boolean {
    return this.#next.length === 0;
  }

  async step(model: LlamaModel): Promise<void> {
    const last = this.#next.at(-1);
    if (last === undefined) return;
    const seed = positionSeed(drawSeed + this.#index, this.tokens.length);
    const options = { temperature: 1, topK: likeliestTokens, topP: 1, minP: 0, seed };
    const wanted = this.#index === 0 ? { probabilities: true } : { token: true, confidence: true };
    const output = await this.#sequence.controlledEvaluate([
      ...this.#next.slice(0, -1),
      [last, { generateNext: { ...wanted, options } }],
    ]);
    const next = output.at(-1)?.next;
    // They come with the likeliest first.
    const [likeliest] = next?.probabilities ?? [];
    const [token, probability] = likeliest ?? [next?.token ?? undefined, next?.confidence ?? 0];
    if (token === undefined || model.isEogToken(token)) {
      this.#next = [];
      return;
    }
    this.#next = [token];
    this.tokens.push(token);
    this.probabilities.push(probability);
  }
}

/** A sequence as the decoding loop sees it. */
class SequenceView implements DecodeSequence {
  readonly #sequence: LlamaContextSequence;
  readonly #model: LlamaModel;
  readonly #options: Pick<GenerateOptions, 'temperature' | 'seed'>;

  constructor(
    sequence: LlamaContextSequence,
    model: LlamaModel,
    options: Pick<GenerateOptions, 'temperature' | 'seed'>,
  ) {
    this.#sequence = sequence;
    this.#model = model;
    this.#options = options;
  }

  get length(): number {
    return this.#sequence.nextTokenIndex;
  }

  isEnd(token: number): boolean {
    return this.#model.isEogToken(token as Token);
  }

  /** Keeps the common beginning of what is cached, evaluates the rest. @returns the first generated token */
  async prefill(prompt: readonly Token[], signal: AbortSignal): Promise<number> {
    await this.#sequence.adaptStateToTokens(prompt.slice(0, -1), false);
    for (let at = this.length; at < prompt.length - 1; at = this.length) {
      throwIfAborted(signal);
      await this.#sequence.controlledEvaluate(
        prompt.slice(at, Math.min(at + promptSlice, prompt.length - 1)),
      );
    }
    throwIfAborted(signal);
    const [first] = await this.sample(prompt.slice(-1), 0);
    if (first === undefined) throw new CancelledError();
    return first;
  }

  async sample(tokens: readonly number[], position: number): Promise<number[]> {
    const { temperature, seed } = this.#options;
    const output = await this.#sequence.controlledEvaluate(
      tokens.map((token, at) => [
        token as Token,
        // One seed for each position, so that a text does not depend on how its tokens were batched.
        { generateNext: { token: true, options: { temperature, seed: positionSeed(seed, position + at) } } },
      ]),
    );
    return output.map((item) => item?.next.token ?? this.#model.tokens.eos ?? 0);
  }

  async truncate(length: number): Promise<void> {
    await this.#sequence.eraseContextTokenRanges([{ start: length, end: this.length }]);
  }
}

/** A 32-bit mix of a seed and a position (murmur3's finaliser). */
function positionSeed(seed: number, position: number): number {
  let h = (seed ^ Math.imul(position + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Below about 300 MB a model imitates examples better than it follows instructions. */
function sizeClass(bytes: number): TextModel['sizeClass'] {
  if (bytes < 300e6) return 'tiny';
  return bytes < 1.5e9 ? 'small' : 'large';
}
