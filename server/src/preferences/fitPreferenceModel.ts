/**
 * @file Fits a writer's preference model to comparisons: how far the writer may be from the others and whether preferences go in circles by
 * the evidence, heavy tails, held-out assessment.
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
import {
  dot,
  fitHeavyTailed,
  fitPosterior,
  sigmoid,
  variance,
  type Gaussian,
  type Posterior,
  type Rows,
} from './laplace.ts';
import type { TokenScores } from './languageFeatures.ts';
import { PreferenceModel, type Assessment } from './preferenceModel.ts';
import { checkedPrior, shippedPrior, type Prior } from './prior.ts';

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
const skewKappas = [
  { kappa: 1, prior: 0.4 },
  { kappa: 0.25, prior: 0.3 },
  { kappa: 0.06, prior: 0.3 },
];

function gaussian(prior: Prior, kappa: number, skewPrecision: number | null): Gaussian {
  const skew = skewPrecision === null ? [] : new Array<number>(skewDimension).fill(skewPrecision);
  return {
    mean: Float64Array.from([...prior.features.map((feature) => feature.mean), ...skew.map(() => 0)]),
    // κ says how far this writer may be from the others; the general willingness is anyone's guess.
    precision: Float64Array.from([
      ...prior.features.map((feature) => feature.precision * (feature.name === 'changed' ? 1 : kappa)),
      ...skew,
    ]),
  };
}

interface Fitted {
  readonly posterior: Posterior;
  readonly prior: Gaussian;
  readonly kappa: number;
  readonly logScore: number;
}

/** The κ with the best log-evidence plus log prior mass. */
function fitBest(rows: Rows, prior: Prior, skewPrecision: number | null): Fitted {
  const candidates = (skewPrecision === null ? prior.kappas : skewKappas).map(({ kappa, prior: mass }) => {
    const own = gaussian(prior, kappa, skewPrecision);
    const posterior = fitPosterior(rows, own);
    return { posterior, prior: own, kappa, logScore: posterior.logEvidence + Math.log(mass) };
  });
  return candidates.reduce((best, next) => (next.logScore > best.logScore ? next : best));
}

/**
 * Most writers differ from the others in one or two respects, and there by far: their weights follow Student's t. The willingness to
 * accept and the skew part keep their own normal priors.
 */
function withHeavyTails(rows: Rows, { prior, ...rest }: Fitted): Fitted {
  const heavy = prior.mean.map((_, k) => Number(k > 0 && k < dimension));
  return { ...rest, ...fitHeavyTailed(rows, prior, heavy) };
}

/** Five-fold held-out log-loss of the chosen form, beside a model of the general willingness alone. */
function assess(prepared: readonly Prepared[], chosen: Fitted, seed: number): Assessment | null {
  const groups = prepared.map(({ comparison }) => comparison.original);
  const folds = foldsOf(groups, 5, seed);
  if (new Set(folds).size < 5) return null;
  const width = chosen.posterior.mode.length;
  const bias: Gaussian = { mean: Float64Array.of(0), precision: Float64Array.of(4) };
  let own = 0;
  let baseline = 0;
  let weight = 0;
  for (let fold = 0; fold < 5; fold++) {
    const train = prepared.filter((_, i) => folds[i] !== fold);
    const full = withHeavyTails(rowsFrom(train, width), chosen).posterior; // its tails know nothing of the fold
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
    kappa: fitted.kappa,
    decisions,
    assessment,
    memory: memory.entries(),
  });
}

/** The shipped prior alone: what is known before the writer has decided anything. */
export function coldStartModel(prior: Prior = shippedPrior): PreferenceModel {
  const fitted = fitBest(rowsOf([], [], dimension), checkedPrior(prior), null);
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
  const linear = fitBest(rowsFrom(prepared, dimension), prior, null);
  const both = rowsFrom(prepared, dimension + skewDimension);
  const skew = [4, 16]
    .map((precision) => fitBest(both, prior, precision))
    .reduce((best, next) => (next.logScore > best.logScore ? next : best));
  const skewed = skew.logScore > linear.logScore + skewMargin;
  const chosen = skewed ? skew : linear;
  return modelOf(
    prior,
    withHeavyTails(skewed ? both : rowsFrom(prepared, dimension), chosen),
    have,
    assess(prepared, chosen, options.seed),
    EditMemory.of(comparisons.filter(({ continues }) => !continues)),
  );
}
