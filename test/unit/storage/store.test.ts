import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionId } from '../../../server/protocol/common.ts';
import type { DecisionKind } from '../../../server/protocol/decisions.ts';
import { exportDecisions } from '../../../server/src/storage/export.ts';
import { importDecisions } from '../../../server/src/storage/importDecisions.ts';
import { openDatabase } from '../../../server/src/storage/database.ts';
import type { StoreLimits } from '../../../server/src/storage/database.ts';
import { migrations } from '../../../server/src/storage/migrations.ts';
import { translated } from '../../../server/src/storage/database.ts';
import { SqlitePreferenceStore } from '../../../server/src/storage/sqlitePreferenceStore.ts';
import { silentLog } from '../../../server/src/util/log.ts';
import { decisionNumber } from '../../support/decisions.ts';

let folder: string;
const opened: SqlitePreferenceStore[] = [];

function open(limits: StoreLimits = {}): SqlitePreferenceStore {
  const { store } = SqlitePreferenceStore.open(folder, () => 0, silentLog, limits);
  opened.push(store);
  return store;
}

function record(
  store: SqlitePreferenceStore,
  number: number,
  kind: DecisionKind = 'accepted',
  document = 'notes.md',
): void {
  const { context, candidates, decision } = decisionNumber(number, kind, { document });
  store.record(context, candidates, decision);
}

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error('It should have failed.');
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-store-'));
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe('the store', () => {
  it('gives back what was recorded, newest first, also after it was opened again', () => {
    const store = open();
    record(store, 1);
    record(store, 2, 'rejected');
    const again = open();
    const { rows, total } = again.decisions({}, 0, 10);
    expect(total).toBe(2);
    expect(rows.map(({ kind }) => kind)).toEqual(['rejected', 'accepted']);
    expect(rows[1]).toMatchObject({
      original: 'She go home 1 times.',
      candidate: 'She goes home 1 times.',
      role: 'follower',
      round: 1,
    });
  });

  it('derives comparisons, oldest first', () => {
    const store = open();
    record(store, 1);
    record(store, 2, 'rejected');
    expect(store.comparisons().map(({ winner, loser, weight }) => [winner, loser, weight])).toEqual([
      ['She goes home 1 times.', 'She go home 1 times.', 1],
      ['She goes home 1 times.', 'She goes home 1 time.', 0.5],
      ['She go home 2 times.', 'She goes home 2 time.', 1],
      ['She go home 2 times.', 'She goes home 2 times.', 1],
    ]);
  });

  it('takes what was undone for no acceptance', () => {
    const store = open();
    const { context, candidates, decision } = decisionNumber(1);
    store.record(context, candidates, decision);
    store.record(context, candidates, { ...decision, id: 'undo' as DecisionId, kind: 'undone', seen: [] });
    record(store, 2);
    expect(store.comparisons().map(({ decisionId, kind }) => [decisionId, kind])).toEqual([
      ['undo', 'undone'],
      ['decision-2', 'accepted'],
      ['decision-2', 'accepted'],
    ]);
    const { perAdapter, followerVersusLeader } = store.statistics();
    expect(perAdapter).toEqual([{ adapter: null, accepted: 1, decided: 2 }]);
    expect(followerVersusLeader).toEqual({ follower: 1, leader: 0 });
  });

  it('leaves nothing of what was deleted on the disk', () => {
    const store = open();
    for (let number = 1; number <= 20; number++) record(store, number);
    for (const name of ['second-draft.db.before-2', 'second-draft.damaged-2026-01-01T00-00-00.db'])
      writeFileSync(join(folder, name), 'She goes home.');
    const holds = (): string[] =>
      readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'latin1').includes('goes home'));
    expect(holds().length).toBeGreaterThan(2);
    expect(store.deleteAll()).toMatchObject({ deleted: 20 });
    expect(holds()).toEqual([]);
    record(store, 21);
    expect(store.decisions({}, 0, 9).total).toBe(1);
  });

  it('lets two windows write at once', () => {
    const [one, two] = [open(), open()];
    for (let number = 0; number < 20; number++) record(number % 2 === 0 ? one : two, number);
    expect(one.decisions({}, 0, 0).total).toBe(20);
    expect(two.decisions({}, 0, 0).total).toBe(20);
  });

  it.each([
    ['words of the text', { search: 'home 2 ' }, 1],
    ['a percent sign as itself', { search: '%' }, 0],
    ['kinds', { kinds: ['rejected'] as const }, 1],
    ['a document', { document: 'file:///home/my%20letter.md' }, 1],
    ['what a document is called', { document: 'My letter' }, 1],
    ['a document that is not there', { document: 'letter.txt' }, 0],
    ['an address, which is no part of others', { document: 'file:///home/my%20letter.m' }, 0],
    ['words of a document’s name', { search: 'my letter' }, 1],
    ['a time', { from: 2001, to: 2002 }, 1],
  ])('filters by %s', (_, filter, count) => {
    const store = open();
    record(store, 1);
    record(store, 2, 'rejected');
    record(store, 3, 'accepted', 'file:///home/my%20letter.md');
    expect(store.decisions(filter, 0, 10).total).toBe(count);
  });

  it('names the folders that decisions are about, and finds and deletes by them', () => {
    const store = open();
    ['', 'file:///book', 'file:///book'].forEach((workspace, number) => {
      const { context, candidates, decision } = decisionNumber(number, 'accepted', { workspace });
      store.record(context, candidates, decision);
    });
    expect(store.statistics().workspaces).toEqual(['', 'file:///book']);
    expect(store.decisions({ workspace: '' }, 0, 10).total).toBe(1);
    expect(store.deleteMatching({ workspace: 'file:///book' })).toMatchObject({ deleted: 2 });
    expect(store.statistics().workspaces).toEqual(['']);
  });

  it('deletes a decision with its texts and names the adapters that had seen it', () => {
    const store = open();
    record(store, 1);
    record(store, 2);
    store.markSeen(3, ['decision-1' as DecisionId]);
    expect(store.decisions({}, 0, 10).rows.at(-1)?.seenByAdapters).toEqual([3]);
    expect(store.deleteDecisions(['decision-1' as DecisionId])).toEqual({ deleted: 1, adapters: [3] });
    expect(store.contexts(10).map(({ original }) => original)).toEqual(['She go home 2 times.']);
    expect(store.deleteMatching({})).toEqual({ deleted: 1, adapters: [] });
    expect(store.comparisons()).toEqual([]);
  });

  it('deletes a range, and leaves what lies outside', () => {
    const store = open();
    for (const number of [1, 2, 3, 4]) record(store, number);
    expect(store.deleteMatching({ from: 2002, to: 2004 })).toMatchObject({ deleted: 2 });
    expect(store.decisions({}, 0, 10).rows.map(({ id }) => id)).toEqual(['decision-4', 'decision-1']);
  });

  it('keeps a damaged database aside and begins a new one', () => {
    writeFileSync(join(folder, 'second-draft.db'), 'no database at all '.repeat(100));
    const { store, setAside } = SqlitePreferenceStore.open(
      folder,
      () => Date.UTC(2026, 0, 2, 3, 4, 5),
      silentLog,
    );
    opened.push(store);
    expect(setAside).toMatch(/second-draft\.damaged-2026-01-02T03-04-05\.db$/);
    expect(readFileSync(setAside ?? '', 'utf8')).toContain('no database at all');
    record(store, 1);
    expect(store.decisions({}, 0, 1).total).toBe(1);
  });

  it('keeps a database that is damaged while it is open aside, and records into a new one', () => {
    const store = open();
    record(store, 1);
    for (const name of readdirSync(folder))
      writeFileSync(join(folder, name), 'no database at all '.repeat(2000));
    record(store, 2);
    expect(store.decisions({}, 0, 9).rows).toHaveLength(1);
    expect(readdirSync(folder)).toContain('second-draft.damaged-1970-01-01T00-00-00.db');
    expect(open().decisions({}, 0, 9).total).toBe(1);
  });

  it('goes on in the database that another window has begun after damage', () => {
    const [one, two] = [open(), open()];
    record(one, 1);
    const before = two.revision();
    for (const name of readdirSync(folder))
      writeFileSync(join(folder, name), 'no database at all '.repeat(2000));
    record(one, 2);
    record(two, 3);
    for (const store of [one, two, open()])
      expect(store.decisions({}, 0, 9).rows.map(({ id }) => id)).toEqual(['decision-3', 'decision-2']);
    expect(readdirSync(folder).filter((name) => /damaged-.*\.db$/.test(name))).toHaveLength(1);
    expect(two.revision()).not.toBe(before);
  });

  it('migrates step by step, after a copy of what was there', () => {
    const path = join(folder, 'grown.db');
    const first = ['CREATE TABLE notes (text TEXT) STRICT'];
    const old = openDatabase(path, first);
    old.exec(`INSERT INTO notes VALUES ('kept')`);
    old.close();
    const grown = openDatabase(path, [...first, `ALTER TABLE notes ADD COLUMN colour TEXT DEFAULT 'blue'`]);
    expect(grown.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept', colour: 'blue' }]);
    grown.close();
    const copy = new DatabaseSync(`${path}.before-2`);
    expect(copy.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept' }]);
    copy.close();
  });

  it('is as it was when a migration fails', () => {
    const path = join(folder, 'stuck.db');
    const first = ['CREATE TABLE notes (text TEXT) STRICT'];
    openDatabase(path, first).close();
    const failing = 'CREATE TABLE more (text TEXT) STRICT; INSERT INTO nowhere VALUES (1)';
    expect(() => openDatabase(path, [...first, failing])).toThrow(/nowhere/);
    const again = openDatabase(path, first);
    expect(again.prepare(`SELECT name FROM sqlite_schema`).all()).toEqual([{ name: 'notes' }]);
    again.close();
  });

  it('refuses a database of a newer version and leaves it as it is', () => {
    const db = new DatabaseSync(join(folder, 'second-draft.db'));
    db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    db.close();
    expect(code(open)).toBe('storageUnavailable');
    expect(readdirSync(folder)).toEqual(['second-draft.db']);
  });

  it('says so when another program holds the database, and records nothing half', () => {
    const store = open({ busyTimeoutMs: 20 });
    const holder = new DatabaseSync(join(folder, 'second-draft.db'));
    holder.exec('BEGIN EXCLUSIVE');
    expect(code(() => record(store, 1))).toBe('storageUnavailable');
    holder.exec('ROLLBACK');
    holder.close();
    record(store, 1);
    expect(store.decisions({}, 0, 1).total).toBe(1);
  });

  it('says so when the disk is full, and goes on when there is room again', () => {
    const store = open({ maxPages: 40 });
    record(store, 0);
    const { context, candidates, decision } = decisionNumber(1, 'accepted', {
      original: 'x'.repeat(1 << 20),
    });
    expect(code(() => store.record(context, candidates, decision))).toBe('storageFull');
    open().record(context, candidates, decision);
    expect(store.decisions({}, 0, 1).total).toBe(2);
  });
});

