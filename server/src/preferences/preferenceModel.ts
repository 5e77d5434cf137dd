/**
 * @file The preference model p(a ≻ b | x) of one writer (PREFERENCES.md): a linear reward on edit features with a
 * shipped prior, a skew part where the decisions ask for cycles, Laplace shrink, memory of earlier same edits, guards.
 */
import { beliefsOf, type Belief } from './beliefs.ts';
import { continuationFeatures, editFeatures, featureNames, type EditFeatures } from './editFeatures.ts';
import { foldsOf } from './folds.ts';
import { guardCandidate, guardCap, type GuardOptions } from './guards.ts';
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
import { EditMemory } from './editMemory.ts';
import shippedPrior from './prior.json' with { type: 'json' };

/** "winner ≻ loser for this original"; the store's Comparison has this shape. */
export interface PreferenceComparison {
  readonly decisionId: string;
  readonly document: string;
  readonly original: string;
  readonly winner: string;
  readonly loser: string;
  /** Strength of the evidence, in [0, 1]. */
  readonly weight: number;
  /** Both texts go on with an unfinished sentence, the original, or leave it: only the style of what was added counts. */
  readonly continues?: boolean;
}

/** Log-probs of the three texts; without them the language-model features are 0. */
export interface PairScores {
  readonly original: TokenScores;
  readonly a: TokenScores;
  readonly b: TokenScores;
}

export interface FitOptions {
  /** Decides how decisions are dealt to folds; the fit itself draws nothing. */
  readonly seed: number;
  /** Measured log-probs of a text, where there are any. */
  readonly scores?: (text: string) => TokenScores | undefined;
  readonly prior?: Prior;
}

export interface ProbabilityOptions {
  /** The document of the pair: the same edit decided there before counts again. */
  readonly document?: string;
  /**
   * Leaves out the general willingness to accept: for a writer who accepts less than half it makes
   * copying optimal, so training comparisons do without it (PREFERENCES.md §5).
   */
  readonly forTraining?: boolean;
  readonly guards?: GuardOptions;
  /** See {@link PreferenceComparison.continues}. */
  readonly continues?: boolean;
}

export interface TooFewDecisions {
  readonly kind: 'tooFewDecisions';
  /** How many decisions a fit takes in all. */
  readonly needed: number;
  readonly have: number;
}

/** How the model does on decisions it was not fitted on; null when there are too few to tell. */
export interface Assessment {
  readonly logLoss: number;
  /** The same with nothing but the writer's general willingness to accept. */
  readonly baselineLogLoss: number;
  readonly decisions: number;
}

export interface Prior {
  readonly clip: number;
  readonly kappas: readonly { readonly kappa: number; readonly prior: number }[];
  readonly features: readonly {
    readonly name: string;
    readonly scale: number;
    readonly mean: number;
    readonly precision: number;
  }[];
}

/** Below this the personal fit is no better than the shipped prior. */
export const neededDecisions = 10;

const dimension = featureNames.length;
const skewAspects = 4;
const skewDimension = (skewAspects * (skewAspects - 1)) / 2;
/** How much better the log-evidence must be before the skew part is used. */
const skewMargin = 2;
const skewKappas = [
  { kappa: 1, prior: 0.4 },
  { kappa: 0.25, prior: 0.3 },
  { kappa: 0.06, prior: 0.3 },
];

function clip(value: number): number {
  return Math.max(-shippedPrior.clip, Math.min(shippedPrior.clip, value));
}

/** φ(x, y) in units of the prior's scales, clipped. */
function scaled(prior: Prior, { features }: EditFeatures): Float64Array {
  return Float64Array.from(prior.features, (feature, k) => clip(features[featureNames[k]!] / feature.scale)); // same order: checked by priorOf
}

/** What a skew part can set against each other: any change, brevity, formality, how much is rewritten. */
function aspects({ features: f, editShare }: EditFeatures): number[] {
  return [
    f.changed,
    -f.lengthRatio / 0.2,
    (f.formal - f.informal - f.contractions) / 0.7,
    editShare / 0.15,
  ].map(clip);
}

