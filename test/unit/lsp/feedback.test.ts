import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  FeedbackHandlers,
  isExcluded,
  type DecidedContext,
} from '../../../server/src/lsp/feedbackHandlers.ts';
import { SqlitePreferenceStore } from '../../../server/src/storage/sqlitePreferenceStore.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import type { CandidateId, ContextId, DecisionId } from '../../../server/protocol/common.ts';
import type { DecisionKind, RefinedText } from '../../../server/protocol/decisions.ts';
import { DraftError } from '../../../server/src/util/errors.ts';
import { silentLog } from '../../../server/src/util/log.ts';
import { decisionNumber, keepDecisions } from '../../support/decisions.ts';

let folder: string;
let store: SqlitePreferenceStore;
let done: string[];
let feedback: FeedbackHandlers;
let stillLearning = false;
let found: DecidedContext | undefined;
let retold: DecidedContext | undefined;
let unavailable = false;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feedback-'));
  store = SqlitePreferenceStore.open(folder, Date.now, silentLog).store;
  keepDecisions(folder, 5);
  done = [];
  stillLearning = false;
  unavailable = false;
  const kept = (): number => store.decisionsSince(0);
  feedback = new FeedbackHandlers(
    {
      log: silentLog,
      now: Date.now,
      store: () => {
        if (unavailable) throw new DraftError('storageUnavailable', 'Not now.');
        return store;
      },
      find: () => found,
      retold: (id) => ({ ...retold!, context: { ...retold!.context, id } }), // where a test tells of one
      settings: () => Promise.resolve(defaultSettings),
      endRuns: (decisions) => {
        const which = decisions === 'all' ? 'all' : [...decisions].sort().join(' ');
        done.push(`end the runs of ${which} with ${kept()} kept`);
        return Promise.resolve(stillLearning);
      },
      forget: (adapters) => {
        done.push(`forget ${adapters ? 'adapters' : 'runs'} with ${kept()} kept`);
        return Promise.resolve();
      },
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

  it('keeps nothing more of what was deleted, and what comes after', async () => {
    const late = (number: number, kind: DecisionKind = 'edited') => {
      const context = { ...decisionNumber(number).context, id: `c${number}` as ContextId, time: Date.now() };
      found = { uri: 'file:///notes.md', context, candidates: [] };
      return feedback.decide({ contextId: context.id, kind, finalText: 'It was mine.' });
    };
    await feedback.delete({ what: 'ids', ids: ['d1' as DecisionId] });
    expect(await late(1)).toEqual({ recorded: false, reason: 'unknownContext' });
    expect(await late(2)).toMatchObject({ recorded: true });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await feedback.delete({ what: 'all', adaptersToo: false });
    expect(await late(3)).toEqual({ recorded: false, reason: 'unknownContext' });
    expect(await late(3, 'rejected')).toMatchObject({ recorded: true }); // decided anew
    vi.advanceTimersByTime(1000);
    expect(await late(4)).toMatchObject({ recorded: true });
    vi.useRealTimers();
    expect(store.decisionsSince(0)).toBe(2);
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

describe('keeping decisions', () => {
  const decide = (number: number, change: Partial<DecidedContext> = {}) => {
    const { context, candidates, decision } = decisionNumber(number);
    found = { uri: 'file:///notes.md', context, candidates, ...change };
    return feedback.decide({ contextId: context.id, candidateId: decision.candidateId!, kind: 'accepted' }); // it has one
  };

  it('refuses one on a suggestion that was never made', async () => {
    await expect(decide(11, { candidates: [] })).rejects.toMatchObject({ code: 'badRequest' });
    expect(store.decisionsSince(0)).toBe(5);
  });

  it('is not held up by one that can never be kept', async () => {
    const ofAnother = decisionNumber(12).candidates.map((one) => ({
      ...one,
      contextId: 'unknown' as ContextId,
    }));
    await expect(decide(12, { candidates: ofAnother })).rejects.toMatchObject({ code: 'badRequest' });
    expect(await decide(13)).toMatchObject({ recorded: true });
    expect(store.decisionsSince(0)).toBe(6);
    unavailable = true; // now it has to wait, and the next comes with it
    await expect(decide(12, { candidates: ofAnother })).rejects.toMatchObject({ code: 'storageUnavailable' });
    unavailable = false;
    expect(await decide(14)).toMatchObject({ recorded: true });
    expect(store.decisionsSince(0)).toBe(7);
  });

  it('of a refine that an earlier server wrote takes the client’s word for it', async () => {
    const { context, candidates, decision } = decisionNumber(16);
    found = undefined;
    retold = { uri: 'file:///notes.md', context, candidates };
    const about = { uri: 'file:///notes.md' } as RefinedText; // what `retold` makes of it is above
    const decide = (kind: DecisionKind, told?: RefinedText): ReturnType<typeof feedback.decide> =>
      feedback.decide({
        contextId: context.id,
        candidateId: decision.candidateId!, // it has one
        kind,
        ...(told && { about: told }),
      });
    expect(await decide('accepted')).toEqual({ recorded: false, reason: 'unknownContext' });
    // Whether it was ever accepted, or that was deleted since, nobody knows.
    expect(await decide('undone', about)).toEqual({ recorded: false, reason: 'unknownContext' });
    expect(await decide('accepted', about)).toMatchObject({ recorded: true });
    expect(await decide('undone', about)).toMatchObject({ recorded: true });
    expect(store.decisionsSince(0)).toBe(7);
    await expect(
      feedback.decide({
        contextId: context.id,
        candidateId: 'other' as CandidateId,
        kind: 'accepted',
        about,
      }),
    ).rejects.toMatchObject({ code: 'badRequest' });
  });

  it('of what became of such a text waits with the decision on it', async () => {
    const { context, candidates } = decisionNumber(17);
    found = undefined;
    retold = { uri: 'file:///notes.md', context, candidates };
    const about = { uri: 'file:///notes.md' } as RefinedText;
    const decide = (kind: DecisionKind) => feedback.decide({ contextId: context.id, kind, about });
    unavailable = true;
    await expect(decide('rejected')).rejects.toMatchObject({ code: 'storageUnavailable' });
    await expect(decide('ownWording')).rejects.toMatchObject({ code: 'storageUnavailable' });
    unavailable = false;
    feedback.dispose(); // writes what waits
    expect(store.decisionsSince(0)).toBe(7);
  });

  it('is kept once, however often a client that had no answer tells of it', async () => {
    const { context, candidates } = decisionNumber(19);
    found = { uri: 'file:///notes.md', context, candidates };
    const decisionId = '6b1f3c52-0d55-4a3e-9a39-0b9d1c1f5e01' as DecisionId;
    const params = { contextId: context.id, kind: 'rejected', decisionId } as const;
    expect(await feedback.decide(params)).toEqual({ recorded: true, decisionId });
    const of = () => store.comparisons().filter((one) => one.decisionId === decisionId);
    const told = of();
    const seen = candidates.map(({ id }) => id);
    expect(await feedback.decide({ ...params, seen })).toEqual({ recorded: true, decisionId });
    expect(store.decisionsSince(0)).toBe(6);
    const other = decisionNumber(20);
    found = { uri: 'file:///other.md', context: other.context, candidates: other.candidates };
    await feedback.decide({ ...params, contextId: other.context.id });
    expect(store.context(other.context.id), 'a text that nothing was decided on').toBeUndefined();
    expect(of(), 'what was seen besides').toEqual(told);
    unavailable = true;
    const another = { ...params, decisionId: '6b1f3c52-0d55-4a3e-9a39-0b9d1c1f5e02' as DecisionId };
    await expect(feedback.decide(another)).rejects.toMatchObject({ code: 'storageUnavailable' });
    await expect(feedback.decide(another)).rejects.toMatchObject({ code: 'storageUnavailable' });
    unavailable = false;
    feedback.dispose(); // writes what waits
    expect(store.decisionsSince(0)).toBe(7);
  });

  it('opens nothing for such a text before the writer agreed', async () => {
    const { context, candidates } = decisionNumber(18);
    found = undefined;
    retold = { uri: 'file:///notes.md', context, candidates };
    const about = { uri: 'file:///notes.md' } as RefinedText;
    feedback.setConsent('unasked');
    unavailable = true; // opening it would fail
    expect(await feedback.decide({ contextId: context.id, kind: 'undone', about })).toEqual({
      recorded: false,
      reason: 'noConsent',
    });
    unavailable = false;
  });

  it('deletes what still waits to be written, too', async () => {
    unavailable = true;
    await expect(decide(15)).rejects.toMatchObject({ code: 'storageUnavailable' });
    unavailable = false;
    await feedback.delete({ what: 'filter', filter: {} });
    feedback.dispose(); // writes what waits
    expect(store.decisionsSince(-1)).toBe(0);
  });
});

describe('files of which nothing is kept', () => {
  const hidden = 'file:///home/u/.notes/private/a.md';

  it.each([
    [
      hidden,
      [
        'private',
        'private/',
        './private',
        'private/**',
        '*.md',
        '/home/u/**',
        '.notes',
        '**/.notes/**',
        '**/{.notes,secret}/**',
        '[.]notes',
      ],
    ],
    ['file:///repo/.git/COMMIT_EDITMSG', ['COMMIT_EDITMSG', '**/COMMIT_EDITMSG', '.git/']],
    ['file:///home/u/diary/.drafts/a.md', ['diary/**', 'diary', '.drafts/*']],
    ['file:///home/u/100%25 mine/a.md', ['100% mine']],
    ['untitled:100%/a.md', ['a.md']],
    ['vscode-remote://ssh/home/u/a.md', ['u/*.md']],
    [
      'vscode-notebook-cell:/home/u/my%20notes/b.ipynb#W0sZmlsZQ%3D%3D',
      ['b.ipynb', '*.ipynb', '/home/u/my notes/b.ipynb'],
    ],
    ['git:/home/u/private.md?%7B%22path%22%3A%22x%22%7D', ['private.md', '*.md']],
  ])('%s', (uri, patterns) => {
    for (const pattern of patterns) expect(isExcluded(uri, [pattern]), pattern).toBe(true);
    for (const pattern of ['privat', 'public/**', '*.txt', '', '/', 'home/u/notes'])
      expect(isExcluded(uri, [pattern]), pattern).toBe(false);
  });
});
