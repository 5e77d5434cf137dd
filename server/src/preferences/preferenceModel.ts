/**
 * @file The preference model p(a ≻ b | x) of one writer (PREFERENCES.md): a linear reward on edit features with a
 * shipped prior, a skew part where the decisions ask for cycles, Laplace shrink, memory of earlier same edits, guards.
 */
import { beliefsOf, type Belief } from './beliefs.ts';
import { pairRow, type PairScores } from './comparisonRows.ts';
import { featureNames } from './editFeatures.ts';
import { EditMemory } from './editMemory.ts';
import { guardCandidate, guardCap, type GuardOptions } from './guards.ts';
import { dot, sigmoid, variance } from './laplace.ts';
import { checkedPrior, type Prior } from './prior.ts';

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

/** How the model does on decisions it was not fitted on; null when there are too few to tell. */
export interface Assessment {
  readonly logLoss: number;
  /** The same with nothing but the writer's general willingness to accept. */
  readonly baselineLogLoss: number;
  readonly decisions: number;
}

/** What a fit hands over. */
interface Fitted {
  readonly prior: Prior;
  readonly mode: readonly number[];
  readonly factor: readonly number[];
  readonly priorPrecision: readonly number[];
  readonly decisions: number;
  readonly assessment: Assessment | null;
  readonly memory: readonly (readonly [string, readonly number[]])[];
}

export class PreferenceModel {
  readonly kind = 'model';
  private readonly state: Fitted;
  private readonly mode: Float64Array;
  private readonly factor: Float64Array;
  private readonly memory: EditMemory;

  constructor(state: Fitted) {
    checkedPrior(state.prior);
    this.state = state;
    this.mode = Float64Array.from(state.mode);
    this.factor = Float64Array.from(state.factor);
    this.memory = new EditMemory(state.memory);
  }

  /** Decisions that it was fitted on; 0 for the shipped prior alone. */
  get decisions(): number {
    return this.state.decisions;
  }

  /** Of a row of {@link pairRow}, one for each component; those of the skew part only where there is one. */
  get weights(): Float64Array {
    return this.mode.slice();
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
    const { continues = false } = options;
    const x = pairRow(this.state.prior, { original, a, b }, { scores, continues }).subarray(
      0,
      this.mode.length,
    );
    if (options.forTraining) x[0] = 0;
    const remembered =
      options.document === undefined || options.continues ? 0 : this.memory.logit(options.document, a, b);
    const shrink = Math.sqrt(1 + (Math.PI * variance(this.factor, x)) / 8);
    return sigmoid(dot(x, this.mode) / shrink + remembered);
  }

  /** What the writer seems to prefer, strongest first; nothing unless the model beats chance on held-out decisions. */
  beliefs(): Belief[] {
    const { assessment } = this.state;
    if (!assessment || assessment.logLoss >= assessment.baselineLogLoss) return [];
    const { prior, priorPrecision } = this.state;
    return beliefsOf(this.mode, { features: prior.features, priorPrecision }, (x) =>
      variance(this.factor, x),
    );
  }

  /** How much what is believed speaks for a candidate against leaving the original, in logits. */
  speaksFor({ feature, weight }: Belief, original: string, candidate: string): number {
    const row = pairRow(this.state.prior, { original, a: candidate, b: original }, {});
    return weight * (row[featureNames.indexOf(feature)] ?? 0);
  }
}
