/** @file The shipped prior: units, means and precisions of the weights, fitted on public decisions of other writers. */
import { featureNames } from './editFeatures.ts';
import shipped from './prior.json' with { type: 'json' };

export interface Prior {
  readonly clip: number;
  /** Multiples of the precision where a writer has a taste of their own, equally likely. */
  readonly tasteMultiples: readonly number[];
  readonly features: readonly {
    readonly name: string;
    readonly scale: number;
    readonly mean: number;
    readonly precision: number;
    /** How likely a writer has a taste of their own in it; 0 for "changed". */
    readonly tasteProbability: number;
  }[];
}

export const shippedPrior: Prior = shipped;

/** @throws Error where it is of another version */
export function checkedPrior(prior: Prior): Prior {
  if (prior.features.map((feature) => feature.name).join() !== featureNames.join()) {
    throw new Error('The prior does not list the features of this version.');
  }
  if (prior.features.some(({ tasteProbability: p }) => !(p >= 0 && p < 1))) {
    throw new Error('The prior does not say how likely a taste is of each feature.');
  }
  return prior;
}
