/**
 * @file The model in memory: loading, adapters, the KV cache and one generation at a time.
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
import { DraftError, throwIfAborted } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { ChatTokenizer } from './chatTokenizer.ts';
import { Continuations } from './continuations.ts';
import { decode } from './decode.ts';
import { FairQueue } from './fairQueue.ts';
import { SequenceView, WeighedView } from './llamaSequence.ts';
import { StepCost } from './stepCost.ts';
import type {
  Continued,
  ContinueOptions,
  Generated,
  GenerateOptions,
  TextModel,
  TokenScores,
  WeighOptions,
} from './textModel.ts';
import { weigh } from './weigh.ts';

export interface HostOptions {
  readonly gpu: Settings['engine']['gpu'];
  /** At most as many as there are real cores. */
  readonly threads: number;
  readonly log: Log;
}

export interface ModelFile {
  readonly path: string;
  readonly title: string;
  readonly bundled?: boolean;
  /** Changes when the file is replaced under its name; none for what is no file. */
  readonly stamp?: string;
}

export interface AdapterFile {
  /** Every version has its own path: an adapter is known by its path once it is loaded. */
  readonly path: string;
  readonly format: 'edit-1' | null;
  /** The file of the same adapter for a role, with more of a ready style; null where it is the adapter itself. */
  readonly variant?: (role: 'leader' | 'follower', style: string | undefined) => string | null;
}

const contextSize = 4096;
const batchSize = 512;
/** Leader, follower, and whatever else is written: each keeps its own prefix. */
const sequenceCount = 3;
/** A variant of the adapter writes nothing else. */
const variantSequenceCount = 2;
/** An adapter and a variant of it, so that leader and follower, or a wish and none, don't close each other's cache. */
const mostContexts = 2;

/** The llama.cpp runtime of this process. */
export class ModelHost {
  readonly #llama: Llama;
  readonly #options: HostOptions;

  private constructor(llama: Llama, options: HostOptions) {
    this.#llama = llama;
    this.#options = options;
  }

  /** @throws DraftError `gpuUnavailable` where the named one can't be used, `unsupportedPlatform` where no prebuilt engine fits this machine; nothing is ever compiled or downloaded */
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
      if (options.gpu !== 'auto' && options.gpu !== 'off') {
        throw new DraftError(
          'gpuUnavailable',
          `The setting secondDraft.engine.gpu asks for ${options.gpu}, which does not work here.`,
          { cause: error, facts: { gpu: options.gpu } },
        );
      }
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

  /** Loads a model whose file was checked before (models/preflight). @throws DraftError `outOfMemory`, `modelCorrupt`, or `modelUnsupported` where its chat template can't be used */
  async load(file: ModelFile, adapter: AdapterFile | null): Promise<LlamaTextModel> {
    const model = await this.#llama.loadModel({ modelPath: file.path }).catch((error: unknown) => {
      if (error instanceof InsufficientMemoryError) throw memoryError(error, file.title);
      const reason = error instanceof Error ? ` (${error.message})` : '';
      throw new DraftError('modelCorrupt', `${file.title} could not be loaded${reason}.`, { cause: error });
    });
    // The bundled model is small, and nothing smaller is there: only memory that really runs out stops it.
    const unchecked = file.bundled === true && this.gpu === null;
    try {
      return new LlamaTextModel(model, file.title, adapter, this.#options.threads, unchecked);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.#llama.dispose();
  }
}

interface OpenContext {
  readonly context: LlamaContext;
  readonly sequences: readonly LlamaContextSequence[];
  /** When each sequence was used last. */
  readonly lastUsed: number[];
  /** The file of the adapter, or of its variant, that writes in it; null for the plain model. */
  readonly adapterPath: string | null;
  /** The file of the adapter itself. */
  readonly of: string | null;
}

/** A model of this machine that writes with one adapter. */
export interface AdaptedModel extends TextModel {
  /** The same model writing with this adapter, whichever is active meanwhile. Nobody disposes of it. */
  withAdapter(adapter: AdapterFile | null): AdaptedModel;
}

