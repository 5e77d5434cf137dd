import { describe, expect, it } from 'vitest';
import { advantageHalf, advantageLeaveOneOut, normaliseGroups } from '../../../server/src/game/advantage.ts';
import { clipNorm } from '../../../server/src/game/gradientStep.ts';
import { entropy, k1, k3, kl } from '../../../server/src/game/kl.ts';
import {
  clippedTokenWeights,
  leaderReward,
  poolAdvantages,
  reward,
  sequenceLogRatio,
  tokenWeights,
} from '../../../server/src/game/losses.ts';
import type { KlCharge } from '../../../server/src/game/losses.ts';
import { leaderGradient, solvePool, toLogits } from '../../../server/src/game/pool.ts';
import { projectSimplex } from '../../../server/src/game/projection.ts';
import { createRng, drawIndex, normal, rngFromState } from '../../../server/src/game/rng.ts';
import { TabularSoftmaxPolicy } from '../../../server/src/game/softmaxPolicy.ts';
import { randomDistribution, randomGame } from './games.ts';

/** Asserts that the mean of `draw` over `n` draws is `expected`, entry by entry, within 4.5 standard errors. */
function expectMean(draw: () => ArrayLike<number>, expected: ArrayLike<number>, n: number): void {
  const sum = new Float64Array(expected.length);
  const squares = new Float64Array(expected.length);
  for (let i = 0; i < n; i++) {
    const sample = draw();
    for (let a = 0; a < sum.length; a++) {
      sum[a]! += sample[a]!;
      squares[a]! += sample[a]! ** 2;
    }
  }
  for (let a = 0; a < sum.length; a++) {
    const mean = sum[a]! / n;
    const error = Math.sqrt((squares[a]! / n - mean * mean) / n);
    expect(Math.abs(mean - expected[a]!), `entry ${a}: ${mean} against ${expected[a]!}`).toBeLessThan(
      4.5 * error,
    );
  }
}

/** Two tokens over three words: row 0 for the first, row 1 + a for the second after word a. */
function twoTokenPolicy(seed: number) {
  const rng = createRng(seed);
  const reference = Float64Array.from(
    Array.from({ length: 4 }, () => randomDistribution(rng, 3)).flat(),
    Math.log,
  );
  const policy = new TabularSoftmaxPolicy(reference, 3);
  for (let i = 0; i < policy.logits.length; i++) policy.logits[i]! += normal(rng);
  const words = [0, 1, 2];
  const sequences = words.flatMap((a) => words.map((b) => ({ rows: [0, 1 + a], actions: [a, b] })));
  const probability = (sequence: (typeof sequences)[number]): number =>
    Math.exp(policy.logProbs(sequence).reduce((sum, l) => sum + l, 0));
  return { rng, policy, sequences, probability };
}

/** E over texts of the gradient that `backward` makes with these token weights. */
function expectedGradient(
  seed: number,
  beta: number,
  charge: KlCharge,
): { expected: Float64Array; exactKl: Float64Array } {
  const { policy, sequences, probability } = twoTokenPolicy(seed);
  const sum = new Float64Array(policy.logits.length);
  for (const sequence of sequences) {
    const weights = new Float64Array(2);
    tokenWeights(0, beta, policy.logProbs(sequence), policy.referenceLogProbs(sequence), charge, weights);
    policy.gradient.fill(0);
    policy.backward(sequence, weights);
    const p = probability(sequence);
    policy.gradient.forEach((g, i) => (sum[i]! += p * g));
  }
  const klOfTexts = (): number =>
    sequences.reduce(
      (total, s) =>
        total + probability(s) * sequenceLogRatio(policy.logProbs(s), policy.referenceLogProbs(s)),
      0,
    );
  const exactKl = policy.logits.map((value, i) => {
    policy.logits[i] = value + 1e-6;
    const up = klOfTexts();
    policy.logits[i] = value - 1e-6;
    const down = klOfTexts();
    policy.logits[i] = value;
    return (up - down) / 2e-6;
  });
  return { expected: sum, exactKl };
}

