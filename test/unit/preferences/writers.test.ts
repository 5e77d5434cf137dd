import { describe, expect, it } from 'vitest';
import { dimension } from '../../../server/src/preferences/comparisonRows.ts';
import { editFeatures, featureNames } from '../../../server/src/preferences/editFeatures.ts';
import { dot, fitPosterior } from '../../../server/src/preferences/laplace.ts';
import { fitPreferenceModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../../../server/src/preferences/preferenceModel.ts';
import prior from '../../../server/src/preferences/prior.json' with { type: 'json' };
import { uniform } from '../../support/random.ts';
import { decisionsOf, writers, type SimulatedPair, type WriterName } from '../../support/writers.ts';

function fitted(pairs: readonly SimulatedPair[]): PreferenceModel {
  const model = fitPreferenceModel(
    pairs.map(({ original, a, b, prefersA }, i) => ({
      decisionId: String(i),
      document: `document ${i % 9}`,
      original,
      winner: prefersA ? a : b,
      loser: prefersA ? b : a,
      weight: 1,
    })),
    { seed: 1 },
  );
  if (model.kind !== 'model') throw new Error(`needs ${model.needed}`);
  return model;
}

/** Share of the pairs with a clear answer on whose right side the model is. */
function rightShare(model: PreferenceModel, pairs: readonly SimulatedPair[]): number {
  const clear = pairs.filter(({ p }) => Math.abs(p - 0.5) > 0.1);
  const right = clear.filter(
    ({ original, a, b, p }) => model.unguardedProbability(original, a, b) > 0.5 === p > 0.5,
  );
  return right.length / clear.length;
}

/** The same for linear weights alone, with the shipped prior's means and a weak pull to them. */
function linearRightShare(training: readonly SimulatedPair[], test: readonly SimulatedPair[]): number {
  const row = ({ original, a, b }: SimulatedPair) => {
    const [fa, fb] = [editFeatures(original, a), editFeatures(original, b)];
    return Float64Array.from(prior.features, ({ scale }, k) => {
      const name = featureNames[k] ?? 'changed';
      return (fa[name] - fb[name]) / scale;
    });
  };
  const width = featureNames.length;
  const values = new Float64Array(training.length * width);
  training.forEach((pair, i) =>
    values.set(
      row(pair).map((v) => (pair.prefersA ? v : -v)),
      i * width,
    ),
  );
  const { mode } = fitPosterior(
    { values, width, weights: new Float64Array(training.length).fill(1) },
    {
      mean: Float64Array.from(prior.features, ({ mean }) => mean),
      precision: new Float64Array(width).fill(0.5),
    },
  );
  const clear = test.filter(({ p }) => Math.abs(p - 0.5) > 0.1);
  return clear.filter((pair) => dot(row(pair), mode) > 0 === pair.p > 0.5).length / clear.length;
}

const names = Object.keys(writers) as WriterName[];

describe('simulated writers', () => {
  for (const name of names) {
    it(`${name}: exact, antisymmetric and the same for the same seed`, () => {
      const pairs = decisionsOf(name, 50, uniform(3), 'spring');
      expect(decisionsOf(name, 50, uniform(3), 'spring')).toEqual(pairs);
      for (const { original, a, b, p } of pairs) {
        expect(writers[name](original, b, a) + p).toBeCloseTo(1, 12);
        expect(writers[name](original, a, a)).toBe(0.5);
      }
    });

    it(`${name}: the choices come as often as their probabilities say`, () => {
      const pairs = decisionsOf(name, 2000, uniform(8), 'spring');
      const surprise = pairs.reduce((sum, { p, prefersA }) => sum + Number(prefersA) - p, 0);
      const spread = Math.sqrt(pairs.reduce((sum, { p }) => sum + p * (1 - p), 0));
      expect(Math.abs(surprise)).toBeLessThan(3 * spread);
    });
  }

  it('the cyclic writer goes round: shorter over formal over own over shorter', () => {
    const own =
      'In spring 300 the clerk quite openly uses many maps for a long bridge, rather slowly also near town.';
    const shorter = 'In spring 300 the clerk uses many maps for a long bridge, near town.';
    const formal = own.replace('uses many', 'utilizes numerous');
    expect(writers.cyclic(own, shorter, formal)).toBeGreaterThan(0.6);
    expect(writers.cyclic(own, formal, own)).toBeGreaterThan(0.6);
    expect(writers.cyclic(own, own, shorter)).toBeGreaterThan(0.6);
  });
});

describe('the preference model on simulated writers', () => {
  for (const name of names) {
    it(`recovers ${name} on new contexts, with the skew part only where it is needed`, () => {
      const test = decisionsOf(name, 400, uniform(4242), 'autumn');
      for (const seed of [11, 12, 13]) {
        const model = fitted(decisionsOf(name, 150, uniform(seed), 'spring'));
        expect(model.weights.length > dimension, 'it has a skew part').toBe(name === 'cyclic');
        expect(rightShare(model, test)).toBeGreaterThan(0.85);
      }
    });
  }

  it('needs the skew part for the cyclic writer: without it the model gets a third of the pairs wrong', () => {
    const test = decisionsOf('cyclic', 400, uniform(4242), 'autumn');
    const training = decisionsOf('cyclic', 150, uniform(11), 'spring');
    const full = fitted(training);
    expect(linearRightShare(training, test)).toBeLessThan(0.7);
    expect(rightShare(full, test)).toBeGreaterThan(0.85);
  });
});

describe('what is believed of a formal writer', () => {
  it('is a more formal tone, and nothing that speaks against it', () => {
    const believed = [1, 2, 3, 4].map((seed) =>
      fitted(decisionsOf('formal', 800, uniform(seed), 'spring'))
        .beliefs()
        .map(({ text }) => text),
    );
    for (const texts of believed) {
      expect(texts).toContain('a more formal tone');
      expect(texts).not.toContain('more casual words'); // what is left to their weight beside the tone's
      expect(texts).not.toContain('fewer formal words');
      expect(texts).not.toContain('more contractions');
    }
  });
});

describe('a writer who differs from others in one respect, and there by far', () => {
  it.each(['concise', 'formal'] as const)(
    '%s: is predicted after 25 decisions nearly as surely as they decide',
    (name) => {
      const pairs = decisionsOf(name, 200, uniform(6), 'autumn');
      const sure = (p: number): number => Math.abs(p - 0.5);
      const mean = (values: readonly number[]): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const theirs = mean(pairs.map(({ p }) => sure(p)));
      const shares = [5, 15, 25, 35, 45, 55, 65, 75].map((seed) => {
        const model = fitted(decisionsOf(name, 25, uniform(seed), 'spring'));
        return (
          mean(pairs.map(({ original, a, b }) => sure(model.unguardedProbability(original, a, b)))) / theirs
        );
      });
      expect(mean(shares)).toBeGreaterThan(0.88); // under a normal prior .879 (concise) and .847 (formal)
    },
  );
});
