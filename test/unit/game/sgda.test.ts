import { describe, expect, it } from 'vitest';
import { condorcetGame } from '../../../server/src/game/condorcet.ts';
import { diagnose, exploitability } from '../../../server/src/game/diagnostics.ts';
import { playerRates } from '../../../server/src/game/gradientStep.ts';
import { solveGame } from '../../../server/src/game/matrixGame.ts';
import { createRng } from '../../../server/src/game/rng.ts';
import { iterationsTo, Sgda, stableRate } from '../../../server/src/game/sgda.ts';
import type { Parametrisation } from '../../../server/src/game/sgda.ts';
import { randomDistribution, randomGame } from './games.ts';

const parametrisations: Parametrisation[] = ['direct', 'softmax', 'natural'];
const kappas = [1, 5, 20];

describe('Stackelberg gradient descent-ascent', () => {
  for (const parametrisation of parametrisations) {
    for (const kappa of kappas) {
      it(`reaches the closed form of Condorcet games within 1e-6, ${parametrisation}, κ = ${kappa}`, () => {
        for (const shares of [
          [0.4, 0.35, 0.25],
          [0.45, 0.3, 0.25],
          [1 / 3, 1 / 3, 1 / 3],
        ]) {
          for (const tau of [0.2, 0.5, 1]) {
            const game = condorcetGame({ shares, tauLeader: tau, tauFollower: tau });
            const leaderRate = stableRate(game, parametrisation, kappa);
            const options = {
              parametrisation,
              leaderRate,
              kappa: { as: 'rateRatio', value: kappa },
            } as const;
            expect(iterationsTo(game, options, 1e-6, 400_000)).not.toBeNull();
          }
        }
      });

      it(`reaches the closed form of 200 random games up to 8×8 within 1e-6, ${parametrisation}, κ = ${kappa}`, () => {
        const rng = createRng(20_260_101);
        for (let i = 0; i < 200; i++) {
          const game = randomGame(rng);
          const leaderRate = stableRate(game, parametrisation, kappa);
          const options = { parametrisation, leaderRate, kappa: { as: 'rateRatio', value: kappa } } as const;
          expect(iterationsTo(game, options, 1e-6, 100_000), `game ${i}`).not.toBeNull();
        }
      }, 60_000);
    }
  }

  it('takes the same path whether κ is a ratio of rates or a loss weight, the parameters being separate', () => {
    const game = randomGame(createRng(3), 4);
    const make = (as: 'rateRatio' | 'lossWeight'): Sgda =>
      new Sgda(game, { parametrisation: 'softmax', leaderRate: 0.05, kappa: { as, value: 5 } });
    const [ratio, weight] = [make('rateRatio'), make('lossWeight')];
    for (let t = 0; t < 50; t++) {
      ratio.step();
      weight.step();
    }
    expect(ratio.strategies[0]!.follower).toEqual(weight.strategies[0]!.follower);
  });

  it('puts κ in the rate or in the loss, never in both', () => {
    expect(playerRates(0.1, { as: 'rateRatio', value: 5 })).toEqual({
      leaderRate: 0.1,
      followerRate: 0.5,
      followerLossWeight: 1,
    });
    expect(playerRates(0.1, { as: 'lossWeight', value: 5 })).toEqual({
      leaderRate: 0.1,
      followerRate: 0.1,
      followerLossWeight: 5,
    });
    expect(() => playerRates(0.1, { as: 'rateRatio', value: 0 })).toThrow(RangeError);
  });
});

describe('the diagnostics', () => {
  it('find nothing to exploit at the closed form, and something everywhere else', () => {
    const rng = createRng(5);
    for (let i = 0; i < 50; i++) {
      const game = randomGame(rng);
      const solution = solveGame(game);
      expect(Math.abs(diagnose(game, solution).exploitability)).toBeLessThan(1e-12);
      const pool = game.contexts[0]!;
      const other = {
        leader: Float64Array.from(randomDistribution(rng, game.actions)),
        follower: solution[0]!.follower,
      };
      expect(exploitability(pool, other)).toBeGreaterThan(0);
    }
  });

  it('report no KL, full entropy and the distance at uniform references', () => {
    const game = condorcetGame({ shares: [0.4, 0.35, 0.25], tauLeader: 0.1, tauFollower: 0.1 });
    const start = new Sgda(game, {
      parametrisation: 'softmax',
      leaderRate: 1,
      kappa: { as: 'rateRatio', value: 1 },
    });
    const figures = diagnose(game, start.strategies);
    expect(figures.leaderKl).toBeCloseTo(0, 12);
    expect(figures.followerKl).toBeCloseTo(0, 12);
    expect(figures.leaderEntropy).toBeCloseTo(Math.log(3), 12);
    expect(figures.distance).toBeGreaterThan(0.3);
  });
});
