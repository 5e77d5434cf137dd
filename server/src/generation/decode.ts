/**
 * @file The decoding loop, plain and aggressive (Sun et al. 2021): a rewrite mostly copies its source, so the next tokens are guessed
 * from a pointer into the source, checked in one batch, and the refused tail is erased. A guess counts only when it is what was sampled,
 * so the distribution is the model's own at every temperature. Knows no node-llama-cpp: it sees a sequence of token numbers.
 */
import { throwIfAborted } from '../util/errors.ts';
import type { StepCost } from './stepCost.ts';

/** What the loop needs of a model's sequence. */
export interface DecodeSequence {
  /** Evaluates `tokens` at the end of the sequence; returns the token sampled after each of them. `position` counts generated tokens, for the seed. */
  sample(tokens: readonly number[], position: number): Promise<number[]>;
  /** Erases everything behind `length` tokens. */
  truncate(length: number): Promise<void>;
  readonly length: number;
  isEnd(token: number): boolean;
}

export interface DecodeOptions {
  /** The first generated token, sampled after the prompt. */
  readonly first: number;
  readonly maxTokens: number;
  /** Tokens of the text that will mostly be copied; empty: plain decoding. */
  readonly copyFrom: readonly number[];
  readonly signal: AbortSignal;
  /** Measured costs of this model's steps, kept from one text to the next, and the clock for them. */
  readonly cost: StepCost;
  readonly now: () => number;
  /** Called after every step with all tokens so far. */
  readonly onTokens?: (tokens: readonly number[]) => void;
}

export interface Decoded {
  readonly tokens: number[];
  readonly stop: 'end' | 'length';
  readonly steps: number;
}

export async function decode(sequence: DecodeSequence, options: DecodeOptions): Promise<Decoded> {
  const { copyFrom, maxTokens, signal, cost, now, onTokens } = options;
  const pointer = new CopyPointer(copyFrom);
  const tokens: number[] = [];
  let next = options.first;
  let steps = 0;
  while (!sequence.isEnd(next)) {
    tokens.push(next);
    pointer.push(next);
    if (tokens.length >= maxTokens) {
      onTokens?.(tokens);
      return { tokens, stop: 'length', steps };
    }
    throwIfAborted(signal);
    const guess = pointer.guess(maxTokens - tokens.length - 1, cost.share);
    const base = sequence.length;
    const started = now();
    const sampled = await sequence.sample([next, ...guess], tokens.length);
    cost.note(1 + guess.length, now() - started);
    steps += 1;
    let accepted = 0;
    next = sampled[0]!; // one answer for each token that was evaluated
    while (accepted < guess.length && next === guess[accepted] && !sequence.isEnd(next)) {
      tokens.push(next);
      pointer.push(next);
      accepted += 1;
      next = sampled[accepted]!; // as above
    }
    if (accepted < guess.length) await sequence.truncate(base + 1 + accepted);
    onTokens?.(tokens);
  }
  return { tokens, stop: 'end', steps };
}

const longestGuess = 16;
/** How fast the share of copied tokens follows what is seen; where it begins, and what it is at most. */
const agreement = { rate: 0.05, first: 0.92, most: 0.97 };
/** Right behind a word that is not the source's, going on with the source is a coin toss. */
const afterMiss = 0.5;
/** After so many words of its own in a row the output is not copying. */
const tooManyMisses = 4;
/** Within this distance ahead one equal token is enough to find the place again; elsewhere two in a row are. */
const near = 8;
const longestMatch = 6;

/**
 * Where in the source the output is. Follows copied tokens; behind words of its own it goes on at the place whose past agrees longest
 * with what was written. How many tokens it guesses is what pays most for the share of tokens that were copied lately.
 */
export class CopyPointer {
  readonly #source: readonly number[];
  readonly #places = new Map<number, number[]>();
  readonly #written: number[] = [];
  #at = 0;
  #misses = 0;
  #copied = agreement.first;

  constructor(source: readonly number[]) {
    this.#source = source;
    source.forEach((token, place) => {
      const places = this.#places.get(token);
      if (places) places.push(place);
      else this.#places.set(token, [place]);
    });
  }

  push(token: number): void {
    this.#written.push(token);
    const isCopy = this.#source[this.#at] === token;
    if (isCopy || this.#misses === 0) this.#copied += agreement.rate * (Number(isCopy) - this.#copied);
    const place = isCopy ? this.#at : this.#placeOf(token);
    if (place !== undefined) {
      this.#at = place + 1;
      this.#misses = 0;
      return;
    }
    this.#misses += 1;
    if (this.#misses === 1) this.#at += 1; // most edits replace one token by one
  }

  /**
   * The next tokens if the output goes on copying; at most `limit`. Empty where a guess would not pay.
   * @param cost of a guessed token, as a share of a step
   */
  guess(limit: number, cost: number): number[] {
    if (this.#misses >= tooManyMisses) return [];
    const copied = this.#misses > 0 ? Math.min(this.#copied, afterMiss) : this.#copied;
    const length = Math.min(bestLength(Math.min(copied, agreement.most), cost), Math.max(0, limit));
    return this.#source.slice(this.#at, this.#at + length);
  }

  /** Where in the source the last written token stands: the longest common past counts most, then nearness. */
  #placeOf(token: number): number | undefined {
    let best: number | undefined;
    let bestScore = -Infinity;
    for (const place of this.#places.get(token) ?? []) {
      const distance = place - this.#at;
      const match = this.#commonPast(place);
      // One back: the word of its own was put in, not put in the place of another.
      if (match < 2 && (distance < -1 || distance > near)) continue;
      const score = 4 * match - Math.abs(distance);
      if (score > bestScore) [best, bestScore] = [place, score];
    }
    return best;
  }

  #commonPast(place: number): number {
    let length = 0;
    while (
      length < longestMatch &&
      length <= place &&
      this.#source[place - length] === this.#written.at(-1 - length)
    )
      length += 1;
    return length;
  }
}

/** The guess length with the most expected tokens for its cost, if each token is copied with this probability. */
function bestLength(copied: number, cost: number): number {
  let best = { length: 0, yield: 1 };
  let expected = 1;
  let allCopied = 1;
  for (let length = 1; length <= longestGuess; length++) {
    allCopied *= copied;
    expected += allCopied;
    const perCost = expected / (1 + cost * length);
    if (perCost > best.yield) best = { length, yield: perCost };
  }
  return best.length;
}
