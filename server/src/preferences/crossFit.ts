/** @file Decisions in two parts: a model of one teaches, the other judges what was taught (claimJudge.ts). */
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

export interface CrossFit {
  readonly kind: 'crossFit';
  readonly teacher: PreferenceModel;
  /** No original text is in both. */
  readonly teacherComparisons: readonly PreferenceComparison[];
  readonly judgeComparisons: readonly PreferenceComparison[];
}

/** From so many comparisons on the judge needs only a third of them; a teacher of few decisions is hardly better than chance. */
const enoughForThirds = 6 * neededDecisions;

/** Splits by original text, so that the judge saw none of the contexts that taught: halves, or two thirds for the teacher. */
export function crossFit(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
): CrossFit | TooFewDecisions {
  const folds = foldsOf(
    comparisons.map((comparison) => comparison.original),
    comparisons.length >= enoughForThirds ? 3 : 2,
    options.seed,
  );
  const judgeFold = 1;
  const teacherComparisons = comparisons.filter((_, i) => folds[i] !== judgeFold);
  const judgeComparisons = comparisons.filter((_, i) => folds[i] === judgeFold);
  const teacher = fitPreferenceModel(teacherComparisons, options);
  const judging = decisionsIn(prepare(judgeComparisons, options.prior ?? shippedPrior, options.scores));
  if (teacher.kind === 'model' && judging >= neededDecisions) {
    return { kind: 'crossFit', teacher, teacherComparisons, judgeComparisons };
  }
  const teaching = teacher.kind === 'model' ? teacher.decisions : teacher.have;
  return { kind: 'tooFewDecisions', needed: 2 * neededDecisions, have: teaching + judging };
}
