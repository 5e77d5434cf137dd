/**
 * @file The judge of what a writer's decisions led to. Few decisions can't tell two dozen weights apart, but they can test one claim: a
 * teacher holds that this writer would rather see what a new policy writes, for reasons; do decisions that the teacher never saw bear those
 * reasons out? Each reason counts by how much of the claimed gain it stands for, and the one strength of the claim is fitted to all
 * decisions, each claimed by the teacher that did not see it (crossFit.ts), with how sure they are of it. A writer without the taste that
 * is claimed gives a strength around 0, whatever the teachers hold.
 */
import {
  dimension,
  pairRow,
  prepare,
  rowsOf,
  skewDimension,
  type PreferenceComparison,
  type Prepared,
} from './comparisonRows.ts';
import type { Fold } from './crossFit.ts';
import { guardCandidate, guardCap } from './guards.ts';
import { dot, fitPosterior, sigmoid, variance } from './laplace.ts';
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
  readonly #claimFor: (text: string) => Float64Array;
  readonly #largest: number;

  /**
   * @param claimFor what is claimed of a text, by a teacher that did not see it; in units of its root mean square among the decisions
   * @param largest claim among the decisions: nothing is known of larger ones, which count as much
   */
  constructor(claimFor: (text: string) => Float64Array, largest: number, strength: ClaimStrength) {
    this.#claimFor = claimFor;
    this.#largest = largest;
    this.strength = strength;
  }

  /**
   * p(a ≻ b | original) by how many of its standard deviations the claim's strength is off its mean; antisymmetric in a and b.
   * The willingness to take a rewrite at all is left out, as in training: by it alone an unwilling writer's best policy would be to copy.
   * @param decided the text that was decided on, where `original` is a piece of it
   */
  comparing(original: string, a: string, b: string, decided = original): (deviations: number) => number {
    const [capA, capB] = [a, b].map((text) => guardCap(guardCandidate(original, text))) as [number, number];
    if (a === b || (capA < 1 && capB < 1)) return () => 0.5;
    const { mean, deviation } = this.strength;
    const whole = dot(this.#claimFor(decided), pairRow(shippedPrior, { original, a, b }));
    const claimed = Math.max(-this.#largest, Math.min(this.#largest, whole));
    return (deviations) =>
      Math.max(1 - capB, Math.min(capA, sigmoid((mean + deviations * deviation) * claimed)));
  }
}

/**
 * Parts test each other: what the decisions of one say of those of another counts where the one taught and where the other did, although it
 * is one thing. Counted whole, the strength would seem √2 times surer than it is, and one in fourteen of a coin's adapters was promoted.
 */
const countedTwice = 2;

/**
 * @param folds decisions, each part with a teacher that was not fitted on it; a text of one of them is judged by what its teacher holds, any
 * other by what they hold in the mean
 * @param changes on texts of any kind; equal pairs say nothing
 */
export function fitClaimJudge(folds: readonly Fold[], changes: readonly Change[]): ClaimJudge {
  const moved = meanMoves(changes);
  const tested = folds.map(({ comparisons }) => prepare(comparisons, shippedPrior));
  const claims = folds.map(({ teacher: { weights } }) =>
    inUnits(
      moved.map((move, k) => move * (weights[k] ?? 0)),
      tested.flat(),
    ),
  );
  const tests = tested.flatMap((own, k) =>
    own.map(({ comparison, row }) => ({ comparison, row, claimed: dot(claims[k]!, row) })),
  );
  const judging = claimsByText(folds, claims);
  const largest = tests.reduce((most, { claimed }) => Math.max(most, Math.abs(claimed)), 0);
  if (largest === 0) return new ClaimJudge(judging, Infinity, { mean: 0, deviation: 1 });
  const share = folds.length > 1 ? 1 / countedTwice : 1;
  const rows = rowsOf(
    tests.map(({ row, claimed }) => Float64Array.of(row[0]!, claimed)), // willingness
    weightsByDecision(tests.map(({ comparison }) => comparison)).map((weight) => share * weight),
    2,
  );
  const { mode, factor } = fitPosterior(rows, {
    mean: Float64Array.of(0, 0),
    precision: Float64Array.of(shippedPrior.features[0]!.precision, 1),
  });
  return new ClaimJudge(judging, largest, {
    mean: mode[1]!,
    deviation: Math.sqrt(variance(factor, Float64Array.of(0, 1))),
  });
}

/**
 * A claim in units of its root mean square among all decisions: a teacher that has not found the taste of the others holds the same with
 * less weight, and the decisions it is tested by would hardly count.
 */
function inUnits(claim: Float64Array, tests: readonly Prepared[]): Float64Array {
  const squares = tests.reduce((sum, { row }) => sum + dot(claim, row) ** 2, 0);
  const unit = Math.sqrt(squares / Math.max(1, tests.length));
  return unit > 0 ? claim.map((weight) => weight / unit) : claim;
}

function claimsByText(
  folds: readonly Fold[],
  claims: readonly Float64Array[],
): (text: string) => Float64Array {
  const mean = new Float64Array(dimension + skewDimension).map(
    (_, k) => claims.reduce((sum, claim) => sum + claim[k]!, 0) / claims.length, // as long as a row
  );
  const known = new Map(
    folds.flatMap(({ comparisons }, k) => {
      return comparisons.map(({ original }) => [original, claims[k]!] as const); // one for each fold
    }),
  );
  return (text) => known.get(text) ?? mean;
}

/** One decision can be several comparisons, but says no more for that: together they weigh what the weightiest of them does. */
function weightsByDecision(comparisons: readonly PreferenceComparison[]): number[] {
  const byDecision = Map.groupBy(comparisons, ({ decisionId }) => decisionId);
  return comparisons.map(({ decisionId, weight }) => {
    const weights = byDecision.get(decisionId)!.map((other) => other.weight); // itself at least
    return (weight * Math.max(...weights)) / weights.reduce((sum, other) => sum + other, 0);
  });
}

/** How far the new policy moves each feature in the mean, either way; the willingness, which is no reason, by 0. */
function meanMoves(changes: readonly Change[]): Float64Array {
  const rows = changes.map(({ original, after: a, before: b }) => pairRow(shippedPrior, { original, a, b }));
  const sums = new Float64Array(dimension + skewDimension).map(
    (_, k) => rows.reduce((sum, row) => sum + row[k]!, 0), // as long as a row
  );
  return sums.map((sum, k) => (k === 0 ? 0 : Math.abs(sum) / Math.max(1, rows.length)));
}
