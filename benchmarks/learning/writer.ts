/** @file A simulated writer's decisions on what the shipped adapter writes, for wishes too. */
import { createRng } from '../../server/src/game/rng.ts';
import type { PreferenceComparison } from '../../server/src/preferences/comparisonRows.ts';
import type { DecisionId } from '../../server/protocol/common.ts';
import type { Candidates } from './lab.ts';
import { writers, type WriterName } from '../../test/support/writers.ts';

export const writerNames: readonly WriterName[] = ['concise', 'formal', 'ownVoice', 'cyclic'];

/** One refine in five is asked for with a wish. */
const wishShare = 0.2;

/** `count` decisions on texts that are drawn with replacement. Shuffled labels are a writer without a taste. */
export function decide(
  name: WriterName,
  candidates: readonly Candidates[],
  count: number,
  seed: number,
  shuffled = false,
): PreferenceComparison[] {
  const rng = createRng(seed * 7919 + writerNames.indexOf(name));
  const texts = candidates.filter(({ own, wished }) => own.length > 0 || wished.length > 0);
  const comparisons: PreferenceComparison[] = [];
  for (let i = 0; comparisons.length < count; i++) {
    const { original, own, wished } = texts[Math.floor(rng.next() * texts.length)]!; // in range
    const withWish = rng.next() < wishShare;
    const of = own.length === 0 || (withWish && wished.length > 0) ? wished : own;
    const a = of[Math.floor(rng.next() * of.length)]!; // in range
    const other = of[Math.floor(rng.next() * of.length)]!; // in range
    const b = rng.next() < 0.6 || other === a ? original : other;
    const p = shuffled ? 0.5 : writers[name](original, a, b);
    const [winner, loser] = rng.next() < p ? [a, b] : [b, a];
    comparisons.push({
      decisionId: `d${i}` as DecisionId,
      document: original,
      original,
      winner,
      loser,
      weight: 1,
    });
  }
  return comparisons;
}
