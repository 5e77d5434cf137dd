import { describe, expect, it } from 'vitest';
import { createMatrixGame, gameValue, solveGame } from '../../../server/src/game/matrixGame.ts';
import {
  createPool,
  followerGradient,
  leaderGradient,
  poolValue,
  softmaxInto,
  solvePool,
} from '../../../server/src/game/pool.ts';
import { createRng, normal } from '../../../server/src/game/rng.ts';
import { poolWeights } from '../../../server/src/game/losses.ts';
import { GameError } from '../../../server/src/game/types.ts';
import type { Pool, Strategies } from '../../../server/src/game/types.ts';
import { randomDistribution, randomGame } from './games.ts';

const half = [
  [0.5, 0.7],
  [0.3, 0.5],
];
const taus = { tauLeader: 0.1, tauFollower: 0.1 };

function randomStrategies(pool: Pool, seed: number): Strategies {
  const rng = createRng(seed);
  const rows = Array.from({ length: pool.leaders }, () => randomDistribution(rng, pool.followers));
  return {
    leader: Float64Array.from(randomDistribution(rng, pool.leaders)),
    follower: Float64Array.from(rows.flat()),
  };
}

function softmaxOf(pool: Pool, leaderLogits: Float64Array, followerLogits: Float64Array): Strategies {
  const leader = new Float64Array(pool.leaders);
  const follower = new Float64Array(pool.leaders * pool.followers);
  softmaxInto(leader, leaderLogits, 0, pool.leaders);
  for (let k = 0; k < pool.leaders; k++)
    softmaxInto(follower, followerLogits, k * pool.followers, pool.followers);
  return { leader, follower };
}

/** Central difference of `f` in entry i of `v`. */
function slope(f: () => number, v: Float64Array, i: number, h = 1e-6): number {
  const kept = v[i]!;
  v[i] = kept + h;
  const up = f();
  v[i] = kept - h;
  const down = f();
  v[i] = kept;
  return (up - down) / (2 * h);
}

describe('the closed form', () => {
  it('solves a 2×2 game worked out by hand', () => {
    const pool = createPool({ preference: half, tauLeader: 0.5, tauFollower: 0.25 });
    const { leader, follower, value } = solvePool(pool);
    const row = (a: number, b: number): number =>
      -0.25 * Math.log(0.5 * Math.exp(-a / 0.25) + 0.5 * Math.exp(-b / 0.25));
    const [v0, v1] = [row(0.5, 0.7), row(0.3, 0.5)];
    expect(value[0]).toBeCloseTo(v0, 14);
    expect(follower[0]).toBeCloseTo(1 / (1 + Math.exp(-0.2 / 0.25)), 14);
    expect(leader[0]).toBeCloseTo(1 / (1 + Math.exp((v1 - v0) / 0.5)), 14);
  });

  it('is where neither player gains by any small deviation', () => {
    const game = randomGame(createRng(11), 5);
    const solution = solveGame(game);
    const best = gameValue(game, solution);
    for (let seed = 0; seed < 100; seed++) {
      const away = game.contexts.map((pool, x) => {
        const other = randomStrategies(pool, seed);
        const mix = (p: Float64Array, q: Float64Array): Float64Array =>
          p.map((value, i) => 0.99 * value + 0.01 * q[i]!);
        return {
          leader: mix(solution[x]!.leader, other.leader),
          follower: mix(solution[x]!.follower, other.follower),
        };
      });
      const leaderMoves = away.map(({ leader }, x) => ({ leader, follower: solution[x]!.follower }));
      const followerMoves = away.map(({ follower }, x) => ({ follower, leader: solution[x]!.leader }));
      expect(gameValue(game, leaderMoves)).toBeLessThan(best);
      expect(gameValue(game, followerMoves)).toBeGreaterThan(best);
    }
  });

  it('holds at temperatures where exponentials under- and overflow', () => {
    const { leader, follower } = solvePool(
      createPool({ preference: half, tauLeader: 1e-6, tauFollower: 1e-6 }),
    );
    expect([...leader]).toEqual([1, 0]);
    expect([...follower]).toEqual([1, 0, 1, 0]);
  });
});

