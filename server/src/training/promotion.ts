/**
 * @file The promotion gate: a new adapter is used only when held-out games say that it is surely better and no guard objects.
 * Pure statistics; the trainer plays the games and hands over their results. ALGORITHM.md §5.
 */
import type { RunVerdict } from '../../protocol/learning.ts';
import { normal, type Rng } from '../game/rng.ts';
import { neededGames } from '../preferences/deal.ts';

/** One held-out context, decided by a judge whose reasons were found without the decisions on it. */
export interface HeldOutGame {
  /** Games of one document are not independent; the bootstrap draws documents. */
  readonly document: string;
  /**
   * p(new ≻ active); in the other order it is one minus that.
   * @param deviations if the judge erred by so many of its standard deviations; 0: as it judges
   */
  winProbability(deviations: number): number;
}

export interface WinRate {
  readonly value: number;
  /** One-sided 97 % lower bound (so that equal policies are promoted in clearly less than 5 %) and the upper end of the two-sided 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** What the guards look at, each measured for the new and the active adapter on the same held-out contexts. */
export interface GuardMeasures {
  /** Mean tokens per candidate. */
  readonly length: number;
  /** Share of candidates that ended by themselves, 0–1. */
  readonly endedShare: number;
  /** Share of candidates that a hard guard caught or that could not be shown, 0–1. */
  readonly junkShare: number;
  /** Share of candidates equal to their source, 0–1. */
  readonly copyShare: number;
  /** How well ordinary corrections are still known: 100 · the mean of π(right) / (π(right) + π(wrong)), or null. */
  readonly quality: number | null;
}

export interface GateInput {
  readonly games: readonly HeldOutGame[];
  readonly before: GuardMeasures;
  readonly after: GuardMeasures;
  /** Mean KL per token to the reference policy, nats. */
  readonly klToReference: number;
  readonly decisions: number;
}

export interface GateLimits {
  readonly minGames: number;
  readonly maxKl: number;
  /** Largest allowed ratio of mean lengths, either way. */
  readonly maxLengthRatio: number;
  /** Largest allowed drops or rises, as shares. */
  readonly maxEndedDrop: number;
  readonly maxJunkRise: number;
  readonly maxCopyRise: number;
  /** Largest allowed drop of {@link GuardMeasures.quality}, points. */
  readonly maxQualityDrop: number;
  readonly bootstrapDraws: number;
}

export const defaultGateLimits: GateLimits = {
  minGames: neededGames,
  maxKl: 0.5,
  maxLengthRatio: 1.6,
  maxEndedDrop: 0.05,
  maxJunkRise: 0.05,
  maxCopyRise: 0.25,
  maxQualityDrop: 2,
  bootstrapDraws: 2000,
};

export interface GateResult {
  readonly winRate: WinRate;
  /** The guards that object, in words; empty when none does. */
  readonly objections: readonly string[];
  readonly promoted: boolean;
  /** Mean tokens of the new adapter's answers over those of the active one's; null where that wrote nothing. */
  readonly lengthRatio: number | null;
  readonly verdict: Extract<RunVerdict, { kind: 'promoted' | 'keptAside' }>;
}

/**
 * Mean win probability with an interval that counts what the judge may err by and which documents there happen to be: each draw of a
 * bootstrap draws the judge's error, which all games share, and documents (clusters). Seeded.
 * The lower bound is the smaller of the percentile bound and a t-like normal bound widened for few clusters, because the percentile
 * bootstrap is too narrow below about 30 clusters.
 * @throws RangeError when there are no games
 */
export function winRate(games: readonly HeldOutGame[], rng: Rng, draws = 2000): WinRate {
  if (games.length === 0) throw new RangeError('winRate needs at least one held-out game.');
  const documents = [...Map.groupBy(games, (game) => game.document).values()];
  const rate = (of: readonly HeldOutGame[], deviations: number): number =>
    mean(of.map((game) => game.winProbability(deviations)));
  const value = rate(games, 0);
  const means = Array.from({ length: draws }, () => {
    const drawn = documents.flatMap(() => documents[Math.floor(rng.next() * documents.length)]!); // in range
    return rate(drawn, normal(rng));
  }).sort((a, b) => a - b);
  const at = (share: number): number =>
    means[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))]!;
  const ofJudge = (rate(games, 1) - rate(games, -1)) / 2;
  const slack = studentSlack(documents, value, ofJudge);
  return {
    value,
    low: Math.max(0, Math.min(at(0.03), value - slack)),
    high: Math.min(1, Math.max(at(0.975), value + slack)),
  };
}

