/** @file Two models from disjoint decisions: one teaches, the other judges what was taught (the promotion gate). */
import { foldsOf } from './folds.ts';
import type { PreferenceComparison } from './comparisonRows.ts';
import {
  fitPreferenceModel,
  neededDecisions,
  type FitOptions,
  type TooFewDecisions,
} from './fitPreferenceModel.ts';
import type { PreferenceModel } from './preferenceModel.ts';

export interface CrossFit {
  readonly kind: 'crossFit';
  readonly teacher: PreferenceModel;
  readonly judge: PreferenceModel;
  /** Which comparisons each was fitted on; no original text is in both. */
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
  const judge = fitPreferenceModel(judgeComparisons, options);
  if (teacher.kind === 'model' && judge.kind === 'model') {
    return { kind: 'crossFit', teacher, judge, teacherComparisons, judgeComparisons };
  }
  const have = (fit: PreferenceModel | TooFewDecisions) => (fit.kind === 'model' ? fit.decisions : fit.have);
  return { kind: 'tooFewDecisions', needed: 2 * neededDecisions, have: have(teacher) + have(judge) };
}