describe('the exact gradients', () => {
  it('match finite differences to 1e-7, in probabilities and in logits, with the τ_F·KL_F term', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rng = createRng(seed);
      const pool = randomGame(rng).contexts[0]!;
      const strategies = randomStrategies(pool, seed);
      const leader = new Float64Array(pool.leaders);
      const follower = new Float64Array(pool.leaders * pool.followers);
      leaderGradient(pool, strategies, leader);
      followerGradient(pool, strategies, follower);
      const f = (): number => poolValue(pool, strategies);
      leader.forEach((g, k) => expect(Math.abs(g - slope(f, strategies.leader, k))).toBeLessThan(1e-7));
      follower.forEach((g, i) => {
        const weighted = g * strategies.leader[Math.floor(i / pool.followers)]!;
        expect(Math.abs(weighted - slope(f, strategies.follower, i))).toBeLessThan(1e-7);
      });

      const leaderLogits = Float64Array.from({ length: pool.leaders }, () => normal(rng));
      const followerLogits = Float64Array.from(follower, () => normal(rng));
      const now = softmaxOf(pool, leaderLogits, followerLogits);
      poolWeights(pool, now, leader, follower);
      const g = (): number => poolValue(pool, softmaxOf(pool, leaderLogits, followerLogits));
      leader.forEach((w, k) => expect(Math.abs(w - slope(g, leaderLogits, k))).toBeLessThan(1e-7));
      follower.forEach((w, i) => {
        const weighted = -w * now.leader[Math.floor(i / pool.followers)]!; // the follower descends
        expect(Math.abs(weighted - slope(g, followerLogits, i))).toBeLessThan(1e-7);
      });
    }
  });
});

describe('bad input', () => {
  const refused = (make: () => unknown, entry: string): void => {
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(GameError);
      expect((error as GameError).entry).toBe(entry);
      return;
    }
    expect.unreachable(`nothing was thrown for ${entry}`);
  };

  it('is refused with the entry that is wrong', () => {
    const game =
      (context: object, more: object = {}) =>
      () =>
        createMatrixGame({ contexts: [{ preference: half, ...context }], ...taus, ...more });
    refused(game({ preference: [[0.5, NaN], [0.3, 0.5]] }), 'contexts[0].preference[0,1]'); // prettier-ignore
    refused(game({ preference: [[0.5, 1.2], [-0.2, 0.5]] }), 'contexts[0].preference[0,1]'); // prettier-ignore
    refused(game({ preference: [[0.5, 0.7], [0.4, 0.5]] }), 'contexts[0].preference[0,1]'); // prettier-ignore
    refused(game({ preference: [[0.6, 0.7], [0.3, 0.5]] }), 'contexts[0].preference[0,0]'); // prettier-ignore
    refused(game({ preference: [[0.5, 0.7], [0.3]] }), 'contexts[0].preference[1]'); // prettier-ignore
    refused(game({ preference: [] }), 'contexts[0].preference');
    refused(game({ preference: [[]] }), 'contexts[0].preference[0]');
    refused(game({ leaderReference: [1, 0] }), 'contexts[0].leaderReference[1]');
    refused(game({ leaderReference: [0.5, 0.4] }), 'contexts[0].leaderReference');
    refused(game({ followerReference: [[0.5, 0.5], [0, 1]] }), 'contexts[0].followerReference[1][0]'); // prettier-ignore
    refused(game({}, { tauLeader: 0 }), 'tauLeader');
    refused(game({}, { tauFollower: NaN }), 'tauFollower');
    refused(game({}, { contextWeights: [2] }), 'contextWeights[0]');
    refused(() => createMatrixGame({ contexts: [], ...taus }), 'contexts');
  });
});
