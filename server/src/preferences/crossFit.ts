/**
 * @file Cross-fitting: a writer's decisions in parts, and for each part a model of the other parts' decisions only. What all of them teach is
 * judged part by part by models that never saw that part (claimJudge.ts), so that every decision both teaches and tests.
 */
import { foldsOf } from './folds.ts';
import { decisionsIn, prepare, type PreferenceComparison } from './comparisonRows.ts';
import {
  fitPreferenceModel,
  neededDecisions,
  type FitOptions,
  type TooFewDecisions,
} from './fitPreferenceModel.ts';
import type { PreferenceModel } from './preferenceModel.ts';
import { shippedPrior } from './prior.ts';

/** A part of the decisions. */
export interface Fold {
  readonly comparisons: readonly PreferenceComparison[];
  /** Fitted on the other folds; no original text of theirs is in this one. */
  readonly teacher: PreferenceModel;
}

export interface CrossFit {
  readonly kind: 'crossFit';
  /** Fitted on all decisions: its preferences train. */
  readonly teacher: PreferenceModel;
  /** The texts of the first are held out: nothing is trained on them, and the gate's games are played on them. */
  readonly folds: readonly [Fold, ...Fold[]];
}

/** From so many comparisons on a third of them is enough to be held out; below, half of them. */
const enoughForThirds = 6 * neededDecisions;

export function crossFit(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
): CrossFit | TooFewDecisions {
  const count = comparisons.length >= enoughForThirds ? 3 : 2;
  const foldOf = foldsOf(
    comparisons.map((comparison) => comparison.original),
    count,
    options.seed,
  );
  const tested = (k: number) => comparisons.filter((_, i) => foldOf[i] === k);
  const all = fitPreferenceModel(comparisons, options);
  const folds = Array.from({ length: count }, (_, k): Fold | null => {
    const teacher = fitPreferenceModel(
      comparisons.filter((_, i) => foldOf[i] !== k),
      options,
    );
    return teacher.kind === 'model' && isEnough(tested(k), options)
      ? { comparisons: tested(k), teacher }
      : null;
  });
  // The text with the most decisions is in fold 0; it had better be trained on.
  const [taught, heldOut, ...others] = folds;
  return all.kind === 'model' && heldOut && taught && others.every((fold) => fold !== null)
    ? { kind: 'crossFit', teacher: all, folds: [heldOut, taught, ...others] }
    : {
        kind: 'tooFewDecisions',
        needed: 2 * neededDecisions,
        have: all.kind === 'model' ? all.decisions : all.have,
      };
}

function isEnough(comparisons: readonly PreferenceComparison[], options: FitOptions): boolean {
  return decisionsIn(prepare(comparisons, options.prior ?? shippedPrior, options.scores)) >= neededDecisions;
}