/** One loaded model with its active adapter. */
export class LlamaTextModel implements AdaptedModel {
  readonly title: string;
  readonly sizeClass: TextModel['sizeClass'];
  readonly #model: LlamaModel;
  readonly #threads: number;
  readonly #unchecked: boolean;
  readonly #chat: ChatTokenizer;
  readonly #queue = new FairQueue();
  readonly #cost = new StepCost();
  readonly #continuations: Continuations;
  #adapter: AdapterFile | null;
  /** The one used last is the last. */
  #open: readonly OpenContext[] = [];
  #clock = 0;

  /** @param unchecked whether contexts are opened without asking first if there is memory for them */
  constructor(
    model: LlamaModel,
    title: string,
    adapter: AdapterFile | null,
    threads: number,
    unchecked = false,
  ) {
    this.#unchecked = unchecked;
    this.#model = model;
    this.title = title;
    this.#adapter = adapter;
    this.#threads = threads;
    this.sizeClass = sizeClass(model.size);
    this.#chat = new ChatTokenizer(model);
    this.#continuations = new Continuations(model, threads, unchecked);
  }

  get adapterFormat(): 'edit-1' | null {
    return this.#adapter?.format ?? null;
  }

  get adapter(): AdapterFile | null {
    return this.#adapter;
  }

  /** Takes effect at the next call; one that waits its turn keeps the adapter with which it was asked for. */
  setAdapter(adapter: AdapterFile | null): void {
    this.#adapter = adapter;
  }

  withAdapter(adapter: AdapterFile | null): AdaptedModel {
    return {
      title: this.title,
      sizeClass: this.sizeClass,
      adapterFormat: adapter?.format ?? null,
      generate: (options) => this.#queue.run(options.signal, () => this.#generate(options, adapter)),
      weigh: (options) => this.#queue.run(options.signal, () => this.#weigh(options, adapter)),
      continueText: (options) => this.continueText(options),
      score: (texts, signal) => this.#queue.run(signal, () => this.#score(texts, signal, adapter)),
      countTokens: (text) => this.countTokens(text),
      withAdapter: (other) => this.withAdapter(other),
      dispose: () => Promise.resolve(),
    };
  }

  generate(options: GenerateOptions): Promise<Generated> {
    const adapter = this.#adapter;
    return this.#queue.run(options.signal, () => this.#generate(options, adapter));
  }

  weigh(options: WeighOptions): Promise<readonly number[]> {
    const adapter = this.#adapter;
    return this.#queue.run(options.signal, () => this.#weigh(options, adapter));
  }