describe('the token weights', () => {
  it('are advantage − β · logRatio, of the token alone or of it and those after it', () => {
    const [now, reference, out] = [[-1, -2, -3], [-1.5, -1, -5], new Float64Array(3)]; // prettier-ignore
    tokenWeights(0.25, 0.1, Float64Array.from(now), Float64Array.from(reference), 'perToken', out);
    [0.2, 0.35, 0.05].forEach((w, t) => expect(out[t]).toBeCloseTo(w, 12));
    tokenWeights(0.25, 0.1, Float64Array.from(now), Float64Array.from(reference), 'returnToGo', out);
    [0.1, 0.15, 0.05].forEach((w, t) => expect(out[t]).toBeCloseTo(w, 12));
  });

  it('charged to go, have ∇KL as their expected gradient; charged per token, they have not', () => {
    for (const seed of [1, 2, 3]) {
      const toGo = expectedGradient(seed, 1, 'returnToGo');
      toGo.expected.forEach((g, i) => expect(Math.abs(g - toGo.exactKl[i]!)).toBeLessThan(1e-7));
      const perToken = expectedGradient(seed, 1, 'perToken');
      const off = perToken.expected.reduce(
        (worst, g, i) => Math.max(worst, Math.abs(g - perToken.exactKl[i]!)),
        0,
      );
      expect(off).toBeGreaterThan(1e-3);
    }
  });

  it('agree with the PPO weights on the policy that drew the text, and stop at the clip', () => {
    const logProbs = Float64Array.of(-1, -2);
    const reference = Float64Array.of(-1.2, -1.9);
    const [plain, clipped] = [new Float64Array(2), new Float64Array(2)];
    tokenWeights(0.5, 0.1, logProbs, reference, 'perToken', plain);
    clippedTokenWeights(0.5, 0.1, logProbs, logProbs, reference, 'perToken', 0.2, clipped);
    expect(clipped).toEqual(plain);
    const old = Float64Array.of(-1.5, -2.1); // ratios e^.5 beyond the clip, e^.1 within
    clippedTokenWeights(0.5, 0, logProbs, old, reference, 'perToken', 0.2, clipped);
    expect(clipped[0]).toBe(0);
    expect(clipped[1]).toBeCloseTo(0.5 * Math.exp(0.1), 12);
    clippedTokenWeights(-0.5, 0, logProbs, old, reference, 'perToken', 0.2, clipped);
    expect(clipped[0]).toBeCloseTo(-0.5 * Math.exp(0.5), 12);
  });
});

describe('the score-function estimator', () => {
  it("is the exact gradient in expectation, for the leader with the follower's KL in its reward", () => {
    const rng = createRng(77);
    const pool = randomGame(rng, 4).contexts[0]!;
    const reply = solvePool(pool).follower.map((p, i) => 0.7 * p + (i % 4 === 0 ? 0.3 : 0));
    const policy = new TabularSoftmaxPolicy(pool.leaderLogReference, 4);
    for (let i = 0; i < 4; i++) policy.logits[i]! += normal(rng);
    const leader = policy.probabilities(0).slice();
    const exact = new Float64Array(4);
    leaderGradient(pool, { leader, follower: reply }, exact);
    toLogits(exact, leader, 0, 4);
    const weights = new Float64Array(1);
    expectMean(
      () => {
        const y = drawIndex(rng, leader);
        const i = 4 * y + drawIndex(rng, reply, 4 * y, 4);
        const r = leaderReward(
          pool.preference[i]!,
          pool.tauFollower,
          k1(Math.log(reply[i]!), pool.followerLogReference[i]!),
        );
        const text = { rows: [0], actions: [y] };
        const [now, reference] = [policy.logProbs(text), policy.referenceLogProbs(text)];
        tokenWeights(r - 0.5, pool.tauLeader, now, reference, 'returnToGo', weights);
        policy.gradient.fill(0);
        policy.backward(text, weights);
        return policy.gradient;
      },
      exact.map((g) => -g),
      40_000,
    );
  });

  it('with leave-one-out is the exact gradient in expectation, for the follower, and varies less than with ½', () => {
    const rng = createRng(78);
    const p = [0.9, 0.7, 0.8];
    const policy = new TabularSoftmaxPolicy(new Float64Array(3).fill(-Math.log(3)), 3);
    policy.logits.set([0.5, -0.5, 0]);
    const probabilities = policy.probabilities(0).slice();
    const exact = Float64Array.from(p, (value) => -(1 - value)); // backward makes descent gradients
    toLogits(exact, probabilities, 0, 3);
    const group = 4;
    const [rewards, advantages] = [new Float64Array(group), new Float64Array(group)];
    let squares = 0;
    const draw = (leaveOneOut: boolean) => (): Float64Array => {
      const texts = Array.from({ length: group }, () => ({
        rows: [0],
        actions: [drawIndex(rng, probabilities)],
      }));
      texts.forEach((text, i) => (rewards[i] = reward('follower', p[text.actions[0]!]!)));
      if (leaveOneOut) advantageLeaveOneOut(rewards, group, advantages);
      else advantageHalf(rewards, advantages);
      policy.gradient.fill(0);
      texts.forEach((text, i) => policy.backward(text, Float64Array.of(advantages[i]! / group)));
      squares += policy.gradient.reduce((sum, g) => sum + g * g, 0);
      return policy.gradient;
    };
    expectMean(draw(true), exact, 20_000);
    const withGroup = squares;
    squares = 0;
    expectMean(draw(false), exact, 20_000);
    expect(withGroup).toBeLessThan(squares);
  });
});

