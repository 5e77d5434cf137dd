/** @file What a population of writers knows, in the form of the shipped prior. */
import { featureNames, type FeatureName } from '../../server/src/preferences/editFeatures.ts';
import type { Prior } from '../../server/src/preferences/prior.ts';
import { fitPopulation, offsetPrecision, shared, type Example } from './population.ts';

/** Features are held within ± this many scales, so that no odd text outweighs everything else. */
const clip = 4;

/** See {@link Prior}. */
const tasteMultiples = [0.125, 0.015];
/** What writers are known to differ in, and wish for. */
const usualTastes: readonly FeatureName[] = ['lengthRatio', 'register', 'rewritten'];

/** Units of the sums of other features, as of what a skew part sets against each other: one formal word, an edit of some size. */
const sumScales: Partial<Record<FeatureName, number>> = { register: 0.7, rewritten: 0.15 };

const rounded = (value: number): number => Number(value.toFixed(4));

/** `changed`, the willingness to accept, is the mean of the writers' offsets and keeps their precision. */
export function priorOf(examples: readonly Example[]): Prior {
  const { alpha, scales, weights, offsets } = fitPopulation(examples);
  const willingness = offsets.reduce((sum, v) => sum + v, 0) / offsets.length;
  const features = featureNames.map((name) =>
    name === 'changed'
      ? { name, scale: 1, mean: rounded(willingness), precision: offsetPrecision, tasteProbability: 0 }
      : {
          name,
          scale: sumScales[name] ?? rounded(scales[shared.indexOf(name)]!), // one for each that is shared
          mean: rounded(weights[shared.indexOf(name)] ?? 0),
          precision: rounded(alpha),
          tasteProbability: usualTastes.includes(name) ? 0.5 : 0.05,
        },
  );
  return { clip, tasteMultiples, features };
}
