import { describe, expect, it } from 'vitest';
import { createRng } from '../../../server/src/game/rng.ts';
import type { DecodeStep } from '../../../server/src/tensor/decoder.ts';
import {
  mostGreedySlots,
  rollOut,
  slotsFor,
  type DecoderSource,
  type RolloutOptions,
} from '../../../server/src/training/rollouts.ts';

const [a, b, end] = [0, 1, 2];

/** A language of two letters: what follows depends on the last letter alone; the prompt is the letter a. */
const after = [
  [0.5, 0.3, 0.2],
  [0.1, 0.2, 0.7],
];

/** Checks what a real cache needs: rows see only slots that were written, and each token comes right behind those it sees. */
class MarkovSource implements DecoderSource {
  disposed = 0;
  most = 0;

  decoder(slots: readonly number[]) {
    this.most = Math.max(
      this.most,
      slots.reduce((sum, of) => sum + of, 0),
    );
    const written = slots.map(() => new Map<number, number>());
    return {
      step: (steps: readonly DecodeStep[]): Float32Array[][] =>
        steps.map(({ rows, wanted }, g) => {
          for (const { slot, sees, position, token } of rows) {
            if (slot >= slots[g]!) throw new Error('There is no such slot.');
            if (sees.some((other) => !written[g]!.has(other) && !rows.some((row) => row.slot === other)))
              throw new Error('A row sees a slot that nobody wrote.');
            if (sees.length !== position) throw new Error('A row does not see what is before it.');
            written[g]!.set(slot, token);
          }
          return wanted.map((row) => Float32Array.from(after[rows[row]!.token]!));
        }),
      dispose: () => {
        this.disposed += 1;
      },
    };
  }
}

const prompt = { prompt: [b, a], maxTokens: 8 };
const options = (over: Partial<RolloutOptions> = {}): RolloutOptions => ({
  count: 4,
  temperature: 1,
  isEnd: (token) => token === end,
  rng: createRng(3),
  ...over,
});

function probability(tokens: readonly number[]): number {
  let p = 1;
  let last: number = a;
  for (const token of tokens) {
    p *= after[last]![token]!;
    last = token;
  }
  return p;
}

describe('rollouts by stochastic beams', () => {
  it('are distinct, end by themselves or at the limit, and know their probability', async () => {
    const source = new MarkovSource();
    const [answers] = await rollOut(source, [prompt], options({ count: 12 }));
    expect(answers).toHaveLength(12);
    expect(new Set(answers!.map(({ tokens }) => tokens.join())).size).toBe(12);
    for (const { tokens, ended, logProb } of answers!) {
      expect(ended).toBe(tokens.at(-1) === end);
      expect(tokens.length).toBeLessThanOrEqual(8);
      expect(Math.exp(logProb)).toBeCloseTo(probability(tokens), 6);
    }
    expect(source.disposed).toBe(1);
  });

  it('hold all answers where the policy has fewer than are wanted', async () => {
    const [answers] = await rollOut(new MarkovSource(), [{ ...prompt, maxTokens: 1 }], options());
    expect(answers!.map(({ tokens }) => tokens[0]).sort()).toEqual([a, b, end]);
  });

  it('begin with an exact sample of the policy', async () => {
    const rng = createRng(17);
    const counts = new Map<string, number>();
    const draws = 3000;
    for (let i = 0; i < draws; i++) {
      const [answers] = await rollOut(new MarkovSource(), [prompt], options({ count: 3, rng }));
      const first = answers![0]!.tokens;
      counts.set(first.join(), (counts.get(first.join()) ?? 0) + 1);
    }
    for (const tokens of [[end], [b, end], [a, end], [a, b, end], [b, b, end], [a, a, end]]) {
      const p = probability(tokens);
      const deviation = Math.sqrt((p * (1 - p)) / draws);
      expect(Math.abs((counts.get(tokens.join()) ?? 0) / draws - p)).toBeLessThan(4 * deviation);
    }
  });

  it('take the likeliest token at temperature 0', async () => {
    const [answers] = await rollOut(new MarkovSource(), [prompt], options({ temperature: 0 }));
    expect(answers!.map(({ tokens }) => tokens)).toEqual([[a, a, a, a, a, a, a, a]]);
  });

  it('answer each prompt by itself, more of them than are decoded side by side', async () => {
    const prompts = [prompt, { prompt: [a], maxTokens: 2 }, { prompt: [b], maxTokens: 5 }];
    const answers = await rollOut(new MarkovSource(), prompts, options({ atOnce: 2 }));
    expect(answers.map((set) => set.length)).toEqual([4, 4, 4]);
    expect(Math.max(...answers[1]!.map(({ tokens }) => tokens.length))).toBe(2);
  });

  it('answer many prompts at temperature 0 as each alone, in its own place, and never in more slots than they say', async () => {
    const prompts = Array.from({ length: 40 }, (_, i) => ({
      prompt: [...new Array<number>((i * 7) % 60).fill(b), i % 3 === 0 ? b : a],
      maxTokens: 1 + (i % 5) * 40,
    }));
    const source = new MarkovSource();
    const greedy = options({ temperature: 0 });
    const together = await rollOut(source, prompts, greedy);
    const alone = await Promise.all(prompts.map((one) => rollOut(new MarkovSource(), [one], greedy)));
    expect(together).toEqual(alone.map(([answers]) => answers));
    expect(source.most).toBeLessThanOrEqual(mostGreedySlots(prompts.map((one) => slotsFor(one, 1))));
    expect(source.disposed).toBeGreaterThan(2);
  });

  it('give the cache back when they are cancelled', async () => {
    const source = new MarkovSource();
    const cancelled = rollOut(
      source,
      [prompt],
      options({ betweenSteps: () => Promise.reject(new Error('cancelled')) }),
    );
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(source.disposed).toBe(1);
  });
});
