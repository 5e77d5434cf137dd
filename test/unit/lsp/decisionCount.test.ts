import { describe, expect, it } from 'vitest';
import type { ContextId, DecisionId } from '../../../server/protocol/messages.ts';
import { countDecisions, newDecisions } from '../../../server/src/lsp/decisionCount.ts';
import { crossFit } from '../../../server/src/preferences/crossFit.ts';
import type { Comparison, PreferenceStore } from '../../../server/src/storage/preferenceStore.ts';

/** The `i`-th decision: the shorter text was taken. */
function comparison(i: number, change: Partial<Comparison> = {}): Comparison {
  const original = `Anna really brings very many letters to office ${i} in town.`;
  return {
    decisionId: `d${i}` as DecisionId,
    contextId: `c${i}` as ContextId,
    kind: 'accepted',
    time: i + 1,
    document: `letter${i % 7}.md`,
    original,
    winner: original.replace(' really', '').replace(' very', ''),
    loser: original,
    weight: 1,
    continues: false,
    ...change,
  };
}

const storeOf = (comparisons: readonly Comparison[]): PreferenceStore =>
  ({ comparisons: () => comparisons }) as unknown as PreferenceStore; // all that is asked

describe('the count of decisions', () => {
  it('is that of the trainer: what a guard objects to, equal texts and ghost text are no decisions', () => {
    const comparisons = [
      ...Array.from({ length: 19 }, (_, i) => comparison(i)),
      comparison(19, { winner: 'Sure, here is a revised version: Anna brings letters.' }),
      comparison(20, { winner: comparison(20).original }),
      comparison(21, { continues: true }),
    ];
    expect(countDecisions(storeOf(comparisons), [], 100, 5)).toEqual({ all: 19, fresh: 19, needed: 20, missing: 1 }); // prettier-ignore
    expect(newDecisions(storeOf(comparisons), [], 100)).toBe(19);
    expect(crossFit(comparisons, { seed: 1 })).toEqual({ kind: 'tooFewDecisions', needed: 20, have: 19 });
    const enough = [...comparisons, comparison(22)];
    expect(countDecisions(storeOf(enough), [], 100, 5).missing).toBe(0);
    expect(crossFit(enough, { seed: 1 }).kind).toBe('crossFit');
  });
});
