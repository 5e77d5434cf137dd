/**
 * @file The decoding loop, plain and aggressive (Sun et al. 2021): a rewrite mostly copies its source, so the next tokens are guessed
 * from a pointer into the source, checked in one batch, and the refused tail is erased. A guess counts only when it is what was sampled,
 * so the distribution is the model's own at every temperature. Knows no node-llama-cpp: it sees a sequence of token numbers.
 */
import { throwIfAborted } from '../util/errors.ts';

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
  /** Called after every step with all tokens so far. */
  readonly onTokens?: (tokens: readonly number[]) => void;
}

export interface Decoded {
  readonly tokens: number[];
  readonly stop: 'end' | 'length';
  readonly steps: number;
}

export async function decode(sequence: DecodeSequence, options: DecodeOptions): Promise<Decoded> {
  const { copyFrom, maxTokens, signal, onTokens } = options;
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
    const guess = pointer.guess(maxTokens - tokens.length - 1);
    const base = sequence.length;
    const sampled = await sequence.sample([next, ...guess], tokens.length);
    steps += 1;
    let accepted = 0;
    next = sampled[0]!; // one answer for each token that was evaluated
    while (accepted < guess.length && next === guess[accepted] && !sequence.isEnd(next)) {
      tokens.push(next);
      pointer.push(next);
      accepted += 1;
      next = sampled[accepted]!; // as above
    }
    pointer.judged(guess.length, accepted);
    if (accepted < guess.length) await sequence.truncate(base + 1 + accepted);
    onTokens?.(tokens);
  }
  return { tokens, stop: 'end', steps };
}

const longestGuess = 12;
/** How far ahead a token is looked for after words of the source were left out or replaced. */
const resyncWindow = 8;

/**
 * Where in the source the output is. Follows copied tokens, jumps over deletions, waits through insertions; how many tokens it
 * guesses follows from how many were right lately.
 */
export class CopyPointer {
  readonly #source: readonly number[];
  #at = 0;
  #misses = 0;
  /** Guess length; shrinks to 0 where guessing does not pay, and is tried again after a while. */
  #length = 6;
  #pause = 0;

  constructor(source: readonly number[]) {
    this.#source = source;
  }

  push(token: number): void {
    if (this.#source[this.#at] === token) {
      this.#at += 1;
      this.#misses = 0;
      return;
    }
    for (let ahead = 1; ahead <= resyncWindow; ahead++) {
      if (this.#source[this.#at + ahead] === token) {
        this.#at += ahead + 1;
        this.#misses = 0;
        return;
      }
    }
    this.#misses += 1;
    if (this.#misses === 1) this.#at += 1; // most edits replace one token by one
  }

  /** The next tokens if the output goes on copying; at most `limit`. */
  guess(limit: number): number[] {
    if (this.#pause > 0) {
      this.#pause -= 1;
      return [];
    }
    if (this.#misses > 2) return [];
    return this.#source.slice(this.#at, this.#at + Math.max(0, Math.min(this.#length, limit)));
  }

  /** Adapts the guess length: twice as long after a whole success, shorter after a failure; three bare failures pause it. */
  judged(guessed: number, accepted: number): void {
    if (guessed === 0) return;
    if (accepted === guessed) this.#length = Math.min(longestGuess, this.#length * 2);
    else if (accepted === 0) {
      this.#length = Math.max(1, this.#length >> 1);
      if (this.#length === 1) this.#pause = 2;
    } else this.#length = Math.max(2, Math.min(longestGuess, accepted + 2));
  }
}
