/** @file How a text goes on, for ghost text: the likeliest way and some drawn ones, side by side in one batch. By the plain model, with a cache of its own. */
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { throwIfAborted } from '../util/errors.ts';
import { evaluateMost, positionSeed } from './llamaSequence.ts';
import type { Continuation, Continued, ContinueOptions } from './textModel.ts';

const contextSize = 1024;
const batchSize = 512;
const drawSeed = 1;
/**
 * Probabilities of ghost text are shares of what these likeliest tokens have together: for those of the whole vocabulary node-llama-cpp
 * sorts all of it, which costs a fifth of a step of the embedded model.
 */
const likeliestTokens = 128;

export class Continuations {
  readonly #model: LlamaModel;
  readonly #threads: number;
  readonly #unchecked: boolean;
  #open: { readonly context: LlamaContext; readonly sequences: readonly LlamaContextSequence[] } | undefined;

  /** @param unchecked whether its context is opened without asking first if there is memory for it */
  constructor(model: LlamaModel, threads: number, unchecked = false) {
    this.#model = model;
    this.#threads = threads;
    this.#unchecked = unchecked;
  }

  async write(options: ContinueOptions): Promise<Continued> {
    const { text, maxTokens, draws = 0, enough, signal } = options;
    const started = performance.now();
    const sequences = (await this.#sequences(1 + draws)).slice(0, 1 + draws);
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
  async #sequences(count: number): Promise<readonly LlamaContextSequence[]> {
    if (this.#open && this.#open.sequences.length < count) {
      await this.#open.context.dispose();
      this.#open = undefined;
    }
    if (!this.#open) {
      const context = await this.#model.createContext({
        contextSize: Math.min(contextSize, this.#model.trainContextSize),
        batchSize,
        sequences: count,
        threads: this.#threads,
        ignoreMemorySafetyChecks: this.#unchecked,
      });
      this.#open = {
        context,
        sequences: Array.from({ length: count }, () => context.getSequence()),
      };
    }
    return this.#open.sequences;
  }

  async dispose(): Promise<void> {
    await this.#open?.context.dispose();
    this.#open = undefined;
  }

  #text(tokens: readonly number[]): string {
    return this.#model.detokenize(tokens as Token[]);
  }
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
