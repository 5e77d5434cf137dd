import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../../server/src/game/rng.ts';
import { fitClaimJudge, type Change, type ClaimJudge } from '../../../server/src/preferences/claimJudge.ts';
import { crossFit, type CrossFit } from '../../../server/src/preferences/crossFit.ts';
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

/** Policies that differ from the old one in several ways, and their opposites. */
const policies = [
  (text: string) => text.replace(/ (?:really|very often|quite openly)/g, ''),
  (text: string) => text.replace(/\b(?:but|so)\b/g, (word) => (word === 'but' ? 'however' : 'therefore')),
  (text: string) => text.replace(' is ', ' is probably ').replace(' are ', ' are perhaps '),
  (text: string) => text.replaceAll(',', ''),
  (text: string) => text.replace(/^(In [a-z]+ \d+) /, '$1, '),
].flatMap((write) => {
  const there = shorter.map(({ original }) => ({ original, before: original, after: write(original) }));
  return [there, there.map(({ original, after, before }) => ({ original, after: before, before: after }))];
});

function lowerBound(judge: ClaimJudge, changes: readonly Change[], seed: number): number {
  const games = changes.map(({ original, after, before }) => ({
    document: original,
    winProbability: judge.comparing(original, after, before),
  }));
  return winRate(games, createRng(seed), 200).low;
}

/** The whole way: all decisions choose the new policy, and the parts judge it, or some of them. */
function crossFittedBound(
  decisions: readonly PreferenceComparison[],
  seed: number,
  judging = (folds: CrossFit['folds']): CrossFit['folds'] => folds,
): number {
  const fit = crossFit(decisions, { seed });
  if (fit.kind !== 'crossFit') throw new Error('too few');
  const gains = policies.map((changes) =>
    changes.reduce(
      (sum, { original, after, before }) => sum + fit.teacher.probability(original, after, before),
      0,
    ),
  );
  const chosen = policies[gains.indexOf(Math.max(...gains))]!; // one of them
  return lowerBound(fitClaimJudge(judging(fit.folds), chosen), chosen, seed);
}

let concise: PreferenceModel;

const judged = (decisions: readonly PreferenceComparison[], changes = shorter): ClaimJudge =>
  fitClaimJudge([{ teacher: concise, comparisons: decisions }], changes);

beforeAll(() => {
  const fit = fitPreferenceModel(comparisonsOf('concise', 200, 1), { seed: 1 });
  if (fit.kind !== 'model') throw new Error('too few');
  concise = fit;
});

