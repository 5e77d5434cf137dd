import { describe, expect, it } from 'vitest';
import { logLoss, score } from '../../../server/src/preferences/calibration.ts';
import { coldStartModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import { shippedPrior } from '../../../server/src/preferences/prior.ts';

describe('score', () => {
  it('gives hand-computed values', () => {
    const { accuracy, auc, ece } = score([true, true, false, false], [0.85, 0.45, 0.45, 0.15]);
    expect(accuracy).toBe(0.75);
    expect(auc).toBe(0.875); // three pairs in order, one tie
    expect(ece).toBeCloseTo((0.15 + 0.1 + 0.15) / 4, 12);
  });

  it('punishes a certain wrong answer heavily, but not without bound', () => {
    expect(logLoss([true], [0])).toBeCloseTo(-Math.log(1e-4), 12);
    expect(logLoss([true, false], [0.5, 0.5])).toBeCloseTo(Math.LN2, 12);
  });
});

describe('PreferenceModel', () => {
  const original = 'The small boat left the harbour after the long storm.';
  const edited = 'The boat left the harbour after the storm.';

  it('leaves the general willingness to accept out of training comparisons', () => {
    const model = coldStartModel();
    const plain = model.unguardedProbability(original, edited, original);
    const training = model.unguardedProbability(original, edited, original, undefined, { forTraining: true });
    expect(training).toBeLessThan(plain); // the prior's writers like to accept
    const other = original.replace('small', 'little');
    expect(model.unguardedProbability(original, edited, other, undefined, { forTraining: true })).toBe(
      model.unguardedProbability(original, edited, other), // both are changes: nothing to leave out
    );
  });

  it('refuses a prior with other features', () => {
    const features = shippedPrior.features.slice(1);
    expect(() => coldStartModel({ ...shippedPrior, features })).toThrow('features');
  });
});
