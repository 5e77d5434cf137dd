import { describe, expect, it } from 'vitest';
import { dimension, rowsOf } from '../../../server/src/preferences/comparisonRows.ts';
import { featureNames, type FeatureName } from '../../../server/src/preferences/editFeatures.ts';
import { dot, sigmoid, type Rows } from '../../../server/src/preferences/laplace.ts';
import { shippedPrior } from '../../../server/src/preferences/prior.ts';
import { fitTastes } from '../../../server/src/preferences/tastes.ts';
import { uniform } from '../../support/random.ts';

const at = (name: FeatureName): number => featureNames.indexOf(name);

/** Decisions between texts that hardly differ, by weights that are the population's but for those given. */
function decisions(count: number, seed: number, own: Partial<Record<FeatureName, number>>): Rows {
  const random = uniform(seed);
  const weights = Float64Array.from(
    shippedPrior.features,
    ({ mean, name }) => own[name as FeatureName] ?? mean,
  );
  const rows = Array.from({ length: count }, () => {
    const row = Float64Array.from(weights, (_, k) => (k === 0 ? 0 : (random() - 0.5) / 2));
    return random() < sigmoid(dot(row, weights)) ? row : row.map((value) => -value);
  });
  return rowsOf(rows, new Array<number>(count).fill(1), dimension);
}

/** The features whose prior is wider than usual. */
function tastesOf(rows: Rows): string[] {
  const { prior } = fitTastes(rows, shippedPrior, 0);
  return featureNames.filter((_, k) => prior.precision[k]! < shippedPrior.features[k]!.precision);
}

describe('the tastes of a writer', () => {
  it.each(['lengthRatio', 'register', 'rewritten'] as const)(
    'are found where there is one, %s, and the other weights stay near the population’s',
    (name) => {
      for (const seed of [1, 2, 3, 4]) {
        const { posterior, prior } = fitTastes(decisions(300, seed, { [name]: -4 }), shippedPrior, 0);
        expect(posterior.mode[at(name)]).toBeLessThan(-2.5);
        expect(prior.precision[at(name)]).toBeLessThan(shippedPrior.features[at(name)]!.precision / 5);
        const others = featureNames.filter((other) => other !== name && other !== 'changed');
        const moved = others.map((other) =>
          Math.abs(posterior.mode[at(other)]! - shippedPrior.features[at(other)]!.mean),
        );
        expect(moved.reduce((sum, x) => sum + x, 0) / moved.length).toBeLessThan(0.2);
      }
    },
  );

  it('are two where a writer has two, though they were looked for one by one', () => {
    for (const seed of [1, 2, 3]) {
      const tastes = tastesOf(decisions(800, seed, { lengthRatio: -4, comma: 4 }));
      expect(tastes).toEqual(expect.arrayContaining(['lengthRatio', 'comma']));
    }
  });

  it('are none where a writer is like the others, in at least eight of ten', () => {
    const found = Array.from({ length: 20 }, (_, i) => tastesOf(decisions(300, 50 + i, {})).length);
    expect(found.filter((count) => count > 0).length).toBeLessThanOrEqual(4);
  });

  it('say how likely the decisions are with them: never less than without any', () => {
    const rows = decisions(300, 7, { formal: 4 });
    const none = {
      ...shippedPrior,
      features: shippedPrior.features.map((one) => ({ ...one, tasteProbability: 0 })),
    };
    expect(fitTastes(rows, shippedPrior, 0).logScore).toBeGreaterThan(fitTastes(rows, none, 0).logScore);
  });
});
