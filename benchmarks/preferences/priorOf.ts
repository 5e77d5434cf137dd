/** @file What a population of writers knows, in the form of the shipped prior. */
import { featureNames } from '../../server/src/preferences/editFeatures.ts';
import type { Prior } from '../../server/src/preferences/prior.ts';
import { fitPopulation, offsetPrecision, type Example } from './population.ts';

/** Features are held within ± this many scales, so that no odd text outweighs everything else. */
const clip = 4;

/** How closely a writer follows the population, as multiples of the weights' precision, each with its prior probability. */
const kappas = [
  { kappa: 2, prior: 0.5 },
  { kappa: 0.5, prior: 0.25 },
  { kappa: 0.125, prior: 0.15 },
  { kappa: 0.03, prior: 0.1 },
] as const;

const rounded = (value: number): number => Number(value.toFixed(4));

/** `changed`, the willingness to accept, is the mean of the writers' offsets and keeps their precision. */
export function priorOf(examples: readonly Example[]): Prior {
  const { alpha, scales, weights, offsets } = fitPopulation(examples);
  const willingness = offsets.reduce((sum, v) => sum + v, 0) / offsets.length;
  const features = featureNames.map((name, k) =>
    name === 'changed'
      ? { name, scale: 1, mean: rounded(willingness), precision: offsetPrecision }
      : {
          name,
          scale: rounded(scales[k - 1]!), // one for each feature but the first
          mean: rounded(weights[k - 1]!),
          precision: rounded(alpha),
        },
  );
  return { clip, kappas, features };
}
