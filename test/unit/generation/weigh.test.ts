import { describe, expect, it } from 'vitest';
import { weigh, type WeighedSequence } from '../../../server/src/generation/weigh.ts';
import { CancelledError } from '../../../server/src/util/errors.ts';

/** log p(token | the one before) = −|token − before| / 10; keeps count of what it evaluates. */
class Chain implements WeighedSequence {
  held: readonly number[] = [];
  evaluated = 0;

  reach(tokens: readonly number[]): Promise<void> {
    const same = tokens.findIndex((token, at) => token !== this.held[at]);
    this.evaluated += same < 0 ? 0 : tokens.length - same;
    this.held = tokens;
    return Promise.resolve();
  }

  logProbs(tokens: readonly number[]): Promise<readonly number[]> {
    this.evaluated += tokens.length - 1;
    this.held = [...this.held, ...tokens.slice(0, -1)];
    return Promise.resolve(tokens.slice(1).map((token, at) => -Math.abs(token - tokens[at]!) / 10)); // the one before
  }
}

const prompt = [0, 1];
const text = [2, 3, 4, 5, 6, 7, 8, 9, 10];
const never = new AbortController().signal;
const margins = (others: readonly (readonly number[])[], sequence = new Chain()): Promise<number[]> =>
  weigh(sequence, prompt, text, others, never);

describe('weighing a text against others', () => {
  it('says by how much it is likelier, in the order of the others', async () => {
    const late = [2, 3, 4, 5, 6, 7, 18, 9, 10]; // 11 + 9 for 1 + 1
    const early = [12, 3, 4, 5, 6, 7, 8, 9, 10]; // 11 + 9 for 1 + 1
    const shorter = [2, 3, 6, 7, 8, 9, 10]; // 3 for 1 + 1 + 1
    const [first, second, third] = await margins([late, early, shorter]);
    expect(first).toBeCloseTo(1.8);
    expect(second).toBeCloseTo(1.8);
    // The two ways go on with equal tokens, of which as many are looked at behind either.
    expect(third).toBeCloseTo(0);
  });

  it('says nothing of what is equal, and of what only ends earlier that its end was not expected', async () => {
    expect(await margins([text])).toEqual([0]);
    const [ends] = await margins([text.slice(0, -1)]);
    expect(ends).toBeCloseTo(-0.1);
  });

  it('evaluates the places that differ and no more', async () => {
    const sequence = new Chain();
    await sequence.reach([...prompt, ...text]);
    sequence.evaluated = 0;
    await margins(
      [
        [2, 3, 4, 5, 6, 7, 18, 9, 10],
        [2, 13, 4, 5, 6, 7, 8, 9, 10],
      ],
      sequence,
    );
    expect(sequence.evaluated).toBe(12); // a token and two behind it, in both texts, at both places
  });

  it('ends when it is cancelled', async () => {
    const sequence = new Chain();
    const aborted = AbortSignal.abort();
    await expect(weigh(sequence, prompt, text, [[1]], aborted)).rejects.toThrow(CancelledError);
    expect(sequence.evaluated).toBe(0);
  });
});
