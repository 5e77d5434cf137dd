import { describe, expect, it, vi } from 'vitest';
import type { ContextId, DecisionId } from '../../../server/protocol/common.ts';
import { countDecisions, DecisionCounter } from '../../../server/src/lsp/decisionCount.ts';
import { crossFit } from '../../../server/src/preferences/crossFit.ts';
import * as guards from '../../../server/src/preferences/guards.ts';
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
  it('looks at each decision once, however often it is asked', () => {
    const looks = vi.spyOn(guards, 'guardCandidate');
    const counter = new DecisionCounter();
    const comparisons = Array.from({ length: 5 }, (_, i) => comparison(i));
    for (let more = 0; more < 3; more++) {
      comparisons.push(comparison(5 + more));
      const store = {
        comparisons: () => comparisons,
        revision: () => String(more),
      } as unknown as PreferenceStore; // all that is asked
      expect(counter.count(store, [], 100, 5).fresh).toBe(6 + more);
    }
    expect(looks).toHaveBeenCalledTimes(2 * 8); // winner and loser of each
  });

  it('is that of the trainer: what a guard objects to, equal texts and ghost text are no decisions', () => {
    const comparisons = [
      ...Array.from({ length: 19 }, (_, i) => comparison(i)),
      comparison(19, { winner: 'Sure, here is a revised version: Anna brings letters.' }),
      comparison(20, { winner: comparison(20).original }),
      comparison(21, { continues: true }),
    ];
    expect(countDecisions(storeOf(comparisons), [], 100, 5)).toEqual({ all: 19, fresh: 19, needed: 20, missing: 1 }); // prettier-ignore
    expect(crossFit(comparisons, { seed: 1 })).toEqual({ kind: 'tooFewDecisions', needed: 20, have: 19 });
    const enough = [...comparisons, comparison(22)];
    expect(countDecisions(storeOf(enough), [], 100, 5).missing).toBe(0);
    expect(crossFit(enough, { seed: 1 }).kind).toBe('crossFit');
  });
});
