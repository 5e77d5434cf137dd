/**
 * @file Cross-fitting: a writer's decisions in parts, and for each part a model of the other parts' decisions only. What all of them teach is
 * judged part by part by models that never saw that part (claimJudge.ts), so that every decision both teaches and tests.
 */
import { teaches, type PreferenceComparison } from './comparisonRows.ts';
import { deal, type Piece } from './deal.ts';
import {
  fitPreferenceModel,
  neededDecisions,
  type FitOptions,
  type TooFewDecisions,
} from './fitPreferenceModel.ts';
import type { PreferenceModel } from './preferenceModel.ts';

/** A part of the decisions about rewrites. */
export interface Fold {
  readonly comparisons: readonly PreferenceComparison[];
  /** Fitted on the other folds and on ghost text; no original text of theirs is in this one. */
  readonly teacher: PreferenceModel;
}

export interface CrossFit {
  readonly kind: 'crossFit';
  /** Fitted on all decisions: its preferences train. */
  readonly teacher: PreferenceModel;
  readonly folds: readonly Fold[];
  /** Original texts, whole folds of them, that nothing is trained on: the gate's games are played on them. */
  readonly heldOut: ReadonlySet<string>;
}

/** So much of the decisions is about one text that no part without it is left to learn from. */
export interface TooFewTexts {
  readonly kind: 'tooFewTexts';
}

/**
 * @param pieces of the original texts, as a model is asked about them: texts that share one are in the same part, and so many are held out
 * that the promotion gate has enough to play on, where there are enough
 */
export function crossFit(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
  pieces: readonly Piece[] = [],
): CrossFit | TooFewDecisions | TooFewTexts {
  const telling = comparisons.filter((comparison) => !comparison.continues && teaches(comparison));
  const needed = 2 * neededDecisions;
  const have = new Set(telling.map(({ decisionId }) => decisionId)).size;
  if (have < needed) return { kind: 'tooFewDecisions', needed, have };
  const { folds: parts, heldOut } = deal(telling, pieces, options.seed);
  if (parts.length < 2) return { kind: 'tooFewTexts' };
  const folds = parts.map((own): Fold => {
    const texts = new Set(own.map(({ original }) => original));
    const others = comparisons.filter(
      ({ original, continues }) => continues === true || !texts.has(original),
    );
    return { comparisons: own, teacher: fitted(others, options) };
  });
  return { kind: 'crossFit', teacher: fitted(comparisons, options), folds, heldOut };
}

/** Of decisions that are known to be enough. */
function fitted(comparisons: readonly PreferenceComparison[], options: FitOptions): PreferenceModel {
  const model = fitPreferenceModel(comparisons, options);
  if (model.kind !== 'model') throw new RangeError(`Only ${model.have} decisions of ${model.needed}.`);
  return model;
}