describe('the weights over a pool', () => {
  it('reward what wins more than average, each player within its own choices', () => {
    const pool = randomGame(createRng(9), 5).contexts[0]!;
    const strategies = solvePool(pool);
    const [leader, follower] = [new Float64Array(5), new Float64Array(25)];
    poolAdvantages(pool, strategies, leader, follower);
    expect(leader.reduce((sum, a, k) => sum + a * strategies.leader[k]!, 0)).toBeCloseTo(0, 12);
    for (let k = 0; k < 5; k++) {
      const row = follower.subarray(5 * k, 5 * k + 5);
      expect(row.reduce((sum, a, m) => sum + a * strategies.follower[5 * k + m]!, 0)).toBeCloseTo(0, 12);
      expect(row.indexOf(Math.max(...row))).toBe(
        pool.preference
          .subarray(5 * k, 5 * k + 5)
          .indexOf(Math.min(...pool.preference.subarray(5 * k, 5 * k + 5))),
      );
    }
  });
});

describe('the baselines', () => {
  it('take the mean of the others from each, and refuse a group of one', () => {
    const out = new Float64Array(4);
    advantageLeaveOneOut(Float64Array.of(1, 0, 0.5, 0.5), 2, out);
    expect([...out]).toEqual([1, -1, 0, 0]);
    expect(() => advantageLeaveOneOut(Float64Array.of(1), 1, out)).toThrow(RangeError);
    normaliseGroups(out, 2, 0);
    expect([...out.subarray(0, 2)]).toEqual([1, -1]);
  });

  it('leave equal rewards at zero when normalised', () => {
    const out = Float64Array.of(0, 0, 0);
    normaliseGroups(out, 3);
    expect([...out]).toEqual([0, 0, 0]);
  });
});

describe('the KL estimates', () => {
  it('k1 and k3 both have KL as their mean, and only k1 has ∇KL as its score-function gradient', () => {
    const [p, q] = [[0.5, 0.3, 0.2], [0.45, 0.35, 0.2]]; // prettier-ignore
    const mean = (f: (a: number) => number): number => p.reduce((sum, pa, a) => sum + pa * f(a), 0);
    const estimate = (k: typeof k1, a: number): number => k(Math.log(p[a]!), Math.log(q[a]!));
    expect(mean((a) => estimate(k1, a))).toBeCloseTo(kl(p, q), 12);
    expect(mean((a) => estimate(k3, a))).toBeCloseTo(kl(p, q), 12);
    const score = (k: typeof k1, i: number): number =>
      mean((a) => estimate(k, a) * ((a === i ? 1 : 0) - p[i]!));
    const exact = (i: number): number => p[i]! * (Math.log(p[i]! / q[i]!) - kl(p, q));
    const norm = (f: (i: number) => number): number => Math.hypot(f(0), f(1), f(2));
    for (let i = 0; i < 3; i++) expect(score(k1, i)).toBeCloseTo(exact(i), 12);
    expect(norm((i) => score(k3, i))).toBeLessThan(0.1 * norm(exact));
  });
});

describe('the projections', () => {
  it('onto the simplex: no random point of it is nearer', () => {
    const rng = createRng(4);
    for (let trial = 0; trial < 200; trial++) {
      const n = 1 + Math.floor(rng.next() * 8);
      const v = Float64Array.from({ length: n }, () => 2 * normal(rng));
      const projected = v.slice();
      projectSimplex(projected, 0, n, new Float64Array(n));
      expect(projected.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...projected)).toBeGreaterThanOrEqual(0);
      const distance = (p: ArrayLike<number>): number =>
        v.reduce((sum, value, i) => sum + (value - p[i]!) ** 2, 0);
      for (let other = 0; other < 20; other++) {
        expect(distance(projected)).toBeLessThanOrEqual(distance(randomDistribution(rng, n)) + 1e-12);
      }
    }
  });

  it('of a gradient: the norm is cut, the direction kept', () => {
    const g = Float64Array.of(3, 4);
    expect(clipNorm(g, 1)).toBe(5);
    expect(g[0]).toBeCloseTo(0.6, 12);
    expect(clipNorm(g, 2)).toBeCloseTo(1, 12);
  });
});

describe('the generator', () => {
  it('repeats itself from a seed and goes on from a state', () => {
    const [a, b] = [createRng(42), createRng(42)];
    const first = Array.from({ length: 100 }, () => a.next());
    expect(Array.from({ length: 100 }, () => b.next())).toEqual(first);
    const c = rngFromState(a.state());
    expect(Array.from({ length: 10 }, () => c.next())).toEqual(Array.from({ length: 10 }, () => a.next()));
    expect(() => rngFromState([0, 0, 0, 0])).toThrow(RangeError);
  });

  it('is uniform in mean and variance, and its normals are normal', () => {
    const rng = createRng(1);
    expectMean(() => { const u = rng.next(); return [u, u * u, u < 0.1 ? 1 : 0]; }, [1 / 2, 1 / 3, 0.1], 50_000); // prettier-ignore
    expectMean(() => { const z = normal(rng); return [z, z * z, z ** 3]; }, [0, 1, 0], 50_000); // prettier-ignore
    expect(entropy([0.5, 0.5])).toBeCloseTo(Math.log(2), 12);
  });
});