/** g_i(a)·g_j(b) − g_j(a)·g_i(b) for i < j: changes its sign when a and b change places. */
function wedge(a: EditFeatures, b: EditFeatures): number[] {
  const ga = aspects(a);
  const gb = aspects(b);
  return ga.flatMap((ai, i) => ga.slice(i + 1).map((aj, q) => ai * gb[i + 1 + q]! - aj * gb[i]!)); // i + 1 + q < 4
}

function checked(prior: Prior): Prior {
  if (prior.features.map((feature) => feature.name).join() !== featureNames.join()) {
    throw new Error('The prior does not list the features of this version.');
  }
  return prior;
}

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

function rowsOf(list: readonly (readonly number[])[], weights: readonly number[], width: number): Rows {
  const values = new Float64Array(list.length * width);
  list.forEach((row, i) => values.set(row.slice(0, width), i * width));
  return { values, width, weights: Float64Array.from(weights) };
}

/** What is kept of a fitted model, as JSON. */
interface Serialised {
  readonly version: number;
  readonly prior: Prior;
  readonly mode: readonly number[];
  readonly factor: readonly number[];
  readonly priorPrecision: readonly number[];
  readonly kappa: number;
  readonly decisions: number;
  readonly assessment: Assessment | null;
  readonly memory: readonly (readonly [string, readonly number[]])[];
}

export class PreferenceModel {
  readonly kind = 'model';
  private readonly state: Serialised;
  private readonly mode: Float64Array;
  private readonly factor: Float64Array;
  private readonly memory: EditMemory;

  constructor(state: Serialised) {
    checked(state.prior);
    this.state = state;
    this.mode = Float64Array.from(state.mode);
    this.factor = Float64Array.from(state.factor);
    this.memory = new EditMemory(state.memory);
  }

  /** Decisions that it was fitted on; 0 for the shipped prior alone. */
  get decisions(): number {
    return this.state.decisions;
  }

  get kappa(): number {
    return this.state.kappa;
  }

  /** Can it express cycles? */
  get hasSkewPart(): boolean {
    return this.mode.length > dimension;
  }

  get assessment(): Assessment | null {
    return this.state.assessment;
  }

  /** p(a ≻ b | original), guards applied; antisymmetric: p(a, b) = 1 − p(b, a). */
  probability(
    original: string,
    a: string,
    b: string,
    scores?: PairScores,
    options: ProbabilityOptions = {},
  ): number {
    if (a === b) return 0.5;
    if (options.continues) return this.unguardedProbability(original, a, b, undefined, options);
    const capA = guardCap(guardCandidate(original, a, options.guards));
    const capB = guardCap(guardCandidate(original, b, options.guards));
    if (capA < 1 && capB < 1) return 0.5;
    const p = this.unguardedProbability(original, a, b, scores, options);
    return Math.max(1 - capB, Math.min(capA, p));
  }

  /** σ((r(a) − r(b) + s(a, b) + memory) / √(1 + πv/8)). */
  unguardedProbability(
    original: string,
    a: string,
    b: string,
    scores?: PairScores,
    options: ProbabilityOptions = {},
  ): number {
    const features = options.continues ? continuationFeatures : editFeatures;
    const fa = features(original, a, scores?.original, scores?.a);
    const fb = features(original, b, scores?.original, scores?.b);
    const x = new Float64Array(this.mode.length);
    const ya = scaled(this.state.prior, fa);
    const yb = scaled(this.state.prior, fb);
    for (let k = 0; k < dimension; k++) x[k] = ya[k]! - yb[k]!; // both have `dimension` components
    if (options.forTraining) x[0] = 0;
    if (this.hasSkewPart && !options.continues) x.set(wedge(fa, fb), dimension);
    const remembered =
      options.document === undefined || options.continues ? 0 : this.memory.logit(options.document, a, b);
    const shrink = Math.sqrt(1 + (Math.PI * variance(this.factor, x)) / 8);
    return sigmoid(dot(x, this.mode) / shrink + remembered);
  }

