import { describe, expect, it } from 'vitest';
import { createRng, normal, type Rng } from '../../../server/src/game/rng.ts';
import {
  judge,
  winRate,
  type GateInput,
  type GuardMeasures,
  type HeldOutGame,
} from '../../../server/src/training/promotion.ts';

const measures: GuardMeasures = { length: 20, endedShare: 1, junkShare: 0.02, copyShare: 0.3, quality: 80 };

/** Games around `mean`; games of one document share a part of their luck. */
function games(rng: Rng, mean: number, documents = 20, perDocument = 2): HeldOutGame[] {
  return Array.from({ length: documents }, (_, document) => {
    const shared = 0.1 * normal(rng);
    return Array.from({ length: perDocument }, () => {
      const p = Math.min(1, Math.max(0, mean + shared + 0.2 * normal(rng)));
      return { document: `document ${document}`, winProbability: () => p };
    });
  }).flat();
}

function input(rng: Rng, mean: number, change: Partial<GateInput> = {}): GateInput {
  return {
    games: games(rng, mean),
    before: measures,
    after: measures,
    klToReference: 0.1,
    decisions: 64,
    ...change,
  };
}

describe('the promotion gate', () => {
  it('promotes an adapter that clearly wins, and says so in one sentence', () => {
    const { promoted, verdict } = judge(input(createRng(1), 0.7), createRng(2));
    expect(promoted).toBe(true);
    expect(verdict.sentence).toMatch(
      /^Learned from 64 decisions: preferred in \d+ % of held-out comparisons \(\d+–\d+ %\)\. In use now\.$/,
    );
  });

  it('keeps an adapter aside that is no better', () => {
    const { promoted, verdict } = judge(input(createRng(1), 0.5), createRng(2));
    expect(promoted).toBe(false);
    expect(verdict.sentence).toContain('Kept aside: not surely better');
  });

  it('promotes at most 5 % of 1,000 equal policies, also with few documents', () => {
    for (const documents of [6, 20]) {
      const rng = createRng(7);
      let promoted = 0;
      for (let run = 0; run < 1000; run++) {
        const result = winRate(games(rng, 0.5, documents), rng, 200);
        if (result.low > 0.5) promoted += 1;
      }
      expect(promoted / 1000).toBeLessThanOrEqual(0.05);
    }
  });

  it('promotes at most 5 % of 1,000 equal policies that a judge may be wrong about, also with few documents', () => {
    for (const documents of [3, 6]) {
      const rng = createRng(9);
      let promoted = 0;
      for (let run = 0; run < 1000; run++) {
        const error = 0.1 * normal(rng);
        const judged = games(rng, 0.5 + error, documents, 4).map((game) => ({
          ...game,
          winProbability: (deviations: number) => game.winProbability(0) + deviations * 0.1,
        }));
        if (winRate(judged, rng, 200).low > 0.5) promoted += 1;
      }
      expect(promoted / 1000).toBeLessThanOrEqual(0.05);
    }
  });

  it('takes the error of its judge, which is known, for no worse where there are few documents', () => {
    const lowOf = (documents: number): number => {
      const judged = Array.from({ length: documents }, (_, document) => ({
        document: String(document),
        winProbability: (deviations: number) => 0.62 + 0.05 * deviations,
      }));
      return winRate(judged, createRng(1)).low;
    };
    expect(lowOf(4)).toBeCloseTo(lowOf(40), 3);
    expect(lowOf(4)).toBeGreaterThan(0.5);
  });

  it('promotes most of the adapters that win two games in three', () => {
    const rng = createRng(8);
    let promoted = 0;
    for (let run = 0; run < 100; run++) if (judge(input(rng, 0.66), rng).promoted) promoted += 1;
    expect(promoted).toBeGreaterThan(90);
  });

  it('keeps a winner aside whose judge may well be wrong, for all games share its error', () => {
    const judged = (deviation: number): HeldOutGame[] =>
      games(createRng(1), 0.7).map((game) => ({
        ...game,
        winProbability: (deviations) => game.winProbability(0) + deviations * deviation,
      }));
    expect(judge(input(createRng(1), 0.5, { games: judged(0.05) }), createRng(2)).promoted).toBe(true);
    expect(judge(input(createRng(1), 0.5, { games: judged(0.15) }), createRng(2)).promoted).toBe(false);
  });

  it('never promotes on games of a single document', () => {
    const oneDocument = Array.from({ length: 40 }, () => ({ document: 'a', winProbability: () => 0.9 }));
    const { promoted, verdict } = judge(input(createRng(1), 0.5, { games: oneDocument }), createRng(2));
    expect(promoted).toBe(false);
    expect(verdict.sentence).toBe(
      'Kept aside: all texts to test it on are from one document; decide on some of another one too.',
    );
  });

  it('refuses to judge without games', () => {
    expect(() => winRate([], createRng(1))).toThrow(RangeError);
  });

  it.each<[string, Partial<GateInput>, string]>([
    ['too few games', { games: [{ document: 'a', winProbability: () => 1 }] }, 'are needed'],
    ['it drifted from the reference', { klToReference: 3 }, 'moved too far'],
    ['the drift is not a number', { klToReference: Number.NaN }, 'moved too far'],
    ['its texts doubled', { after: { ...measures, length: 40 } }, 'much longer'],
    ['its texts halved', { after: { ...measures, length: 10 } }, 'much shorter'],
    ['it stops ending its sentences', { after: { ...measures, endedShare: 0.9 } }, 'unfinished'],
    ['it writes junk', { after: { ...measures, junkShare: 0.2 } }, 'could not be shown'],
    ['it copies', { after: { ...measures, copyShare: 0.9 } }, 'repeats the original'],
    ['it unlearned to correct', { after: { ...measures, quality: 70 } }, 'ordinary mistakes'],
  ])('keeps a winner aside when %s', (_, change, words) => {
    const { promoted, verdict } = judge(input(createRng(1), 0.8, change), createRng(2));
    expect(promoted).toBe(false);
    expect(verdict.sentence).toContain(words);
  });

  it('measures how much shorter the new texts are', () => {
    const change = { after: { ...measures, length: 17 } };
    expect(judge(input(createRng(1), 0.8, change), createRng(2)).lengthRatio).toBeCloseTo(0.85);
    const silent = { before: { ...measures, length: 0 } };
    expect(judge(input(createRng(1), 0.8, silent), createRng(2)).lengthRatio).toBeNull();
  });
});
