/** @file Two models from disjoint decisions: one teaches, the other judges what was taught (the promotion gate). */
import { foldsOf } from './folds.ts';
import {
  fitPreferenceModel,
  neededDecisions,
  type FitOptions,
  type PreferenceComparison,
  type PreferenceModel,
  type TooFewDecisions,
} from './preferenceModel.ts';

export interface CrossFit {
  readonly kind: 'crossFit';
  readonly teacher: PreferenceModel;
  readonly judge: PreferenceModel;
  /** Which comparisons each was fitted on; no original text is in both. */
  readonly teacherComparisons: readonly PreferenceComparison[];
  readonly judgeComparisons: readonly PreferenceComparison[];
}

/** Splits by original text, so that the judge saw none of the contexts that taught. */
export function crossFit(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
): CrossFit | TooFewDecisions {
  const folds = foldsOf(
    comparisons.map((comparison) => comparison.original),
    2,
    options.seed,
  );
  const teacherComparisons = comparisons.filter((_, i) => folds[i] === 0);
  const judgeComparisons = comparisons.filter((_, i) => folds[i] === 1);
  const teacher = fitPreferenceModel(teacherComparisons, options);
  const judge = fitPreferenceModel(judgeComparisons, options);
  if (teacher.kind === 'model' && judge.kind === 'model') {
    return { kind: 'crossFit', teacher, judge, teacherComparisons, judgeComparisons };
  }
  const have = (fit: PreferenceModel | TooFewDecisions) => (fit.kind === 'model' ? fit.decisions : fit.have);
  return { kind: 'tooFewDecisions', needed: 2 * neededDecisions, have: have(teacher) + have(judge) };
}
