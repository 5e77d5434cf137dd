import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeedbackHandlers } from '../../../server/src/lsp/feedbackHandlers.ts';
import { SqlitePreferenceStore } from '../../../server/src/storage/sqlitePreferenceStore.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { DecisionId } from '../../../server/protocol/messages.ts';
import { silentLog } from '../../../server/src/util/log.ts';
import { keepDecisions } from '../../support/decisions.ts';

let folder: string;
let store: SqlitePreferenceStore;
let done: string[];
let feedback: FeedbackHandlers;
let stillLearning = false;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feedback-'));
  store = SqlitePreferenceStore.open(folder, Date.now, silentLog).store;
  keepDecisions(folder, 5);
  done = [];
  stillLearning = false;
  const kept = (): number => store.decisionsSince(0);
  feedback = new FeedbackHandlers(
    {
      log: silentLog,
      now: Date.now,
      store: () => store,
      find: () => undefined,
      settings: () => Promise.resolve(defaultSettings),
      newDecisions: () => 0,
      endRuns: (decisions) => {
        const which = decisions === 'all' ? 'all' : [...decisions].sort().join(' ');
        done.push(`end the runs of ${which} with ${kept()} kept`);
        return Promise.resolve(stillLearning);
      },
      forget: (adapters) => done.push(`forget ${adapters ? 'adapters' : 'runs'} with ${kept()} kept`),
    },
    'given',
  );
});
afterEach(() => {
  feedback.dispose();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('deleting decisions', () => {
  it('ends the runs that hold them first', async () => {
    await feedback.delete({ what: 'ids', ids: ['d1' as DecisionId] });
    await feedback.delete({ what: 'filter', filter: { from: 4 } });
    await feedback.delete({ what: 'all', adaptersToo: true });
    expect(done).toEqual([
      'end the runs of d1 with 5 kept',
      'end the runs of d3 d4 with 4 kept',
      'end the runs of all with 2 kept',
      'forget adapters with 0 kept',
    ]);
  });

  it('says where another window still learns from them', async () => {
    expect(await feedback.delete({ what: 'ids', ids: [] })).toEqual({ deleted: 0, adapters: [] });
    stillLearning = true;
    expect(await feedback.delete({ what: 'all', adaptersToo: false })).toMatchObject({
      deleted: 5,
      stillLearning: true,
    });
  });
});
