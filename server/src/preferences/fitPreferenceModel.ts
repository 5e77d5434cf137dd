/**
 * @file Fits a writer's preference model to comparisons: in which respects the writer differs from the others and whether preferences go in
 * circles by the evidence, held-out assessment.
 */
import {
  dimension,
  decisionsIn,
  prepare,
  rowsFrom,
  rowsOf,
  skewDimension,
  type PreferenceComparison,
  type Prepared,
} from './comparisonRows.ts';
import { EditMemory } from './editMemory.ts';
import { foldsOf } from './folds.ts';
import { dot, fitPosterior, sigmoid, variance, type Gaussian, type Posterior } from './laplace.ts';
import type { TokenScores } from './languageFeatures.ts';
import { PreferenceModel, type Assessment } from './preferenceModel.ts';
import { checkedPrior, shippedPrior, type Prior } from './prior.ts';
import { fitTastes, type Fitted } from './tastes.ts';

export interface FitOptions {
  /** Decides how decisions are dealt to folds; the fit itself draws nothing. */
  readonly seed: number;
  /** Measured log-probs of a text, where there are any. */
  readonly scores?: (text: string) => TokenScores | undefined;
  readonly prior?: Prior;
}

export interface TooFewDecisions {
  readonly kind: 'tooFewDecisions';
  /** How many decisions a fit takes in all. */
  readonly needed: number;
  readonly have: number;
}

/** Below this the personal fit is no better than the shipped prior. */
export const neededDecisions = 10;

/** How much better the log-evidence must be before the skew part is used. */
const skewMargin = 2;
const skewPrecisions = [4, 16] as const;

/** With a skew part or without: precision 0 of it for without. */
interface Form {
  readonly width: number;
  readonly skew: number;
}

/** Five-fold held-out log-loss of the chosen form, beside a model of the general willingness alone. */
function assess(
  prepared: readonly Prepared[],
  { width, skew }: Form,
  { prior, seed }: { readonly prior: Prior; readonly seed: number },
): Assessment | null {
  const groups = prepared.map(({ comparison }) => comparison.original);
  const folds = foldsOf(groups, 5, seed);
  if (new Set(folds).size < 5) return null;
  const bias: Gaussian = { mean: Float64Array.of(0), precision: Float64Array.of(4) };
  let own = 0;
  let baseline = 0;
  let weight = 0;
  for (let fold = 0; fold < 5; fold++) {
    const train = prepared.filter((_, i) => folds[i] !== fold);
    const full = fitTastes(rowsFrom(train, width), prior, skew).posterior; // its tastes were chosen without the fold
    const plain = fitPosterior(rowsFrom(train, 1), bias);
    for (const { row, comparison } of prepared.filter((_, i) => folds[i] === fold)) {
      if (comparison.continues) continue;
      const loss = (posterior: Posterior, x: Float64Array) =>
        -Math.log(
          sigmoid(dot(x, posterior.mode) / Math.sqrt(1 + (Math.PI * variance(posterior.factor, x)) / 8)),
        );
      own += comparison.weight * loss(full, row.subarray(0, width));
      baseline += comparison.weight * loss(plain, row.subarray(0, 1));
      weight += comparison.weight;
    }
  }
  const decisions = prepared.filter(({ comparison }) => !comparison.continues).length;
  return { logLoss: own / weight, baselineLogLoss: baseline / weight, decisions };
}

function modelOf(
  prior: Prior,
  fitted: Fitted,
  decisions: number,
  assessment: Assessment | null,
  memory: EditMemory,
): PreferenceModel {
  return new PreferenceModel({
    prior,
    mode: Array.from(fitted.posterior.mode),
    factor: Array.from(fitted.posterior.factor),
    priorPrecision: Array.from(fitted.prior.precision),
    decisions,
    assessment,
    memory: memory.entries(),
  });
}

/** The shipped prior alone: what is known before the writer has decided anything. */
export function coldStartModel(prior: Prior = shippedPrior): PreferenceModel {
  const fitted = fitTastes(rowsOf([], [], dimension), checkedPrior(prior), 0);
  return modelOf(prior, fitted, 0, null, new EditMemory([]));
}

/**
 * Fits the writer's model to comparisons, oldest first. Deterministic.
 * The skew part is used only where its log-evidence is clearly better.
 */
export function fitPreferenceModel(
  comparisons: readonly PreferenceComparison[],
  options: FitOptions,
): PreferenceModel | TooFewDecisions {
  const prior = checkedPrior(options.prior ?? shippedPrior);
  const prepared = prepare(comparisons, prior, options.scores);
  const have = decisionsIn(prepared);
  if (have < neededDecisions) return { kind: 'tooFewDecisions', needed: neededDecisions, have };
  const forms: readonly Form[] = [
    { width: dimension, skew: 0 },
    ...skewPrecisions.map((skew) => ({ width: dimension + skewDimension, skew })),
  ];
  const [linear, ...skewed] = forms.map((form) => ({
    form,
    fitted: fitTastes(rowsFrom(prepared, form.width), prior, form.skew),
  }));
  const chosen = skewed.reduce(
    (best, next) =>
      next.fitted.logScore > best.fitted.logScore + (best === linear ? skewMargin : 0) ? next : best,
    linear!, // the first form
  );
  return modelOf(
    prior,
    chosen.fitted,
    have,
    assess(prepared, chosen.form, { prior, seed: options.seed }),
    EditMemory.of(comparisons.filter(({ continues }) => !continues)),
  );
}
