import { describe, expect, it } from 'vitest';
import { createRng } from '../../../server/src/game/rng.ts';
import { CopyPointer, decode, type DecodeSequence } from '../../../server/src/generation/decode.ts';
import { StepCost } from '../../../server/src/generation/stepCost.ts';
import { CancelledError } from '../../../server/src/util/errors.ts';

const end = 0;

/** A model that says a fixed text whatever is guessed; it answers after each token with the one that follows in its text. */
class Script implements DecodeSequence {
  readonly #text: readonly number[];
  #cache: number[] = [];
  calls = 0;

  constructor(text: readonly number[]) {
    this.#text = text;
  }

  get length(): number {
    return this.#cache.length;
  }

  isEnd(token: number): boolean {
    return token === end;
  }

  sample(tokens: readonly number[]): Promise<number[]> {
    this.calls += 1;
    return Promise.resolve(
      tokens.map((token) => {
        this.#cache.push(token);
        const right = this.#cache.every((one, i) => one === this.#text[i]);
        return right ? (this.#text[this.#cache.length] ?? end) : 999; // behind a wrong guess anything may come
      }),
    );
  }

  truncate(length: number): Promise<void> {
    this.#cache = this.#cache.slice(0, length);
    return Promise.resolve();
  }
}

const signal = new AbortController().signal;
const run = (text: readonly number[], copyFrom: readonly number[], over: object = {}) => {
  const script = new Script(text);
  const result = decode(script, {
    first: text[0]!,
    maxTokens: 200,
    copyFrom,
    signal,
    cost: new StepCost(),
    now: () => 0,
    ...over,
  });
  return { script, result };
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('decoding', () => {
  it('writes the same text with guesses as without, in fewer steps, whatever was edited', async () => {
    const rng = createRng(5);
    for (let i = 0; i < 200; i++) {
      const source = range(1, 41);
      const text = source.flatMap((token) => {
        const dice = rng.next();
        if (dice < 0.05) return [];
        if (dice < 0.1) return [500 + token];
        return dice < 0.15 ? [token, 700 + token] : [token];
      });
      if (text.length === 0) continue;
      const plain = await run(text, []).result;
      const guided = await run(text, source).result;
      expect(guided.tokens).toEqual(text);
      expect(plain.tokens).toEqual(text);
      expect(guided.steps).toBeLessThanOrEqual(plain.steps);
    }
  });

  it('takes a fifth of the steps where all is copied', async () => {
    const text = range(1, 61);
    expect((await run(text, text).result).steps).toBeLessThan(12);
    expect((await run(text, []).result).steps).toBe(60);
  });

  it('stops at its limit, also in the middle of a guess', async () => {
    const text = range(1, 61);
    const result = await run(text, text, { maxTokens: 7 }).result;
    expect(result).toMatchObject({ stop: 'length' });
    expect(result.tokens.length).toBeLessThanOrEqual(7);
  });

  it('shows what is written after every step', async () => {
    const text = range(1, 10);
    const shown: number[] = [];
    await run(text, [], { onTokens: (tokens: readonly number[]) => shown.push(tokens.length) }).result;
    expect(shown).toEqual(range(1, 10));
  });

  it('stops between two steps when it is cancelled', async () => {
    const cancel = new AbortController();
    const { script, result } = run(range(1, 60), [], {
      signal: cancel.signal,
      onTokens: (tokens: readonly number[]) => tokens.length === 3 && cancel.abort(),
    });
    await expect(result).rejects.toBeInstanceOf(CancelledError);
    expect(script.calls).toBe(3);
  });
});

describe('the pointer into the source', () => {
  it('guesses nothing where nothing is copied, so that it never costs', () => {
    const pointer = new CopyPointer(range(1, 50));
    for (let i = 0; i < 10; i++) {
      pointer.push(900 + i);
      if (i > 2) expect(pointer.guess(10, 0.13)).toEqual([]);
    }
  });

  it('finds its place again behind words that were left out', () => {
    const pointer = new CopyPointer(range(1, 50));
    pointer.push(1);
    pointer.push(6);
    expect(pointer.guess(3, 0.13)).toEqual([7, 8, 9]);
  });

  it('is not led astray by a common word further on, and finds back', () => {
    const [a, the, b, c, d, e] = [1, 2, 3, 4, 5, 6];
    const pointer = new CopyPointer([a, the, b, c, the, d, e, 7, 8, 9]);
    for (const token of [a, 900, the]) pointer.push(token);
    expect(pointer.guess(1, 0.13)).toEqual([b]);
    for (const token of [901, the, d]) pointer.push(token);
    expect(pointer.guess(2, 0.13)).toEqual([e, 7]);
  });

  it('guesses less the more words are not copied, and none where it would not pay', () => {
    const source = range(1, 400);
    const guessAfter = (everyNth: number): number => {
      const pointer = new CopyPointer(source);
      for (let i = 1; i < 200; i++) pointer.push(i % everyNth === 0 ? 1000 + i : i);
      return pointer.guess(100, 0.13).length;
    };
    expect(guessAfter(1000)).toBeGreaterThan(10);
    expect(guessAfter(10)).toBeLessThan(guessAfter(1000));
    expect(guessAfter(2)).toBeLessThan(5);
  });
});

describe('the cost of a guess', () => {
  const measured = (base: number, each: number): StepCost => {
    const cost = new StepCost();
    for (let i = 0; i < 60; i++) {
      const tokens = 1 + (i % 5);
      // Now and then something else has the processor.
      cost.note(tokens, (base + each * (tokens - 1)) * (i % 17 === 16 ? 30 : 1));
    }
    return cost;
  };

  it('is measured, whatever the machine', () => {
    expect(new StepCost().share).toBe(0.2);
    expect(measured(20, 2).share).toBeLessThan(0.25);
    expect(measured(20, 8).share).toBeGreaterThan(0.25);
    expect(measured(20, 40).share).toBeGreaterThan(0.8);
  });

  it('makes guesses shorter, until none pays', () => {
    const pointer = new CopyPointer(range(1, 50));
    const lengths = [0.02, 0.13, 0.4, 1].map((cost) => pointer.guess(100, cost).length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(lengths[0]).toBe(16);
    expect(lengths.at(-1)).toBe(0);
  });
});
