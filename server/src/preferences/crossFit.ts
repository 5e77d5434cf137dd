/**
 * @file Cross-fitting: a writer's decisions in parts, and for each part a model of the other parts' decisions only. What all of them teach is
 * judged part by part by models that never saw that part (claimJudge.ts), so that every decision both teaches and tests.
 */
import { foldsOf } from './folds.ts';
import { prepare, type PreferenceComparison } from './comparisonRows.ts';
import {
  fitPreferenceModel,
  neededDecisions,
  type FitOptions,
  type TooFewDecisions,
} from './fitPreferenceModel.ts';
import type { PreferenceModel } from './preferenceModel.ts';
import { shippedPrior } from './prior.ts';

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

/** The more, the more each part's teacher knows of what all of them together know; each is one fit. */
const foldCount = 9;
/** From so many decisions on a third of the texts is enough to be held out; below, nearly half of them. */
const enoughForAThird = 6 * neededDecisions;

export function crossFit(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
): CrossFit | TooFewDecisions | TooFewTexts {
  const telling = prepare(comparisons, options.prior ?? shippedPrior, options.scores)
    .map(({ comparison }) => comparison)
    .filter(({ continues }) => !continues);
  // Dealt by decision: one that makes several comparisons says no more for that.
  const originals = [...new Map(telling.map(({ decisionId, original }) => [decisionId, original])).values()];
  const needed = 2 * neededDecisions;
  if (originals.length < needed) return { kind: 'tooFewDecisions', needed, have: originals.length };
  const dealt = foldsOf(originals, foldCount, options.seed);
  const foldOf = new Map(originals.map((original, i) => [original, dealt[i]!])); // one for each
  const teacher = fitPreferenceModel(comparisons, options);
  const folds = Array.from({ length: foldCount }, (_, k) =>
    telling.filter(({ original }) => foldOf.get(original) === k),
  ).flatMap((own, k): Fold[] => {
    if (own.length === 0) return []; // few texts
    const others = fitPreferenceModel(
      comparisons.filter(({ original, continues }) => continues === true || foldOf.get(original) !== k),
      options,
    );
    return others.kind === 'model' ? [{ comparisons: own, teacher: others }] : [];
  });
  if (teacher.kind !== 'model' || folds.length < 2) return { kind: 'tooFewTexts' };
  // The text with the most decisions is in the first fold; it had better be trained on.
  const heldOutFolds = Math.ceil(folds.length / (originals.length < enoughForAThird ? 2.25 : 3));
  const heldOut = new Set(
    folds.slice(1, 1 + heldOutFolds).flatMap((fold) => fold.comparisons.map(({ original }) => original)),
  );
  return { kind: 'crossFit', teacher, folds, heldOut };
}
