/** @file Opening the database file: checks, numbered migrations with a copy before, damage, and SQLite's errors in words for people. */
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DraftError } from '../util/errors.ts';

export interface StoreLimits {
  /** How long a write waits for another window's. */
  readonly busyTimeoutMs?: number;
  /** The file grows to at most this many database pages (of 4 KiB); unlimited by default. */
  readonly maxPages?: number;
}

/** What a query gives back. */
export type Row = Record<string, string | number | null>;

const defaultBusyTimeoutMs = 5000;

/**
 * Opens, checks and migrates; a copy is made before a database that holds something is migrated.
 * @throws an error of SQLite, one that {@link isDamaged} knows, or DraftError for a database of a newer version
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  { busyTimeoutMs = defaultBusyTimeoutMs, maxPages }: StoreLimits = {},
): DatabaseSync {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: busyTimeoutMs });
  try {
    // A check of the pages before anything is written; WAL and FULL: a commit that returned survives the power.
    const [check] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (check && check.quick_check !== 'ok') throw new DamagedDatabase(check.quick_check);
    // What is deleted is overwritten.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;');
    migrate(db, path, migrations);
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  const version = userVersion(db);
  if (version > migrations.length) {
    throw new DraftError(
      'storageUnavailable',
      'Your decisions were kept by a newer Second Draft; update it to go on learning.',
    );
  }
  if (version === migrations.length) return;
  if (version > 0) {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(path, `${path}.before-${migrations.length}`);
  }
  for (let number = version; number < migrations.length; number++) {
    db.exec('BEGIN EXCLUSIVE');
    try {
      // Another window may have migrated while we waited for the lock.
      if (userVersion(db) === number) {
        db.exec(migrations[number] ?? '');
        db.exec(`PRAGMA user_version = ${number + 1}`);
      }
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

function userVersion(db: DatabaseSync): number {
  const [row] = db.prepare('PRAGMA user_version').all() as { user_version: number }[];
  return row?.user_version ?? 0;
}

class DamagedDatabase extends Error {}

/** SQLite's primary result codes. */
const sqlite = {
  readonly: 8,
  busy: 5,
  locked: 6,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
  ioError: 10,
  constraint: 19,
};

function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

export function isDamaged(error: unknown): boolean {
  const code = resultCode(error);
  return error instanceof DamagedDatabase || code === sqlite.corrupt || code === sqlite.notADatabase;
}

/** What tells the file at a path from another that takes its place; empty where there is none or the file system doesn't say. */
export function fileAt(path: string): string {
  const number = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
  return number === 0n ? '' : String(number);
}

/** Renames a damaged database with its journals. @returns the new path */
export function setAside(path: string, time: number): string {
  const stamp = new Date(time).toISOString().replaceAll(':', '-').slice(0, 19);
  let aside = join(dirname(path), `second-draft.damaged-${stamp}.db`);
  for (let n = 2; existsSync(aside); n++)
    aside = join(dirname(path), `second-draft.damaged-${stamp}-${n}.db`);
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm'])
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Removes what was kept aside of a database: what was there before a migration, and what was damaged. */
export function removeCopies(path: string, which: 'all' | 'migrated'): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    const isDamaged = which === 'all' && name.startsWith('second-draft.damaged-');
    if (isDamaged || name.startsWith(`${basename(path)}.before-`))
      rmSync(join(folder, name), { force: true, maxRetries: 2 });
  }
}

/** Runs `work`; what SQLite and the file system say becomes an error for people. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DraftError) throw error;
    const code = resultCode(error);
    const name = (error as NodeJS.ErrnoException).code;
    if (code === sqlite.full || name === 'ENOSPC') {
      throw new DraftError('storageFull', 'The disk is full: your decision could not be kept.', {
        cause: error,
      });
    }
    if (code === sqlite.constraint) {
      throw new DraftError('badRequest', 'The decision speaks of something that is not known.', {
        cause: error,
      });
    }
    const why =
      code === sqlite.readonly || name === 'EACCES' || name === 'EROFS' || code === sqlite.cantOpen
        ? 'the folder can’t be written to'
        : code === sqlite.busy || code === sqlite.locked
          ? 'another program holds the database'
          : error instanceof Error
            ? error.message
            : String(error);
    throw new DraftError('storageUnavailable', `Decisions can’t be kept now: ${why}.`, { cause: error });
  }
}
