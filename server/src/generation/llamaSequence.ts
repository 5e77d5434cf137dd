/** @file One sequence of llama.cpp's cache: bringing it to a text with looks at the abort signal in between, and as decode.ts sees it. */
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { CancelledError, throwIfAborted } from '../util/errors.ts';
import type { DecodeSequence } from './decode.ts';
import type { GenerateOptions } from './textModel.ts';
import type { WeighedSequence } from './weigh.ts';

/** Prompt tokens evaluated between two looks at the abort signal. */
const promptSlice = 64;

/**
 * Brings a sequence near the end of these tokens, keeping the common beginning of what is cached. The last slice is left for the step
 * that samples what follows it: what was typed since the last time costs no step of its own.
 *
 * @returns how many tokens were not cached, and those that are left, at least one
 */
export async function evaluateMost(
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

/** A sequence as the decoding loop sees it. */
export class SequenceView implements DecodeSequence {
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

/** Log-probs are shares of what so many likeliest tokens have together; one that is not among them counts as the last of them. */
const likeliestTokens = 128;

/** A sequence as weighing sees it. */
export class WeighedView implements WeighedSequence {
  readonly #sequence: LlamaContextSequence;

  constructor(sequence: LlamaContextSequence) {
    this.#sequence = sequence;
  }

  async reach(tokens: readonly Token[], signal: AbortSignal): Promise<void> {
    await this.#sequence.adaptStateToTokens([...tokens], false);
    for (let at = this.#sequence.nextTokenIndex; at < tokens.length; at = this.#sequence.nextTokenIndex) {
      throwIfAborted(signal);
      await this.#sequence.controlledEvaluate(tokens.slice(at, at + promptSlice));
    }
  }

  async logProbs(tokens: readonly Token[]): Promise<readonly number[]> {
    const options = { temperature: 1, topK: likeliestTokens, topP: 1, minP: 0, seed: 0 };
    const output = await this.#sequence.controlledEvaluate(
      tokens.slice(0, -1).map((token) => [token, { generateNext: { probabilities: true, options } }]),
    );
    return tokens.slice(1).map((token, at) => {
      const probabilities = output[at]?.next.probabilities;
      return Math.log(probabilities?.get(token) ?? Math.min(1, ...(probabilities?.values() ?? [])));
    });
  }
}

/** A 32-bit mix of a seed and a position (murmur3's finaliser). */
export function positionSeed(seed: number, position: number): number {
  let h = (seed ^ Math.imul(position + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
