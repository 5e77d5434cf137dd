import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFit } from '../../../server/src/preferences/crossFit.ts';
import { editFeatures, featureNames } from '../../../server/src/preferences/editFeatures.ts';
import {
  coldStartModel,
  fitPreferenceModel,
  PreferenceModel,
  type PreferenceComparison,
} from '../../../server/src/preferences/preferenceModel.ts';

/** A writer who always takes the text without the adverb. */
function comparison(i: number): PreferenceComparison {
  const original = `The group number ${i} really wanted to see what the new plan would quickly change in town.`;
  return {
    decisionId: String(i),
    document: `document ${i % 7}`,
    original,
    winner: original.replace(' really', ''),
    loser: original,
    weight: 1,
  };
}

const comparisons = Array.from({ length: 40 }, (_, i) => comparison(i));

function fitted(list = comparisons): PreferenceModel {
  const model = fitPreferenceModel(list, { seed: 1 });
  if (model.kind !== 'model') throw new Error(`needs ${model.needed}`);
  return model;
}

const sentence = fc
  .array(
    fc.constantFrom('we', 'really', 'do', 'not', 'plan', '12', 'Rome', ',', "don't", 'therefore', 'big', '.'),
    {
      maxLength: 14,
    },
  )
  .map((list) => list.join(' '));

describe('editFeatures', () => {
  it('is zero in every component for a copy', () => {
    fc.assert(
      fc.property(fc.oneof(sentence, fc.string()), (text) => {
        const { features, editShare } = editFeatures(text, text, { count: 3, sum: -9, min: -4 });
        expect(featureNames.map((name) => features[name])).toEqual(featureNames.map(() => 0));
        expect(editShare).toBe(0);
      }),
    );
  });
});

describe('PreferenceModel', () => {
  it('is antisymmetric, whatever the texts', () => {
    const models = [fitted(), coldStartModel()];
    fc.assert(
      fc.property(sentence, sentence, sentence, (x, a, b) => {
        for (const model of models) {
          const there = model.probability(x, a, b, undefined, { document: 'document 1' });
          const back = model.probability(x, b, a, undefined, { document: 'document 1' });
          expect(there + back).toBeCloseTo(1, 12);
        }
      }),
    );
  });

  it('learns what a consistent writer takes', () => {
    const { original, winner, loser } = comparison(99);
    const after = fitted().probability(original, winner, loser);
    expect(after).toBeGreaterThan(0.8);
    expect(after).toBeGreaterThan(coldStartModel().probability(original, winner, loser));
  });

  it('is the same to the last bit when fitted twice and after storing', () => {
    const model = fitted();
    expect(fitted().serialise()).toBe(model.serialise());
    const restored = PreferenceModel.deserialise(model.serialise());
    const { original, winner, loser } = comparison(77);
    expect(restored.probability(original, winner, loser)).toBe(model.probability(original, winner, loser));
  });

  it('refuses to fit on too few decisions and says how many it needs', () => {
    expect(fitPreferenceModel(comparisons.slice(0, 4), { seed: 1 })).toEqual({
      kind: 'tooFewDecisions',
      needed: 10,
      have: 4,
    });
  });

  it('remembers the same edit in the same document only', () => {
    const { original, winner, loser, document } = comparison(3);
    const model = fitted();
    const there = model.probability(original, winner, loser, undefined, { document });
    const elsewhere = model.probability(original, winner, loser, undefined, { document: 'another' });
    expect(there).toBeGreaterThan(elsewhere);
  });

  it('gives a guarded candidate no more than its cap and two guarded ones a half', () => {
    const { original } = comparison(1);
    expect(fitted().probability(original, '', original)).toBeLessThanOrEqual(0.03);
    expect(fitted().probability(original, '', `"${original}"`)).toBe(0.5);
  });

  it('keeps guarded candidates out of the fit', () => {
    const junk = comparisons.map((c, i) => ({ ...c, decisionId: `junk ${i}`, winner: '' }));
    expect(fitted([...comparisons, ...junk]).decisions).toBe(comparisons.length);
  });

  it('says nothing of taste before it has learned', () => {
    expect(coldStartModel().beliefs()).toEqual([]);
  });
});

describe('crossFit', () => {
  it('never fits teacher and judge on the same original', () => {
    const fit = crossFit([...comparisons, ...comparisons], { seed: 2 });
    if (fit.kind !== 'crossFit') throw new Error('too few');
    const taught = new Set(fit.teacherComparisons.map((c) => c.original));
    expect(fit.judgeComparisons.filter((c) => taught.has(c.original))).toEqual([]);
    expect(fit.judgeComparisons.length + fit.teacherComparisons.length).toBe(80);
  });
});
