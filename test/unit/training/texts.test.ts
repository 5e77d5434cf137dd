import { describe, expect, it } from 'vitest';
import type { PreferenceComparison } from '../../../server/src/preferences/comparisonRows.ts';
import { deal, neededGames } from '../../../server/src/preferences/deal.ts';
import { DraftError } from '../../../server/src/util/errors.ts';
import { defaultGateLimits } from '../../../server/src/training/promotion.ts';
import { fitBoth, textsOfRun } from '../../../server/src/training/texts.ts';

const sentence = (i: number): string => `Anna really brings very many letters to office ${i} in town.`;

/** The shorter text was taken. */
function comparison(i: number, change: Partial<PreferenceComparison> = {}): PreferenceComparison {
  const original = change.original ?? sentence(i);
  return {
    decisionId: `d${i}`,
    document: `letter${i % 7}.md`,
    original,
    winner: original.replace(' really', '').replace(' very', ''),
    loser: original,
    weight: 1,
    continues: false,
    ...change,
  };
}

type Run = Parameters<typeof fitBoth>[0];

const runOf = (comparisons: readonly PreferenceComparison[], pieces = (text: string) => [text]): Run => ({
  comparisons: comparisons.map((one) => ({ ...one, continues: one.continues ?? false })),
  contexts: comparisons.flatMap(({ document, original: group }) =>
    pieces(group).map((original) => ({ document, original, task: 'improve', instruction: '', group })),
  ),
});
const decisions = (count: number, change: Partial<PreferenceComparison> = {}): PreferenceComparison[] =>
  Array.from({ length: count }, (_, i) => comparison(i, change));
const textsIn = (run: Run, seed: number) => textsOfRun(run, fitBoth(run, seed));

function refusal(work: () => unknown): DraftError {
  try {
    work();
  } catch (error) {
    if (error instanceof DraftError) return error;
    throw error;
  }
  throw new Error('Not refused.');
}

describe('the texts of a run', () => {
  it('are enough for the gate from the first decisions on that learning may begin with', () => {
    expect(neededGames).toBe(defaultGateLimits.minGames);
    for (const seed of [1, 2, 3]) {
      const { contexts, heldOut } = textsIn(runOf(decisions(20)), seed);
      expect(heldOut.length).toBeGreaterThanOrEqual(neededGames);
      expect(contexts.length).toBeGreaterThanOrEqual(6);
      expect(new Set([...contexts, ...heldOut]).size).toBe(20);
    }
  });

  it('are not so many held out where there are plenty', () => {
    const { contexts, heldOut } = textsIn(runOf(decisions(90)), 1);
    expect(heldOut.length).toBeLessThan(contexts.length);
  });

  it('are refused, with what is missing, where the gate could not judge what is learned of them', () => {
    const few = Array.from({ length: 24 }, (_, i) => comparison(i, { original: sentence(i % 9) }));
    expect(refusal(() => textsIn(runOf(few), 1))).toMatchObject({
      code: 'notEnoughDecisions',
      message: expect.stringMatching(/^There are too few texts .* \d can be tested on, where 12 are needed\. Refine some others\.$/) as string, // prettier-ignore
    });
    const oneDocument = decisions(24, { document: 'letter.md' });
    expect(refusal(() => textsIn(runOf(oneDocument), 1))).toMatchObject({
      code: 'notEnoughDecisions',
      message: 'All texts to test on are from one document: refine some of another one too.',
    });
    const oneText = decisions(24, { original: sentence(0), loser: sentence(0) });
    expect(refusal(() => textsIn(runOf(oneText), 1)).message).toContain(
      'most decisions are about the same one',
    );
  });
});

describe('dealing', () => {
  it('holds texts of two documents out where there are two', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const two = decisions(30).map((one, i) => ({ ...one, document: i < 26 ? 'a.md' : 'b.md' }));
      const { heldOut } = deal(two, [], seed);
      const documents = two.filter(({ original }) => heldOut.has(original)).map(({ document }) => document);
      expect(new Set(documents).size).toBe(2);
    }
  });

  it('keeps texts together that share a sentence within a document, or of which one became the other', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const again = decisions(20).flatMap((one, i) => {
        const more = `${one.original} ${sentence(100 + i)}`; // refined again with the next sentence
        return [
          one,
          comparison(20 + i, { document: one.document, original: more }),
          comparison(40 + i, { document: one.document, original: one.winner, winner: one.winner.replace('many ', '') }), // prettier-ignore
        ];
      });
      const { contexts } = runOf(again, (text) => text.split(/(?<=\.) /));
      const { folds, heldOut } = deal(again, contexts, seed);
      const foldOf = new Map(folds.flatMap((own, k) => own.map(({ decisionId }) => [decisionId, k])));
      for (let i = 0; i < 20; i++) {
        expect(foldOf.get(`d${20 + i}`)).toBe(foldOf.get(`d${i}`));
        expect(foldOf.get(`d${40 + i}`)).toBe(foldOf.get(`d${i}`));
      }
      expect(folds).toHaveLength(9);
      expect(heldOut.size).toBeLessThan(36);
    }
  });

  it('is not stopped by a greeting that stands in every document', () => {
    const greeting = 'Please let us know where anything is missing.';
    const letters = decisions(30).map((one, i) => comparison(i, { document: `letter${i}.md`, original: `${one.original} ${greeting}` })); // prettier-ignore
    const run = runOf(letters, (text) => text.split(/(?<=\.) /));
    expect(deal(letters, run.contexts, 1).folds).toHaveLength(9);
    const { contexts, heldOut } = textsIn(run, 1);
    const texts = [...contexts, ...heldOut].map(({ original }) => original);
    expect(new Set(texts).size).toBe(texts.length); // it is learned or tested once, not both
    expect(texts).toHaveLength(31);
  });
});
