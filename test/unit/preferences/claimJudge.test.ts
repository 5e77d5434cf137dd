import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../../server/src/game/rng.ts';
import { fitClaimJudge, type Change } from '../../../server/src/preferences/claimJudge.ts';
import type { PreferenceComparison } from '../../../server/src/preferences/comparisonRows.ts';
import { fitPreferenceModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../../../server/src/preferences/preferenceModel.ts';
import { winRate } from '../../../server/src/training/promotion.ts';
import { uniform } from '../../support/random.ts';
import { contextOf, decisionsOf, type WriterName } from '../../support/writers.ts';

type Decides = (pair: { prefersA: boolean }, random: () => number) => boolean;

function comparisonsOf(
  writer: WriterName,
  count: number,
  seed: number,
  prefersA: Decides = (pair) => pair.prefersA,
): PreferenceComparison[] {
  const random = uniform(seed);
  return decisionsOf(writer, count, random, `year ${seed}`).map((pair, i) => {
    const { original, a, b } = pair;
    const [winner, loser] = prefersA(pair, random) ? [a, b] : [b, a];
    return { decisionId: String(i), document: `document ${i % 9}`, original, winner, loser, weight: 1 };
  });
}

const byCoin: Decides = (_, random) => random() < 0.5;

/** The new policy leaves adverbs out. */
const shorter = Array.from({ length: 40 }, (_, i): Change => {
  const before = contextOf(uniform(1000 + i), 'spring');
  return { original: before, before, after: before.replace(/ (?:really|very often|quite openly)/g, '') };
});

function lowerBound(
  teacher: PreferenceModel,
  decisions: readonly PreferenceComparison[],
  seed: number,
): number {
  const judge = fitClaimJudge(teacher, shorter, decisions);
  const games = shorter.map(({ original, after, before }) => ({
    document: original,
    winProbability: judge.comparing(original, after, before),
  }));
  return winRate(games, createRng(seed), 200).low;
}

let concise: PreferenceModel;

beforeAll(() => {
  const fit = fitPreferenceModel(comparisonsOf('concise', 200, 1), { seed: 1 });
  if (fit.kind !== 'model') throw new Error('too few');
  concise = fit;
});

describe('the judge of a claim', () => {
  it('bears out a taste that the writer has, in at least nine of ten writers', () => {
    const promoted = Array.from({ length: 20 }, (_, i) =>
      lowerBound(concise, comparisonsOf('concise', 200, 50 + i), i),
    ).filter((low) => low > 0.5);
    expect(promoted.length).toBeGreaterThanOrEqual(18);
  });

  it('promotes at most 5 % of the adapters of a teacher who is wrong: decisions by a coin', () => {
    const promoted = Array.from({ length: 200 }, (_, i) =>
      lowerBound(concise, comparisonsOf('concise', 40, 100 + i, byCoin), i),
    ).filter((low) => low > 0.5);
    expect(promoted.length).toBeLessThanOrEqual(10);
  }, 30_000);

  it('contradicts a claim that the writer decides against', () => {
    const opposite = comparisonsOf('concise', 200, 3, (pair) => !pair.prefersA);
    const { strength } = fitClaimJudge(concise, shorter, opposite);
    expect(strength.mean + 2 * strength.deviation).toBeLessThan(0);
  });

  it('is no surer of a decision that was taken apart into several comparisons', () => {
    const decisions = comparisonsOf('concise', 100, 5);
    const once = fitClaimJudge(concise, shorter, decisions).strength;
    const thrice = fitClaimJudge(
      concise,
      shorter,
      decisions.flatMap((one) => [one, one, one]),
    ).strength;
    expect(thrice.mean).toBeCloseTo(once.mean, 6);
    expect(thrice.deviation).toBeCloseTo(once.deviation, 6);
  });

  it('is antisymmetric, and says nothing of equal texts', () => {
    const judge = fitClaimJudge(concise, shorter, comparisonsOf('concise', 60, 4));
    const { original, after, before } = shorter[0]!;
    for (const deviations of [-2, 0, 1]) {
      const [there, back] = [
        judge.comparing(original, after, before),
        judge.comparing(original, before, after),
      ];
      expect(there(deviations) + back(deviations)).toBeCloseTo(1, 12);
      expect(judge.comparing(original, after, after)(deviations)).toBe(0.5);
    }
  });

  it('never prefers what a guard catches', () => {
    const judge = fitClaimJudge(concise, shorter, comparisonsOf('concise', 60, 4));
    const { original, before } = shorter[0]!;
    expect(judge.comparing(original, 'It.', before)(0)).toBeLessThan(0.5);
  });

  it('knows nothing where nothing was changed or decided', () => {
    const { original, before } = shorter[0]!;
    const unchanged = fitClaimJudge(
      concise,
      [{ original, before, after: before }],
      comparisonsOf('concise', 60, 4),
    );
    expect(unchanged.strength).toEqual({ mean: 0, deviation: 1 });
    expect(fitClaimJudge(concise, shorter, []).strength).toEqual({ mean: 0, deviation: 1 });
    expect(lowerBound(concise, [], 1)).toBeLessThan(0.5);
  });
});