  /** What the writer seems to prefer, strongest first; nothing unless the model beats chance on held-out decisions. */
  beliefs(): Belief[] {
    const { assessment } = this.state;
    if (!assessment || assessment.logLoss >= assessment.baselineLogLoss) return [];
    return beliefsOf(this.mode, this.state.priorPrecision, (x) => variance(this.factor, x));
  }

  serialise(): string {
    return JSON.stringify(this.state);
  }

  static deserialise(text: string): PreferenceModel {
    const state = JSON.parse(text) as Serialised; // written by serialise(); version and features are checked
    if (state.version !== 1) throw new Error('This preference model was written by another version.');
    return new PreferenceModel(state);
  }
}

interface Prepared {
  readonly comparison: PreferenceComparison;
  /** φ(winner) − φ(loser), then the skew components. */
  readonly row: readonly number[];
}

/**
 * Ghost text: how often it is taken says nothing about style, and it always adds words. So each row is what the writer took (or left)
 * beyond their average continuation; what all continuations have in common cancels out.
 */
function centred(prepared: readonly Prepared[]): Prepared[] {
  const mean = new Array<number>(dimension).fill(0);
  let total = 0;
  const added = ({ original, winner }: PreferenceComparison) => (winner === original ? -1 : 1);
  const alone = ({ comparison: { original, winner, loser, continues } }: Prepared) =>
    continues === true && (winner === original || loser === original);
  for (const { comparison, row } of prepared.filter(alone)) {
    total += comparison.weight;
    for (let k = 0; k < dimension; k++) mean[k]! += comparison.weight * added(comparison) * row[k]!; // as long as the row
  }
  return prepared.map((item) =>
    alone(item)
      ? {
          ...item,
          row: item.row.map((value, k) => value - (added(item.comparison) * (mean[k] ?? 0)) / total),
        }
      : item,
  );
}

/** Comparisons that a fit may use: guarded texts teach nothing about taste, equal ones nothing at all. */
function prepare(
  comparisons: readonly PreferenceComparison[],
  prior: Prior,
  scores?: FitOptions['scores'],
): Prepared[] {
  const prepared: Prepared[] = [];
  for (const comparison of comparisons) {
    const { original, winner, loser, weight, continues = false } = comparison;
    if (winner === loser || weight <= 0) continue;
    if (continues) {
      const [won, lost] = [winner, loser].map((text) => scaled(prior, continuationFeatures(original, text)));
      const row = Array.from(won!, (value, k) => value - lost![k]!); // same length
      prepared.push({ comparison, row: [...row, ...new Array<number>(skewDimension).fill(0)] });
      continue;
    }
    if ([winner, loser].some((text) => guardCandidate(original, text).length > 0)) continue;
    const ofOriginal = scores?.(original);
    const won = editFeatures(original, winner, ofOriginal, scores?.(winner));
    const lost = editFeatures(original, loser, ofOriginal, scores?.(loser));
    const yb = scaled(prior, lost);
    const linear = Array.from(scaled(prior, won), (value, k) => value - yb[k]!); // same length
    prepared.push({ comparison, row: [...linear, ...wedge(won, lost)] });
  }
  return centred(prepared);
}

function rowsFrom(prepared: readonly Prepared[], width: number): Rows {
  return rowsOf(
    prepared.map(({ row }) => row),
    prepared.map(({ comparison }) => comparison.weight),
    width,
  );
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
      own += comparison.weight * loss(full, Float64Array.from(row.slice(0, width)));
      baseline += comparison.weight * loss(plain, Float64Array.from(row.slice(0, 1)));
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
    version: 1,
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
  const fitted = fitBest(rowsOf([], [], dimension), checked(prior), null);
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
  const prior = checked(options.prior ?? shippedPrior);
  const prepared = prepare(comparisons, prior, options.scores);
  const rewrites = prepared.filter(({ comparison }) => !comparison.continues);
  const have = new Set(rewrites.map(({ comparison }) => comparison.decisionId)).size;
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