  async #weigh(options: WeighOptions, adapter: AdapterFile | null): Promise<readonly number[]> {
    const prompt = this.#promptTokens(options);
    const turn = (text: string): Token[] =>
      this.#chat.turnTokens(text, options.template ?? 'model') as Token[]; // this model's own tokens
    const text = turn(options.text);
    const open = await this.#context(adapter, options.role, options.style);
    const { sequence, index } = pick(open, [...prompt, ...text]);
    open.lastUsed[index] = ++this.#clock;
    return weigh(new WeighedView(sequence), prompt, text, options.others.map(turn), options.signal);
  }

  async #generate(options: GenerateOptions, adapter: AdapterFile | null): Promise<Generated> {
    const started = performance.now();
    const prompt = this.#promptTokens(options);
    const open = await this.#context(adapter, options.role, options.style);
    const { sequence, index } = pick(open, prompt);
    const view = new SequenceView(sequence, this.#model, options);
    if (prompt.length + options.maxTokens > sequence.contextSize) {
      throw new DraftError('selectionTooLong', 'This passage is too long for the model; select less of it.');
    }
    const first = await view.prefill(prompt, options.signal);
    open.lastUsed[index] = ++this.#clock;
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
    return this.#queue.run(options.signal, () => this.#continuations.write(options));
  }

  score(texts: readonly string[], signal: AbortSignal): Promise<readonly TokenScores[]> {
    const adapter = this.#adapter;
    return this.#queue.run(signal, () => this.#score(texts, signal, adapter));
  }

  async #score(
    texts: readonly string[],
    signal: AbortSignal,
    adapter: AdapterFile | null,
  ): Promise<readonly TokenScores[]> {
    const { sequences } = await this.#context(adapter);
    const scores: TokenScores[] = [];
    for (const text of texts) {
      throwIfAborted(signal);
      const bos = this.#model.tokens.bos;
      const tokens = [...(bos === null ? [] : [bos]), ...this.#model.tokenize(text)];
      const sequence = sequences.at(-1)!; // there are several
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
  }

  countTokens(text: string): number {
    return this.#model.tokenize(text).length;
  }

  async dispose(): Promise<void> {
    await this.#continuations.dispose();
    await this.#closeAll();
    await this.#model.dispose();
  }

  #text(tokens: readonly number[]): string {
    return this.#model.detokenize(tokens as Token[]);
  }

  #promptTokens({ turns, template = 'model' }: Pick<GenerateOptions, 'turns' | 'template'>): Token[] {
    return this.#chat.promptTokens(turns, template) as Token[]; // this model's own tokens
  }

  async #context(
    adapter: AdapterFile | null,
    role: 'leader' | 'follower' = 'leader',
    style?: string,
  ): Promise<OpenContext> {
    const variant = adapter?.variant?.(role, style) ?? null;
    const adapterPath = variant ?? adapter?.path ?? null;
    const count = variant === null ? sequenceCount : variantSequenceCount;
    const known = this.#open.find((open) => open.adapterPath === adapterPath);
    if (known) {
      this.#open = [...this.#open.filter((open) => open !== known), known];
      return known;
    }
    const of = adapter?.path ?? null;
    // Another adapter's are of no use any more.
    while (this.#open.length >= mostContexts || this.#open.some((open) => open.of !== of))
      await this.#closeOldest();
    const opened = await this.#openContext(adapterPath, of, count).catch(async (error: unknown) => {
      if (this.#open.length === 0) throw memoryError(error, this.title);
      await this.#closeAll(); // where memory is short, one must do
      return this.#openContext(adapterPath, of, count).catch((again: unknown) => {
        throw memoryError(again, this.title);
      });
    });
    this.#open = [...this.#open, opened];
    return opened;
  }

  async #openContext(adapterPath: string | null, of: string | null, count: number): Promise<OpenContext> {
    const context = await this.#model.createContext({
      contextSize: Math.min(contextSize, this.#model.trainContextSize),
      batchSize,
      sequences: count,
      threads: this.#threads,
      ignoreMemorySafetyChecks: this.#unchecked,
      ...(adapterPath !== null && { lora: { adapters: [{ filePath: adapterPath, scale: 1 }] } }),
    });
    return {
      context,
      adapterPath,
      of,
      sequences: Array.from({ length: count }, () => context.getSequence()),
      lastUsed: Array.from({ length: count }, () => 0),
    };
  }

  async #closeOldest(): Promise<void> {
    const [oldest, ...others] = this.#open;
    this.#open = others;
    await oldest?.context.dispose();
  }

  async #closeAll(): Promise<void> {
    while (this.#open.length > 0) await this.#closeOldest();
  }
}

/** What is no lack of memory stays what it is. */
function memoryError(error: unknown, title: string): unknown {
  if (!(error instanceof InsufficientMemoryError)) return error;
  return new DraftError('outOfMemory', `There is not enough memory for ${title}.`, { cause: error });
}

/** The sequence that already holds the longest beginning of the prompt, else the one that was not used for longest. */
function pick(
  { sequences, lastUsed }: OpenContext,
  prompt: readonly Token[],
): { sequence: LlamaContextSequence; index: number } {
  const shared = sequences.map(({ contextTokens }) => {
    let length = 0;
    while (length < contextTokens.length && contextTokens[length] === prompt[length]) length += 1;
    return length;
  });
  const best = Math.max(...shared);
  // A few tokens in common are every prompt's beginning and no reason to throw a longer cache away.
  const index = best > 16 ? shared.indexOf(best) : lastUsed.indexOf(Math.min(...lastUsed));
  return { sequence: sequences[index]!, index }; // index is in range
}

/** Below about 300 MB a model imitates examples better than it follows instructions. */
function sizeClass(bytes: number): TextModel['sizeClass'] {
  if (bytes < 300e6) return 'tiny';
  return bytes < 1.5e9 ? 'small' : 'large';
}
