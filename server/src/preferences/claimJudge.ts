/**
 * @file The judge of what a writer's decisions led to. Few decisions can't tell two dozen weights apart, but they can test one claim: a
 * teacher holds that this writer would rather see what a new policy writes, for reasons; do decisions that the teacher never saw bear those
 * reasons out? Each reason counts by how much of the claimed gain it stands for, and the one strength of the claim is fitted to all
 * decisions, each claimed by the teacher that did not see it (crossFit.ts), with how sure they are of it. A writer without the taste that
 * is claimed gives a strength around 0, whatever the teachers hold.
 */
import { dimension, pairRow, prepare, rowsOf, type PreferenceComparison } from './comparisonRows.ts';
import type { Fold } from './crossFit.ts';
import { guardCandidate, guardCap } from './guards.ts';
import { dot, fitPosterior, sigmoid, variance } from './laplace.ts';
import type { PreferenceModel } from './preferenceModel.ts';
import { shippedPrior } from './prior.ts';

/** What a new and an old policy write for one text. */
export interface Change {
  readonly original: string;
  readonly after: string;
  readonly before: string;
}

/** How strongly the decisions bear the claim out, per standard deviation of it among them; normal. */
export interface ClaimStrength {
  readonly mean: number;
  readonly deviation: number;
}

export class ClaimJudge {
  readonly strength: ClaimStrength;
  /** The claim in units of its root mean square among the decisions. */
  readonly #claim: Float64Array;

  constructor(claim: Float64Array, strength: ClaimStrength) {
    this.#claim = claim;
    this.strength = strength;
  }

  /**
   * p(a ≻ b | original) by how many of its standard deviations the claim's strength is off its mean; antisymmetric in a and b.
   * The willingness to take a rewrite at all is left out, as in training: by it alone an unwilling writer's best policy would be to copy.
   */
  comparing(original: string, a: string, b: string): (deviations: number) => number {
    const [capA, capB] = [a, b].map((text) => guardCap(guardCandidate(original, text))) as [number, number];
    if (a === b || (capA < 1 && capB < 1)) return () => 0.5;
    const { mean, deviation } = this.strength;
    const claimed = dot(this.#claim, pairRow(shippedPrior, { original, a, b }));
    return (deviations) =>
      Math.max(1 - capB, Math.min(capA, sigmoid((mean + deviations * deviation) * claimed)));
  }
}

/**
 * @param folds decisions, each part with a teacher that was not fitted on it; the first's texts, or texts that none of them saw, are what is
 * to be judged, by what its teacher holds
 * @param changes on texts of any kind; equal pairs say nothing
 */
export function fitClaimJudge(folds: readonly [Fold, ...Fold[]], changes: readonly Change[]): ClaimJudge {
  const claims = folds.map(({ teacher }) => claimOf(teacher, changes));
  const tests = folds.flatMap(
    ({ comparisons }, k) =>
      prepare(comparisons, shippedPrior)
        .filter(({ comparison }) => !comparison.continues)
        .map(({ comparison, row }) => ({ comparison, row, claimed: dot(claims[k]!, row) })), // one for each fold
  );
  const squares = tests.reduce((sum, { claimed }) => sum + claimed ** 2, 0);
  const unit = Math.sqrt(squares / Math.max(1, tests.length));
  const [judging] = claims as [Float64Array]; // as many as folds
  if (!(unit > 0)) return new ClaimJudge(judging, { mean: 0, deviation: 1 });
  const rows = rowsOf(
    tests.map(({ row, claimed }) => Float64Array.of(row[0]!, claimed / unit)), // willingness
    weightsByDecision(tests.map(({ comparison }) => comparison)),
    2,
  );
  const { mode, factor } = fitPosterior(rows, {
    mean: Float64Array.of(0, 0),
    precision: Float64Array.of(shippedPrior.features[0]!.precision, 1),
  });
  return new ClaimJudge(
    judging.map((weight) => weight / unit),
    { mean: mode[1]!, deviation: Math.sqrt(variance(factor, Float64Array.of(0, 1))) },
  );
}

/** One decision can be several comparisons, but says no more for that: together they weigh what the weightiest of them does. */
function weightsByDecision(comparisons: readonly PreferenceComparison[]): number[] {
  const byDecision = Map.groupBy(comparisons, ({ decisionId }) => decisionId);
  return comparisons.map(({ decisionId, weight }) => {
    const weights = byDecision.get(decisionId)!.map((other) => other.weight); // itself at least
    return (weight * Math.max(...weights)) / weights.reduce((sum, other) => sum + other, 0);
  });
}

/** The teacher's weights, each times how far the new policy moves what it weighs. */
function claimOf(teacher: PreferenceModel, changes: readonly Change[]): Float64Array {
  const { weights } = teacher;
  const rows = changes.map(({ original, after: a, before: b }) => pairRow(shippedPrior, { original, a, b }));
  return rows[0] === undefined
    ? new Float64Array(dimension)
    : rows[0].map((_, k) => {
        if (k === 0) return 0; // the willingness
        const moved = rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length; // as long as all rows
        return Math.abs(moved) * (weights[k] ?? 0);
      });
}