describe('the judge of a claim', () => {
  it('bears out a taste that the writer has, in at least nine of ten writers', () => {
    const promoted = Array.from({ length: 20 }, (_, i) =>
      lowerBound(judged(comparisonsOf('concise', 200, 50 + i)), shorter, i),
    ).filter((low) => low > 0.5);
    expect(promoted.length).toBeGreaterThanOrEqual(18);
  });

  it('promotes at most 5 % of the adapters of a teacher who is wrong: decisions by a coin', () => {
    const promoted = Array.from({ length: 200 }, (_, i) =>
      lowerBound(judged(comparisonsOf('concise', 40, 100 + i, byCoin)), shorter, i),
    ).filter((low) => low > 0.5);
    expect(promoted.length).toBeLessThanOrEqual(10);
  }, 30_000);

  it('promotes at most 5 % of what decisions by a coin chose, each of which both taught and tested', () => {
    const promoted = [40, 90].flatMap((decisions) =>
      Array.from({ length: 30 }, (_, i) =>
        crossFittedBound(comparisonsOf('concise', decisions, 400 + i, byCoin), i),
      ).filter((low) => low > 0.5),
    );
    expect(promoted.length).toBeLessThanOrEqual(3);
  }, 60_000);

  it('promotes what a true taste chose, oftener than a judge of a third of the decisions would', () => {
    const seeds = Array.from({ length: 10 }, (_, i) => i);
    const decisions = seeds.map((i) => comparisonsOf('concise', 200, 600 + i));
    const byAll = seeds.filter((i) => crossFittedBound(decisions[i]!, i) > 0.5);
    const byAThird = seeds.filter(
      (i) => crossFittedBound(decisions[i]!, i, (folds) => folds.slice(1, 4)) > 0.5,
    );
    expect(byAll.length).toBeGreaterThanOrEqual(4);
    expect(byAll.length).toBeGreaterThan(byAThird.length);
  }, 60_000);

  it('contradicts a claim that the writer decides against', () => {
    const opposite = comparisonsOf('concise', 200, 3, (pair) => !pair.prefersA);
    const { strength } = judged(opposite);
    expect(strength.mean + 2 * strength.deviation).toBeLessThan(0);
  });

  it('is no surer of a decision that was taken apart into several comparisons', () => {
    const decisions = comparisonsOf('concise', 100, 5);
    const once = judged(decisions).strength;
    const thrice = judged(decisions.flatMap((one) => [one, one, one])).strength;
    expect(thrice.mean).toBeCloseTo(once.mean, 6);
    expect(thrice.deviation).toBeCloseTo(once.deviation, 6);
  });

  it('is antisymmetric, and says nothing of equal texts', () => {
    const judge = judged(comparisonsOf('concise', 60, 4));
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

  it('is no surer of a text whose fold says next to nothing of the claim', () => {
    const long = 'The old clerk of the town really wrote a very long letter about the new bridge yesterday';
    const cut = (text: string): string => text.replace(/ (?:really|very)/g, '');
    const text = (i: number): string => long.replace('letter', `letter number ${i}`);
    const decided = (i: number, winner: string, loser: string): PreferenceComparison => {
      return { decisionId: `${i}`, document: `${i}`, original: text(i), winner, loser, weight: 1 };
    };
    const telling = Array.from({ length: 30 }, (_, i) =>
      i % 5 === 0 ? decided(i, text(i), cut(text(i))) : decided(i, cut(text(i)), text(i)),
    );
    const commas = [50, 51].map((i) => decided(i, text(i).replace(' about', ', about'), text(i)));
    const others = [50, 51].map((i) => decided(i, text(i).replace('letter', 'note'), text(i)));
    const changes = Array.from({ length: 40 }, (_, i) => {
      const before = text(100 + i);
      return { original: before, before, after: cut(before) + (i === 0 ? ', indeed' : '') };
    });
    for (const silent of [commas, others]) {
      const judge = fitClaimJudge(
        [telling, silent].map((comparisons) => ({ teacher: concise, comparisons })),
        changes,
      );
      const shorterThere = judge.comparing(text(50), cut(text(50)), text(50));
      const shorterHere = judge.comparing(text(1), cut(text(1)), text(1));
      const shorterElsewhere = judge.comparing(text(999), cut(text(999)), text(999));
      expect(shorterThere(0)).toBeCloseTo(shorterHere(0), 1);
      expect(shorterElsewhere(0)).toBeCloseTo(shorterHere(0), 1);
      expect(shorterThere(-2)).toBeLessThan(shorterThere(0) - 0.02); // an error of its own is seen
    }
  });

  it('says of what decisions by a coin chose what little is known', () => {
    const rates = Array.from({ length: 20 }, (_, i) => {
      const fit = crossFit(comparisonsOf('concise', 60, 800 + i, byCoin), { seed: i });
      if (fit.kind !== 'crossFit') throw new Error('too few');
      return policies.map((changes) => {
        const judge = fitClaimJudge(fit.folds, changes);
        const won = changes.map(({ original, after, before }) => judge.comparing(original, after, before)(0));
        return won.reduce((sum, p) => sum + p, 0) / won.length;
      });
    }).flat();
    const sure = rates.filter((rate) => Math.abs(rate - 0.5) > 0.35);
    expect(sure.length / rates.length).toBeLessThan(0.05);
  }, 60_000);

  it('never prefers what a guard catches', () => {
    const judge = judged(comparisonsOf('concise', 60, 4));
    const { original, before } = shorter[0]!;
    expect(judge.comparing(original, 'It.', before)(0)).toBeLessThan(0.5);
  });

  it('knows nothing where nothing was changed or decided', () => {
    const { original, before } = shorter[0]!;
    const unchanged = judged(comparisonsOf('concise', 60, 4), [{ original, before, after: before }]);
    expect(unchanged.strength).toEqual({ mean: 0, deviation: 1 });
    expect(judged([]).strength).toEqual({ mean: 0, deviation: 1 });
    expect(lowerBound(judged([]), shorter, 1)).toBeLessThan(0.5);
  });
});
