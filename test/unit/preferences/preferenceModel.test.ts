import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFit } from '../../../server/src/preferences/crossFit.ts';
import { rankContinuations } from '../../../server/src/preferences/continuations.ts';
import { editFeatures, featureNames } from '../../../server/src/preferences/editFeatures.ts';
import type { PreferenceComparison } from '../../../server/src/preferences/comparisonRows.ts';
import { coldStartModel, fitPreferenceModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../../../server/src/preferences/preferenceModel.ts';

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
        const features = editFeatures(text, text, { count: 3, sum: -9, min: -4 });
        expect(featureNames.map((name) => features[name])).toEqual(featureNames.map(() => 0));
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

  it('is the same to the last bit when fitted twice', () => {
    const [model, again] = [fitted(), fitted()];
    expect(again.weights).toEqual(model.weights);
    expect(again.assessment).toEqual(model.assessment);
    const { original, winner, loser } = comparison(77);
    expect(again.probability(original, winner, loser)).toBe(model.probability(original, winner, loser));
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

describe('edit features', () => {
  it('take a contraction for one, and not what is said of somebody’s own', () => {
    const of = (x: string, y: string): number => editFeatures(x, y).contractions;
    expect(of('It is late and we do not know.', "It's late and we don't know.")).toBeCloseTo(Math.log(3), 12);
    expect(of('The results of the firm are good.', "The firm's results are good.")).toBe(0);
    expect(editFeatures('The results of the firm.', 'The firm’s results.').register).toBe(0);
  });

  it('tell capitals from small letters at the beginning in any alphabet', () => {
    const lowerStart = (x: string, y: string): number => editFeatures(x, y).lowerStart;
    expect(lowerStart('Élan is what it takes.', 'élan is what it takes.')).toBe(1);
    expect(lowerStart('«österreich ist schön»', '«Österreich ist schön»')).toBe(-1);
    expect(lowerStart('Élan is what it takes.', 'Élan is what is asked.')).toBe(0);
  });
});

describe('crossFit', () => {
  const textsIn = (list: readonly PreferenceComparison[]) => new Set(list.map(({ original }) => original));

  it('tests every comparison once, by a model that saw none of the same original', () => {
    const fit = crossFit([...comparisons, ...comparisons], { seed: 2 });
    if (fit.kind !== 'crossFit') throw new Error('too few');
    expect(fit.folds.flatMap((fold) => fold.comparisons)).toHaveLength(80);
    const texts = fit.folds.map((fold) => textsIn(fold.comparisons));
    expect(texts.reduce((sum, { size }) => sum + size, 0)).toBe(textsIn(comparisons).size); // none is in two
    for (const { teacher, comparisons: own } of fit.folds) {
      expect(teacher.decisions).toBe(40 - new Set(own.map(({ decisionId }) => decisionId)).size);
    }
    expect(fit.teacher.decisions).toBe(40);
  });

  it('holds whole folds of texts out, more of them where there are few decisions', () => {
    const more = [...comparisons, ...Array.from({ length: 60 }, (_, i) => ({ ...comparison(i + 100), decisionId: `more ${i}` }))]; // prettier-ignore
    const shares = [comparisons, more].map((decided) => {
      const fit = crossFit(decided, { seed: 2 });
      if (fit.kind !== 'crossFit') throw new Error('too few');
      const texts = fit.folds.map((fold) => textsIn(fold.comparisons));
      expect(texts.every((own) => [...own].every((text) => fit.heldOut.has(text) === fit.heldOut.has([...own][0]!)))).toBe(true); // prettier-ignore
      return fit.heldOut.size / textsIn(decided).size;
    });
    expect(shares[0]).toBeGreaterThan(0.35);
    expect(shares[0]).toBeLessThan(0.55);
    expect(shares[1]).toBeGreaterThan(0.25);
    expect(shares[1]).toBeLessThan(0.4);
  });

  it('deals decisions, not comparisons, and leaves ghost text to the teachers', () => {
    const taken = comparisons.slice(0, 22);
    const ghost = Array.from({ length: 150 }, (_, i) => ({
      ...comparison(i),
      decisionId: `ghost ${i}`,
      original: '',
      winner: `The ${i % 7} words that follow.`,
      loser: '',
      continues: true,
    }));
    const fit = crossFit([...ghost, ...taken, ...taken, ...taken], { seed: 2 });
    if (fit.kind !== 'crossFit') throw new Error('too few');
    expect(fit.folds.flatMap((fold) => fold.comparisons)).toHaveLength(66);
    expect(fit.folds.length).toBeGreaterThan(6);
  });

  it('says what is missing: decisions, or other texts', () => {
    expect(crossFit([...comparisons.slice(0, 12), ...comparisons.slice(0, 12)], { seed: 2 })).toEqual({
      kind: 'tooFewDecisions',
      needed: 20,
      have: 12,
    });
    const oneText = comparisons.map(({ decisionId }) => ({ ...comparison(0), decisionId }));
    expect(crossFit(oneText, { seed: 2 })).toEqual({ kind: 'tooFewTexts' });
  });
});

describe('ghost text', () => {
  /** Takes ghost text in plain words and leaves it in formal ones. */
  const ghost = (i: number): PreferenceComparison => {
    const original = `On day ${i} they`;
    const plain = i % 2 === 0;
    const text =
      original + (plain ? ' went home, as they had planned.' : ' therefore obtained it, as planned.');
    return {
      decisionId: `ghost ${i}`,
      document: `document ${i % 7}`,
      original,
      winner: plain ? text : original,
      loser: plain ? original : text,
      weight: plain ? 1 : 0.25,
      continues: true,
    };
  };
  const ghosts = Array.from({ length: 60 }, (_, i) => ghost(i));
  const lead = 'In the end she';
  const plain = { text: ' went away.', confidence: 0.5 };
  const formal = { text: ' therefore obtained it.', confidence: 0.5 };

  it('teaches how the writer puts things', () => {
    const p = (model: PreferenceModel) =>
      model.probability(lead, lead + plain.text, lead + formal.text, undefined, { continues: true });
    expect(p(fitted([...comparisons, ...ghosts]))).toBeGreaterThan(p(fitted()) + 0.05);
  });

  it('does not teach that longer is better, however often it is taken', () => {
    const taken = ghosts.map((item, i) => ({
      ...item,
      winner: `${item.original} went home and slept there ${i} hours.`,
      loser: item.original,
    }));
    const original = 'We really wanted to see the town.';
    const p = (model: PreferenceModel) =>
      model.probability(original, 'We wanted to see the town.', 'We really did want to see the whole town.');
    expect(p(fitted([...comparisons, ...taken]))).toBeCloseTo(p(fitted()), 6);
  });

  it('does not count as rewrites', () => {
    expect(fitPreferenceModel(ghosts, { seed: 1 })).toMatchObject({ kind: 'tooFewDecisions', have: 0 });
    expect(fitted([...comparisons, ...ghosts]).decisions).toBe(fitted().decisions);
    expect(fitted([...comparisons, ...ghosts]).assessment?.decisions).toBe(comparisons.length);
  });

  it('is offered as the writer would put it, unless the model is far surer of something else', () => {
    const model = fitted([...comparisons, ...ghosts]);
    expect(rankContinuations(model, lead, [formal, plain])[0]).toBe(plain);
    const sure = { ...formal, confidence: 0.99 };
    const unsure = { ...plain, confidence: 0.01 };
    expect(rankContinuations(model, lead, [unsure, sure])[0]).toBe(sure);
    expect(rankContinuations(model, lead, [formal])).toEqual([formal]);
  });
});
