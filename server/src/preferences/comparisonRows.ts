/**
 * @file Pairs of texts as rows of numbers: φ(a) − φ(b) in units of the prior's scales, then what a skew part can set against each other
 * (PREFERENCES.md §1 and §5).
 */
import { continuationFeatures, editFeatures, featureNames, type Features } from './editFeatures.ts';
import { guardCandidate } from './guards.ts';
import type { Rows } from './laplace.ts';
import type { TokenScores } from './languageFeatures.ts';
import { shippedPrior, type Prior } from './prior.ts';

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

/** Components of φ. */
export const dimension = featureNames.length;
const skewAspects = 4;
export const skewDimension = (skewAspects * (skewAspects - 1)) / 2;

function clip(value: number): number {
  return Math.max(-shippedPrior.clip, Math.min(shippedPrior.clip, value));
}

/** φ(x, y) in units of the prior's scales, clipped. */
function scaled(prior: Prior, features: Features): Float64Array {
  return Float64Array.from(prior.features, (feature, k) => clip(features[featureNames[k]!] / feature.scale)); // same order: checked by checkedPrior
}

/** What a skew part can set against each other: any change, brevity, formality, how much is rewritten. */
function aspects(f: Features): number[] {
  return [f.changed, -f.lengthRatio / 0.2, f.register / 0.7, f.rewritten / 0.15].map(clip);
}

/** g_i(a)·g_j(b) − g_j(a)·g_i(b) for i < j: changes its sign when a and b change places. */
function wedge(a: Features, b: Features): number[] {
  const ga = aspects(a);
  const gb = aspects(b);
  return ga.flatMap((ai, i) => ga.slice(i + 1).map((aj, q) => ai * gb[i + 1 + q]! - aj * gb[i]!)); // i + 1 + q < 4
}

/** The row of "a rather than b": antisymmetric in a and b. */
export function pairRow(
  prior: Prior,
  { original, a, b }: { readonly original: string; readonly a: string; readonly b: string },
  {
    scores,
    continues = false,
  }: { readonly scores?: PairScores | undefined; readonly continues?: boolean } = {},
): Float64Array {
  const features = continues ? continuationFeatures : editFeatures;
  const fa = features(original, a, scores?.original, scores?.a);
  const fb = features(original, b, scores?.original, scores?.b);
  const yb = scaled(prior, fb);
  const row = new Float64Array(dimension + skewDimension);
  row.set(scaled(prior, fa).map((value, k) => value - yb[k]!)); // same length
  if (!continues) row.set(wedge(fa, fb), dimension);
  return row;
}

export function rowsOf(list: readonly Float64Array[], weights: readonly number[], width: number): Rows {
  const values = new Float64Array(list.length * width);
  list.forEach((row, i) => values.set(row.subarray(0, width), i * width));
  return { values, width, weights: Float64Array.from(weights) };
}

export interface Prepared {
  readonly comparison: PreferenceComparison;
  /** φ(winner) − φ(loser), then the skew components. */
  readonly row: Float64Array;
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

/** May a fit use it? Guarded texts teach nothing about taste, equal ones nothing at all. */
export function teaches({
  original,
  winner,
  loser,
  weight,
  continues = false,
}: Omit<PreferenceComparison, 'decisionId' | 'document'>): boolean {
  if (winner === loser || weight <= 0) return false;
  return continues || [winner, loser].every((text) => guardCandidate(original, text).length === 0);
}

/** Comparisons that a fit may use, with their rows. */
export function prepare(
  comparisons: readonly PreferenceComparison[],
  prior: Prior,
  scores?: (text: string) => TokenScores | undefined,
): Prepared[] {
  const prepared = comparisons.flatMap((comparison): Prepared[] => {
    const { original, winner: a, loser: b, continues = false } = comparison;
    if (!teaches(comparison)) return [];
    const [ofOriginal, ofA, ofB] = [original, a, b].map((text) => scores?.(text));
    const measured = ofOriginal && ofA && ofB && { original: ofOriginal, a: ofA, b: ofB };
    return [{ comparison, row: pairRow(prior, { original, a, b }, { scores: measured, continues }) }];
  });
  return centred(prepared);
}

/** How many decisions about rewrites there are in them. */
export function decisionsIn(prepared: readonly Prepared[]): number {
  const rewrites = prepared.filter(({ comparison }) => !comparison.continues);
  return new Set(rewrites.map(({ comparison }) => comparison.decisionId)).size;
}

export function rowsFrom(prepared: readonly Prepared[], width: number): Rows {
  return rowsOf(
    prepared.map(({ row }) => row),
    prepared.map(({ comparison }) => comparison.weight),
    width,
  );
}