describe('what stands in the way of keeping decisions', () => {
  it.each([
    ['a read-only database', { errcode: 8 }, 'storageUnavailable', /can’t be written to/],
    ['a folder without permission', { code: 'EACCES' }, 'storageUnavailable', /can’t be written to/],
    ['a read-only disk', { code: 'EROFS' }, 'storageUnavailable', /can’t be written to/],
    ['another program', { errcode: 5 }, 'storageUnavailable', /another program/],
    ['a full disk', { code: 'ENOSPC' }, 'storageFull', /disk is full/],
  ])('is named: %s', (_, facts, expected, words) => {
    const fail = () =>
      translated(() => {
        throw Object.assign(new Error('raw'), facts);
      });
    expect(code(fail)).toBe(expected);
    expect(fail).toThrow(words);
  });
});

describe('export and import', () => {
  it('brings exported comparisons back and takes none twice', () => {
    const store = open();
    record(store, 1);
    record(store, 2, 'rejected');
    const path = join(folder, 'out.jsonl');
    expect(exportDecisions(store, { format: 'jsonl', path })).toBe(4);
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')).toMatchObject({
      prompt: 'She go home 1 times.',
      chosen: 'She goes home 1 times.',
      rejected: 'She go home 1 times.',
    });
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 0, alreadyThere: 2 });
    store.deleteMatching({});
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 2, alreadyThere: 0 });
    expect(new Set(store.comparisons().map(({ winner, loser }) => `${winner}|${loser}`)).size).toBe(4);
  });

  it('writes CSV that keeps commas, quotes and line breaks', () => {
    const store = open();
    const { context, candidates, decision } = decisionNumber(1, 'accepted', { original: 'a "b",\nc' });
    store.record(context, candidates, decision);
    const path = join(folder, 'out.csv');
    exportDecisions(store, { format: 'csv', path });
    expect(readFileSync(path, 'utf8')).toContain('"a ""b"",\nc",She goes home 1 times.');
  });

  it('writes Parquet that another library reads', async () => {
    const store = open();
    record(store, 1);
    const path = join(folder, 'out.parquet');
    exportDecisions(store, { format: 'parquet', path });
    const bytes = readFileSync(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const rows = await parquetReadObjects({ file });
    expect(rows[0]).toMatchObject({ prompt: 'She go home 1 times.', weight: 1, kind: 'accepted' });
  });

  it('names the line that is wrong and imports nothing', () => {
    const store = open();
    const path = join(folder, 'in.jsonl');
    writeFileSync(path, '{"prompt":"a","chosen":"b","rejected":"c"}\n{"prompt":1}\n');
    expect(() => importDecisions(store, path, 9000)).toThrow('Line 2');
    expect(store.comparisons()).toEqual([]);
  });

  /** Every comparison without the names that an import gives anew, with the number of its decision. */
  const told = (store: SqlitePreferenceStore): unknown[] => {
    const numbers = new Map<string, number>();
    return store.comparisons().map(({ decisionId, time, document, original, winner, loser, weight }) => {
      if (!numbers.has(decisionId)) numbers.set(decisionId, numbers.size);
      return { decision: numbers.get(decisionId), time, document, original, winner, loser, weight };
    });
  };

  it('brings decisions back as they were: as many, with the same comparisons of the same weights', () => {
    const store = open();
    const inPart = decisionNumber(4, 'acceptedInPart');
    for (const [number, kind] of (['accepted', 'rejected', 'refinedAgain'] as const).entries())
      record(store, number, kind);
    store.record(inPart.context, inPart.candidates, { ...inPart.decision, finalText: 'Home.', share: 0.3 });
    const again = decisionNumber(1, 'rejected'); // the same texts at another time are another decision
    store.record(again.context, [], { ...again.decision, id: 'again' as DecisionId, time: 9000 });
    const before = told(store);
    expect(new Set(store.comparisons().map(({ weight }) => weight)).size).toBeGreaterThan(3);
    expect(store.decisions({}, 0, 0).total).toBe(5);
    const [path, twice] = [join(folder, 'out.jsonl'), join(folder, 'twice.jsonl')];
    exportDecisions(store, { format: 'jsonl', path });
    store.deleteMatching({});
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 5, alreadyThere: 0 });
    expect(store.decisions({}, 0, 0).total).toBe(5);
    expect(told(store)).toEqual(before);
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 0, alreadyThere: 5 });
    exportDecisions(store, { format: 'jsonl', path: twice }); // what was imported can be taken along again
    store.deleteMatching({});
    importDecisions(store, twice, 9000);
    expect(told(store)).toEqual(before);
  });

  it('makes a decision of each line that names none, and none of one that is there already', () => {
    const store = open();
    record(store, 1);
    const line = (more: object): string =>
      JSON.stringify({ prompt: 'a', chosen: 'b', rejected: 'c', ...more });
    const path = join(folder, 'in.jsonl');
    const known = { prompt: 'She go home 1 times.', chosen: 'She goes home 1 times.', rejected: 'She goes home 1 time.' }; // prettier-ignore
    const lines = [line({}), line({ rejected: 'd' }), line({}), line(known), line({ rejected: 'e', time: 1.5, weight: 0.25 })]; // prettier-ignore
    writeFileSync(path, lines.join('\n'));
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 3, alreadyThere: 2 });
    const rows = store.comparisons().filter(({ original }) => original === 'a');
    expect(new Set(rows.map(({ decisionId }) => decisionId)).size).toBe(3);
    expect(rows.map(({ loser, weight, time }) => [loser, weight, time])).toEqual([
      ['e', 0.25, 2],
      ['c', 1, 9000],
      ['d', 1, 9000],
    ]);
  });

  it('keeps apart what a file calls one decision but is about different choices', () => {
    const store = open();
    const path = join(folder, 'in.jsonl');
    const line = (chosen: string, rejected: string): string =>
      JSON.stringify({ prompt: 'a', chosen, rejected, decision: '1' });
    writeFileSync(path, [line('b', 'c'), line('d', 'c'), line('b', 'a')].join('\n'));
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 2, alreadyThere: 0 });
    const ids = new Map(store.comparisons().map(({ winner, decisionId }) => [winner, decisionId]));
    expect(ids.size).toBe(2);
    expect(new Set(ids.values()).size).toBe(2);
  });

  it('keeps ghost text what it is, out and back in', () => {
    const store = open();
    const { context, candidates, decision } = decisionNumber(1, 'ghostAccepted', { original: '' });
    const [candidate] = candidates;
    store.record(
      { ...context, task: 'continue', before: 'It rained. She went' },
      [{ ...candidate!, role: 'inline', text: ' home.' }],
      { ...decision, candidateId: candidate!.id, seen: [candidate!.id] },
    );
    const row = {
      original: 'She went',
      winner: 'She went home.',
      loser: 'She went',
      weight: 1,
      continues: true,
    };
    expect(store.comparisons()).toMatchObject([row]);
    const path = join(folder, 'ghost.jsonl');
    exportDecisions(store, { format: 'jsonl', path });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      prompt: 'She went',
      chosen: ' home.',
      rejected: '',
      continues: true,
    });
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 0, alreadyThere: 1 });
    store.deleteMatching({});
    expect(importDecisions(store, path, 9000)).toEqual({ imported: 1, alreadyThere: 0 });
    expect(store.comparisons()).toMatchObject([row]);
  });
});
