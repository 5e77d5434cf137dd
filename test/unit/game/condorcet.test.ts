import { describe, expect, it } from 'vitest';
import {
  condorcetGame,
  condorcetPreference,
  favouriteWithinRounds,
  nashMixture,
} from '../../../server/src/game/condorcet.ts';
import { solvePool } from '../../../server/src/game/pool.ts';
import { GameError } from '../../../server/src/game/types.ts';

const third = [1 / 3, 1 / 3, 1 / 3];

function solve(shares: readonly number[], tauLeader: number, tauFollower: number) {
  return solvePool(condorcetGame({ shares, tauLeader, tauFollower }).contexts[0]!);
}

describe('three writers in a cycle', () => {
  it('lead to the corner of the largest share, each draft answered by the text that beats it', () => {
    const { leader, follower, value } = solve([0.4, 0.35, 0.25], 1e-3, 1e-3);
    expect(leader[0]).toBeGreaterThan(1 - 1e-12);
    const reply = (k: number): number[] => [...follower.subarray(3 * k, 3 * k + 3)].map(Math.round);
    expect([reply(0), reply(1), reply(2)]).toEqual([[0, 0, 1], [1, 0, 0], [0, 1, 0]]); // prettier-ignore
    [0.4, 0.35, 0.25].forEach((share, k) => expect(value[k]).toBeCloseTo(share, 2));
  });

  it('reach π(A) ≥ .99 at τ_L ≤ .0109 and not above, as τ_F → 0', () => {
    expect(solve([0.4, 0.35, 0.25], 0.01085, 1e-6).leader[0]).toBeGreaterThanOrEqual(0.99);
    expect(solve([0.4, 0.35, 0.25], 0.011, 1e-6).leader[0]).toBeLessThan(0.99);
  });

  it('leave the leader uniform at every temperature when the shares are equal', () => {
    for (const tau of [1e-4, 0.01, 0.1, 1]) {
      solve(third, tau, tau).leader.forEach((p) => expect(p).toBeCloseTo(1 / 3, 9));
    }
  });

  it("have Nash's mixture as the strategy that no text beats", () => {
    const shares = [0.4, 0.35, 0.25];
    const p = condorcetPreference(shares);
    const mixture = nashMixture(shares);
    expect(mixture.map((value) => Number(value.toFixed(10)))).toEqual([0.5, 0.2, 0.3]);
    for (let b = 0; b < 3; b++) {
      expect(mixture.reduce((sum, chance, a) => sum + chance * p[a]![b]!, 0)).toBeCloseTo(0.5, 12);
    }
  });

  it('meet their favourite in 33, 67, 100 % with the follower, and 33, 56, 70 % with Nash', () => {
    const { leader, follower } = solve(third, 1e-3, 1e-3);
    favouriteWithinRounds(third, leader, follower, 3).forEach((met, n) =>
      expect(met).toBeCloseTo((n + 1) / 3, 6),
    );
    const nash = Float64Array.from(nashMixture(third));
    const again = Float64Array.from([...nash, ...nash, ...nash]);
    favouriteWithinRounds(third, nash, again, 3).forEach((met, n) =>
      expect(met).toBeCloseTo(1 - (2 / 3) ** (n + 1), 12),
    );
  });

  it('refuse shares that are none', () => {
    expect(() => condorcetPreference([0.5, 0.5])).toThrow(GameError);
    expect(() => condorcetPreference([0.5, 0.6, -0.1])).toThrow('shares[2]');
    expect(() => condorcetPreference([0.5, 0.5, 0.5])).toThrow('sums to 1.5');
  });
});