/**
 * What the mean may be off by, 97 % one-sided: from documents, of which there are few, by Student's t, and from the judge, whose error is
 * known to be normal. Infinite for one document.
 */
function studentSlack(
  documents: readonly (readonly HeldOutGame[])[],
  value: number,
  ofJudge: number,
): number {
  const n = documents.length;
  if (n < 2) return Infinity;
  const total = documents.reduce((sum, games) => sum + games.length, 0);
  const squares = documents.reduce(
    (sum, games) => sum + games.reduce((excess, game) => excess + game.winProbability(0) - value, 0) ** 2,
    0,
  );
  const standardError = Math.sqrt((squares * n) / (n - 1)) / total;
  return Math.hypot(studentQuantile97(n - 1) * standardError, normalQuantile97 * ofJudge);
}

const normalQuantile97 = 1.8807936;

/** One-sided 97 % quantile of Student's t (Cornish–Fisher expansion, Abramowitz & Stegun 26.7.5; error < 0.02 from 3 degrees). */
function studentQuantile97(degrees: number): number {
  const z = normalQuantile97;
  if (degrees === 1) return 10.579;
  if (degrees === 2) return 3.896;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

/** The verdict on a new adapter. Promoted only when the lower bound is above ½ and no guard objects. */
export function judge(input: GateInput, rng: Rng, limits: GateLimits = defaultGateLimits): GateResult {
  const rate = winRate(input.games, rng, limits.bootstrapDraws);
  const objections = objectionsTo(input, limits);
  const lengthRatio = ratioOfLengths(input);
  const enough = input.games.length >= limits.minGames;
  const promoted = enough && rate.low > 0.5 && objections.length === 0;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const numbers = `preferred in ${percent(rate.value)} of held-out comparisons (${Math.round(rate.low * 100)}–${percent(rate.high)})`;
  if (promoted) {
    const sentence = `Learned from ${input.decisions} decisions: ${numbers}. In use now.`;
    return { winRate: rate, objections, promoted, lengthRatio, verdict: { kind: 'promoted', sentence } };
  }
  const reason = !enough
    ? `only ${input.games.length} held-out comparisons could be made; ${limits.minGames} are needed`
    : (objections[0] ??
      (new Set(input.games.map(({ document }) => document)).size < 2
        ? 'all texts to test it on are from one document; decide on some of another one too'
        : `not surely better, ${numbers}`));
  return {
    winRate: rate,
    objections,
    promoted,
    lengthRatio,
    verdict: { kind: 'keptAside', sentence: `Kept aside: ${reason}.` },
  };
}

/** What speaks against a policy whatever its win rate, in words. */
export function objectionsTo(
  input: Pick<GateInput, 'before' | 'after' | 'klToReference'>,
  limits: GateLimits = defaultGateLimits,
): string[] {
  return [...guards(input, limits)];
}

function ratioOfLengths({ before, after }: Pick<GateInput, 'before' | 'after'>): number | null {
  return before.length > 0 ? after.length / before.length : null;
}

function* guards(
  input: Pick<GateInput, 'before' | 'after' | 'klToReference'>,
  limits: GateLimits,
): Generator<string> {
  const { before, after, klToReference } = input;
  if (!(klToReference <= limits.maxKl)) yield 'it moved too far from the model it started from';
  const ratio = ratioOfLengths(input) ?? (after.length > 0 ? Infinity : 1);
  if (ratio > limits.maxLengthRatio) yield 'its texts became much longer';
  if (ratio < 1 / limits.maxLengthRatio) yield 'its texts became much shorter';
  if (after.endedShare < before.endedShare - limits.maxEndedDrop) yield 'it leaves more sentences unfinished';
  if (after.junkShare > before.junkShare + limits.maxJunkRise) yield 'it writes more that could not be shown';
  if (after.copyShare > before.copyShare + limits.maxCopyRise) yield 'it mostly repeats the original';
  if (
    before.quality !== null &&
    after.quality !== null &&
    after.quality < before.quality - limits.maxQualityDrop
  ) {
    yield 'it corrects ordinary mistakes less well';
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
