import { describe, expect, it } from 'vitest';
import { createPool, solvePool } from '../../../server/src/game/pool.ts';
import type { CandidateSet, Preference } from '../../../server/src/training/candidates.ts';
import { weigh, type MethodConfig, type ScoredPool } from '../../../server/src/training/methods.ts';

const context = { document: 'd', original: 'x', task: 'improve', instruction: '' };
const config: MethodConfig = { method: 'distil', betaLeader: 0.1, betaFollower: 0.2, kappa: 3, clip: 0.2 };
/** Rock, paper, scissors: r < p < s < r; everything beats the original x. */
const cycle: Preference = (_original, a, b) => {
  if (a === b) return 0.5;
  if (b === 'x') return 0.8;
  if (a === 'x') return 0.2;
  return 'rpsr'.includes(b + a) ? 0.9 : 0.1;
};

function set(
  role: 'leader' | 'follower',
  texts: readonly (string | null)[],
  draft: string | null,
): CandidateSet {
  return {
    role,
    prompt: [1],
    answers: texts.map((_, i) => [i, 9]),
    texts,
    drawn: new Float64Array(texts.length),
    draft,
  };
}

function scored(
  leader: readonly (string | null)[],
  replies: readonly (string | null)[],
  draft = 'r',
): ScoredPool {
  const followers = [set('follower', replies, draft)];
  const even = (count: number) => {
    const tokens = Array.from({ length: count }, () => Float32Array.of(-0.5, -0.5));
    return { now: tokens, old: tokens, reference: tokens };
  };
  return {
    pool: { context, leader: set('leader', leader, null), followers },
    leader: even(leader.length),
    followers: [even(replies.length)],
  };
}

const numbers = (weights: readonly (number | Float32Array)[]): number[] =>
  weights.map((weight) => (typeof weight === 'number' ? weight : weight[0]!));

describe('what a pool teaches', () => {
  it('is, distilled, the closed form of the game on the pool, the follower κ times as loud', () => {
    const { weights } = weigh(scored(['r', 'p', 's'], ['r', 'p', 's']), cycle, config);
    const pool = createPool({
      preference: ['r', 'p', 's'].map((y) => ['r', 'p', 's'].map((reply) => cycle('x', y, reply))),
      tauLeader: 0.1,
      tauFollower: 0.2,
    });
    const solved = solvePool(pool);
    numbers(weights[0]!).forEach((w, k) => expect(w).toBeCloseTo(solved.leader[k]!, 12));
    numbers(weights[1]!).forEach((w, m) => expect(w).toBeCloseTo(3 * solved.follower[m]!, 12)); // the draft is r
    expect(Math.max(...numbers(weights[1]!))).toBe(numbers(weights[1]!)[1]); // paper answers rock
  });

  it('is nothing good about junk, for leader and follower, by any method', () => {
    for (const method of ['distil', 'sgda', 'rloo', 'dpo'] as const) {
      const { weights } = weigh(scored(['p', null], ['p', null]), cycle, { ...config, method });
      for (const ofSet of weights) {
        const [good, junk] = numbers(ofSet);
        expect(good, method).toBeGreaterThan(junk!);
        if (method !== 'distil') expect(junk, method).toBeLessThanOrEqual(0);
        else expect(junk, method).toBeLessThan(0.05);
      }
    }
  });

  it('is nothing at all where all texts are equal', () => {
    for (const method of ['sgda', 'rloo', 'dpo'] as const) {
      const { weights } = weigh(scored(['p', 'p'], ['p', 'p'], 'p'), cycle, { ...config, method });
      for (const weight of weights.flatMap(numbers)) expect(Math.abs(weight)).toBeLessThan(1e-6);
    }
  });

  it('answers each draft with what beats it: a scalar reward can not', () => {
    const best = (draft: string, method: 'distil' | 'rloo'): number => {
      const { weights } = weigh(scored(['r'], ['r', 'p', 's'], draft), cycle, { ...config, method });
      const ofReplies = numbers(weights[1]!);
      return ofReplies.indexOf(Math.max(...ofReplies));
    };
    expect(['r', 'p', 's'].map((draft) => best(draft, 'distil'))).toEqual([1, 2, 0]);
    expect(new Set(['r', 'p', 's'].map((draft) => best(draft, 'rloo'))).size).toBe(1);
  });

  it('of one sample is P − ½ for the leader and its opposite for the follower', () => {
    const { weights } = weigh(scored(['r', 'p'], ['p', 's'], 'r'), cycle, { ...config, method: 'oneSample' });
    expect(numbers(weights[0]!)[0]).toBeCloseTo(-0.4, 6); // rock against paper: 0.1
    expect(numbers(weights[1]!)[0]).toBeCloseTo(3 * 0.4, 6);
    expect(numbers(weights[0]!)[1]).toBe(0);
  });

  it('is held back by the KL: what moved away from the reference is pulled back', () => {
    const pool = scored(['p', 'p'], ['p', 'p'], 'p');
    const moved = {
      ...pool.leader,
      now: [Float32Array.of(-0.1, -0.1), Float32Array.of(-0.5, -0.5)],
      old: [Float32Array.of(-0.1, -0.1), Float32Array.of(-0.5, -0.5)],
    };
    const { weights } = weigh({ ...pool, leader: moved }, cycle, { ...config, method: 'sgda' });
    expect(numbers(weights[0]!)[0]).toBeLessThan(0);
    expect(Math.abs(numbers(weights[0]!)[1]!)).toBeLessThan(1e-6);
  });
});
