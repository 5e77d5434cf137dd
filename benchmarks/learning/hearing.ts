/**
 * @file What decisions teach, without training: how near the teacher of so many decisions comes to a simulated writer, and how often the
 * promotion gate would see that a policy gives this writer what they want, or see it in decisions by a coin.
 */
import { createRng } from '../../server/src/game/rng.ts';
import { fitClaimJudge, type Change } from '../../server/src/preferences/claimJudge.ts';
import { crossFit, type CrossFit } from '../../server/src/preferences/crossFit.ts';
import { winRate } from '../../server/src/training/promotion.ts';
import { writers, type WriterName } from '../../test/support/writers.ts';
import type { Candidates } from './lab.ts';
import { decide } from './writer.ts';

export interface Heard {
  readonly writer: WriterName;
  readonly decisions: number;
  /** Between the teacher's logits of p(a ≻ b) and the writer's, over pairs of candidates: the mean over seeds, and the least. */
  readonly correlation: number;
  readonly leastCorrelation: number;
  /** Mean nats by which the teacher's probabilities are off the writer's. */
  readonly off: number;
  /** Seeds whose gate promotes the policy that the writer wants; null where there is none such. */
  readonly promoted: number | null;
  /** The same after decisions by a coin. */
  readonly promotedByCoin: number | null;
  readonly seeds: number;
}

/** What gives a writer what they want, in place of what the adapter writes: how it answers a wish, or leaving the text alone. */
const wanted: Partial<Record<WriterName, (candidates: Candidates) => string | undefined>> = {
  concise: ({ wished }) => wished[0],
  formal: ({ wished }) => (wished.length > 2 ? wished.at(-1) : undefined), // the first two may be of the other wish
  ownVoice: ({ original }) => original,
};
/** Texts that a policy is judged on. */
const judged = 120;

export function hear(
  candidates: readonly Candidates[],
  writer: WriterName,
  decisions: number,
  seeds: readonly number[],
): Heard {
  const want = wanted[writer];
  const changes = want ? changesTo(candidates, want) : null;
  const fits = seeds.map((seed) => fitOf(candidates, writer, decisions, seed, false));
  const nearness = fits.map((fit) => compare(candidates, writer, fit));
  const promotions = (of: readonly CrossFit[]): number | null =>
    changes && of.filter((fit, i) => lowerBound(fit, changes, seeds[i]!) > 0.5).length; // one for each seed
  const byCoin = seeds.map((seed) => fitOf(candidates, writer, decisions, seed, true));
  const correlations = nearness.map(({ correlation }) => correlation);
  return {
    writer,
    decisions,
    correlation: mean(correlations),
    leastCorrelation: Math.min(...correlations),
    off: mean(nearness.map(({ off }) => off)),
    promoted: promotions(fits),
    promotedByCoin: promotions(byCoin),
    seeds: seeds.length,
  };
}

function fitOf(
  candidates: readonly Candidates[],
  writer: WriterName,
  decisions: number,
  seed: number,
  shuffled: boolean,
): CrossFit {
  const fit = crossFit(decide(writer, candidates, decisions, seed, shuffled), { seed });
  if (fit.kind !== 'crossFit') throw new RangeError(`${decisions} decisions are too few.`);
  return fit;
}

/** Pairs of a text's candidates, and each second one with the original. */
function compare(
  candidates: readonly Candidates[],
  writer: WriterName,
  { teacher }: CrossFit,
): { correlation: number; off: number } {
  const pairs = candidates.flatMap(({ original, own, wished }) => {
    const all = [...own, ...wished];
    return all.flatMap((a, i) => {
      const b = i % 2 === 1 ? original : all[(i * 7 + 3) % all.length]!; // in range
      if (a === b) return [];
      const p = teacher.unguardedProbability(original, a, b, undefined, { forTraining: true });
      return [{ p, truth: writers[writer](original, a, b) }];
    });
  });
  const off = ({ p, truth }: { p: number; truth: number }): number =>
    truth * Math.log(truth / p) + (1 - truth) * Math.log((1 - truth) / (1 - p));
  const [ours, theirs] = [pairs.map(({ p }) => logit(p)), pairs.map(({ truth }) => logit(truth))];
  return { correlation: correlationOf(ours, theirs), off: mean(pairs.map(off)) };
}

function changesTo(
  candidates: readonly Candidates[],
  want: (candidates: Candidates) => string | undefined,
): Change[] {
  return candidates
    .filter((one) => one.own.length > 0 && want(one) !== undefined)
    .slice(0, judged)
    .map((one) => ({ original: one.original, before: one.own[0]!, after: want(one)! })) // filtered
    .filter(({ before, after }) => after !== before);
}

function lowerBound({ folds }: CrossFit, changes: readonly Change[], seed: number): number {
  const judge = fitClaimJudge(folds, changes);
  const games = changes.map(({ original, after, before }) => ({
    document: original,
    winProbability: judge.comparing(original, after, before),
  }));
  return winRate(games, createRng(seed), 400).low;
}

function correlationOf(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const covariance = mean(x.map((value, i) => (value - mx) * (y[i]! - my))); // as many
  const deviation = (of: readonly number[], middle: number): number =>
    Math.sqrt(mean(of.map((value) => (value - middle) ** 2)));
  return covariance / (deviation(x, mx) * deviation(y, my));
}

const logit = (p: number): number => Math.log(p / (1 - p));

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
