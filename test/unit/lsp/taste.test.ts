import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Taste } from '../../../server/src/lsp/taste.ts';
import type { Comparison, PreferenceStore } from '../../../server/src/storage/preferenceStore.ts';
import { DraftError } from '../../../server/src/util/errors.ts';
import { silentLog } from '../../../server/src/util/log.ts';

function storeOf(count: () => number, revision = () => String(count())): PreferenceStore {
  const comparison = (i: number) =>
    ({
      decisionId: `d${i}`,
      document: `document ${i % 5}`,
      original: `It is number ${i} and it is really very long.`,
      winner: `It is number ${i} and it is long.`,
      loser: `It is number ${i} and it is really very long.`,
      weight: 1,
      continues: false,
    }) as Comparison;
  const store: Pick<PreferenceStore, 'decisionsSince' | 'comparisons' | 'revision'> = {
    decisionsSince: count,
    revision,
    comparisons: () => Array.from({ length: count() }, (_, i) => comparison(i)),
  };
  return store as PreferenceStore; // these are all that it is asked
}

describe('the writer’s taste at hand', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is fitted after the answer that first asks for it, never before', () => {
    const taste = new Taste(() => storeOf(() => 30), silentLog);
    expect(taste.atHand()).toBeNull();
    vi.runAllTimers();
    expect(taste.atHand()?.decisions).toBe(30);
  });

  it('is none with too few decisions', () => {
    const taste = new Taste(() => storeOf(() => 5), silentLog);
    taste.atHand();
    vi.runAllTimers();
    expect(taste.atHand()).toBeNull();
  });

  it('stays while decisions come, is fitted again when they are many, and is gone when they are deleted', () => {
    let count = 100;
    const taste = new Taste(() => storeOf(() => count), silentLog);
    expect(taste.current()?.decisions).toBe(100);
    count = 104;
    taste.atHand();
    vi.runAllTimers();
    expect(taste.atHand()?.decisions).toBe(100);
    count = 110;
    expect(taste.atHand()?.decisions).toBe(100);
    vi.runAllTimers();
    expect(taste.atHand()?.decisions).toBe(110);
    count = 0;
    expect(taste.atHand()).toBeNull();
  });

  it('knows nothing more of a decision that was deleted while another one came', () => {
    let revision = 'a';
    const taste = new Taste(
      () =>
        storeOf(
          () => 100,
          () => revision,
        ),
      silentLog,
    );
    const fitted = taste.current();
    expect(taste.current()).toBe(fitted);
    expect(taste.atHand()).toBe(fitted);
    revision = 'b';
    expect(taste.atHand()).toBeNull();
    expect(taste.current()).not.toBe(fitted);
    revision = 'c';
    expect(taste.current()).not.toBe(fitted);
  });

  it('is none while the store can not be had', () => {
    const taste = new Taste(() => {
      throw new DraftError('storageUnavailable', 'There is no folder.');
    }, silentLog);
    expect(taste.atHand()).toBeNull();
  });
});
