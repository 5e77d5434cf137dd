/** @file The store of decisions on node:sqlite: WAL, foreign keys, numbered migrations; what `record` returns from is on disk. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AdapterId, ContextId, DecisionId } from '../../protocol/common.ts';
import type { DecisionFilter, DecisionKind, DecisionRow } from '../../protocol/decisions.ts';
import type { Log } from '../util/log.ts';
import { readComparisons, wasUndone } from './comparisonQuery.ts';
import {
  fileAt,
  isDamaged,
  openDatabase,
  removeCopies,
  setAside,
  translated,
  type Row,
  type StoreLimits,
} from './database.ts';
import { migrations } from './migrations.ts';
import type {
  Comparison,
  DecisionStatistics,
  NewCandidate,
  NewContext,
  NewDecision,
  PreferenceStore,
} from './preferenceStore.ts';

const fileName = 'second-draft.db';

export interface OpenedStore {
  readonly store: SqlitePreferenceStore;
  /** Where a damaged database was put aside, or null. */
  readonly setAside: string | null;
}

export class SqlitePreferenceStore implements PreferenceStore {
  readonly #path: string;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #limits: StoreLimits;
  #db: DatabaseSync;
  /** The file that is open ({@link fileAt}). */
  #file = '';
  #setAside: string | null = null;

  private constructor(path: string, now: () => number, log: Log, limits: StoreLimits) {
    this.#path = path;
    this.#now = now;
    this.#log = log;
    this.#limits = limits;
    this.#db = this.#open();
  }

  /**
   * Opens the database of a folder. A damaged one is kept under a dated name and a new one begun.
   * @throws DraftError `storageUnavailable` (read-only, locked, newer version) or `storageFull`
   */
  static open(folder: string, now: () => number, log: Log, limits: StoreLimits = {}): OpenedStore {
    return translated(() => {
      mkdirSync(folder, { recursive: true });
      const store = new SqlitePreferenceStore(join(folder, fileName), now, log, limits);
      return { store, setAside: store.#setAside };
    });
  }

  record(context: NewContext, candidates: readonly NewCandidate[], decision: NewDecision): void {
    this.#write(() => {
      // Told again: nothing of what it comes with is kept besides.
      if (this.#all(`SELECT 1 FROM decisions WHERE id = ?`, decision.id).length > 0) return;
      this.#run(
        `INSERT INTO contexts VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`,
        context.id,
        context.time,
        context.document,
        context.workspace,
        context.language,
        context.task,
        context.instruction,
        context.original,
        context.before,
        context.after,
      );
      for (const one of candidates) {
        this.#run(
          `INSERT INTO candidates VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`,
          one.id,
          one.contextId,
          one.role,
          one.round,
          one.text,
          one.model,
          one.adapter,
          one.logProb,
          one.totalMs,
        );
      }
      this.#run(
        `INSERT INTO decisions VALUES (?,?,?,?,?,?,?)`,
        decision.id,
        decision.contextId,
        decision.candidateId,
        decision.kind,
        decision.time,
        decision.finalText,
        decision.share,
      );
      decision.seen.forEach((candidate, position) => {
        this.#run(
          `INSERT INTO seen_candidates VALUES (?,?,?) ON CONFLICT DO NOTHING`,
          decision.id,
          candidate,
          position,
        );
      });
      for (const [candidate, weight] of decision.weights ?? [])
        this.#run(`INSERT INTO comparison_weights VALUES (?,?,?)`, decision.id, candidate, weight);
    });
  }

  decisions(filter: DecisionFilter, offset: number, limit: number): { rows: DecisionRow[]; total: number } {
    const { where, values } = condition(filter, (wanted) => this.#documentsLike(wanted));
    const from = `FROM decisions d JOIN contexts c ON c.id = d.context_id LEFT JOIN candidates k ON k.id = d.candidate_id ${where}`;
    const total = Number(this.#all(`SELECT count(*) AS n ${from}`, ...values)[0]?.n ?? 0);
    const rows = this.#all(
      `SELECT d.id, d.time, d.kind, d.final_text, c.document, c.original, k.text, k.role, k.round,
         (SELECT group_concat(adapter) FROM adapter_decisions a WHERE a.decision_id = d.id) AS adapters
       ${from} ORDER BY d.time DESC, d.rowid DESC LIMIT ? OFFSET ?`,
      ...values,
      limit,
      offset,
    );
    return { rows: rows.map(decisionRow), total };
  }

  revision(): string {
    // What other connections changed, and what this one did; a database that was begun anew counts anew.
    const [others] = this.#all('PRAGMA data_version');
    const [own] = this.#all('SELECT total_changes() AS n');
    return JSON.stringify([this.#setAside, this.#file, others?.data_version, own?.n]);
  }

  comparisons(since = -1): Comparison[] {
    return readComparisons((sql, ...values) => this.#all(sql, ...values), since);
  }

  contexts(limit: number): NewContext[] {
    return this.#all(`SELECT * FROM contexts WHERE original <> '' ORDER BY time DESC LIMIT ?`, limit).map(
      contextRow,
    );
  }

  context(id: ContextId): NewContext | undefined {
    return this.#all(`SELECT * FROM contexts WHERE id = ?`, id).map(contextRow)[0];
  }

  contextsOf(ids: readonly DecisionId[]): ContextId[] {
    return this.#all(
      'SELECT DISTINCT context_id FROM decisions WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    ).map((row) => row.context_id as ContextId);
  }

  deleteDecisions(ids: readonly DecisionId[]): { deleted: number; adapters: AdapterId[] } {
    return translated(() => {
      const result = this.#transaction(() => {
        const adapters = new Set<AdapterId>();
        let deleted = 0;
        for (const id of ids) {
          for (const row of this.#all(`SELECT adapter FROM adapter_decisions WHERE decision_id = ?`, id))
            adapters.add(Number(row.adapter));
          deleted += Number(this.#run(`DELETE FROM decisions WHERE id = ?`, id));
        }
        // Texts that no decision refers to any more go too: deleting a decision removes what it was about.
        this.#run(`DELETE FROM contexts WHERE id NOT IN (SELECT context_id FROM decisions)`);
        return { deleted, adapters: [...adapters].sort((a, b) => a - b) };
      });
      this.#emptyJournal();
      if (result.deleted > 0) this.#removeCopies('migrated');
      return result;
    });
  }

  deleteMatching(filter: DecisionFilter): { deleted: number; adapters: AdapterId[] } {
    return this.deleteDecisions(this.decisions(filter, 0, -1).rows.map(({ id }) => id));
  }

  deleteAll(): { deleted: number; adapters: AdapterId[] } {
    const result = this.deleteMatching({});
    this.#removeCopies('all');
    return result;
  }

  /** One that another program holds open stays; what was deleted from the database is gone from there all the same. */
  #removeCopies(which: 'all' | 'migrated'): void {
    try {
      removeCopies(this.#path, which);
    } catch (error) {
      this.#log.warn(`A copy of the decisions could not be removed: ${String(error)}`);
    }
  }

  /** The journal still holds what was deleted; while another window reads it stays until that has ended. */
  #emptyJournal(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  markSeen(adapter: AdapterId, decisions: readonly DecisionId[]): void {
    this.#write(() => {
      for (const id of decisions)
        this.#run(`INSERT INTO adapter_decisions VALUES (?,?) ON CONFLICT DO NOTHING`, adapter, id);
    });
  }

  decisionsSince(time: number): number {
    return Number(this.#all(`SELECT count(*) AS n FROM decisions WHERE time > ?`, time)[0]?.n ?? 0);
  }

  statistics(): DecisionStatistics {
    const perDay = this.#all(
      `SELECT strftime('%Y-%m-%d', time / 1000, 'unixepoch', 'localtime') AS day, kind, count(*) AS n
       FROM decisions GROUP BY day, kind ORDER BY day, kind`,
    ).map((row) => ({ day: String(row.day), kind: row.kind as DecisionKind, count: Number(row.n) }));
    const perAdapter = this.#all(
      `SELECT k.adapter, count(*) AS decided, sum(d.kind IN ('accepted', 'acceptedInPart') AND NOT (${wasUndone})) AS accepted
       FROM decisions d JOIN candidates k ON k.id = d.candidate_id
       WHERE k.role <> 'inline' AND d.kind IN ('accepted', 'acceptedInPart', 'rejected')
       GROUP BY k.adapter ORDER BY k.adapter`,
    ).map((row) => ({
      adapter: row.adapter === null ? null : Number(row.adapter),
      accepted: Number(row.accepted),
      decided: Number(row.decided),
    }));
    const [taken] = this.#all(
      `SELECT sum(k.role = 'follower') AS follower, sum(k.role = 'leader') AS leader
       FROM decisions d JOIN candidates k ON k.id = d.candidate_id
       WHERE d.kind IN ('accepted', 'acceptedInPart') AND NOT (${wasUndone}) AND 2 = (
         SELECT count(DISTINCT o.role) FROM seen_candidates s JOIN candidates o ON o.id = s.candidate_id
         WHERE s.decision_id = d.id AND o.role IN ('leader', 'follower'))`,
    );
    const workspaces = this.#all(`SELECT DISTINCT workspace FROM contexts ORDER BY workspace`);
    return {
      perDay,
      perAdapter,
      workspaces: workspaces.map(({ workspace }) => String(workspace)),
      followerVersusLeader: { follower: Number(taken?.follower ?? 0), leader: Number(taken?.leader ?? 0) },
    };
  }

  close(): void {
    this.#db.close();
  }

  /** One transaction. Where the database turns out to be damaged it is put aside, and `work` done in a new one. */
  #write<T>(work: () => T): T {
    return translated(() => {
      try {
        return this.#transaction(work);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        this.#db.close();
        this.#db = this.#beginAnew();
        return this.#transaction(work);
      }
    });
  }

  #open(): DatabaseSync {
    try {
      return this.#openFile();
    } catch (error) {
      if (!isDamaged(error)) throw error;
      return this.#beginAnew();
    }
  }

  #openFile(): DatabaseSync {
    // Looked at before it is opened: what takes its place meanwhile is not taken for the one that is damaged.
    this.#file = fileAt(this.#path);
    const db = openDatabase(this.#path, migrations, this.#limits);
    this.#file ||= fileAt(this.#path);
    return db;
  }

  /** Where another window has begun a new database already, that one is opened. */
  #beginAnew(): DatabaseSync {
    if (this.#file !== '' && this.#file !== fileAt(this.#path)) {
      this.#log.warn('The database of decisions was damaged; another window has begun a new one.');
      return this.#open();
    }
    this.#setAside = setAside(this.#path, this.#now());
    this.#log.error(
      `The database of decisions was damaged and is kept as ${this.#setAside}; a new one was begun.`,
    );
    return this.#openFile();
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** An address itself; of what is none those that hold these letters where their escapes are resolved, in any case. */
  #documentsLike(wanted: string): string[] {
    const all = this.#all('SELECT DISTINCT document FROM contexts').map((row) => String(row.document));
    if (all.includes(wanted) || wanted === '' || /^[a-z][\w+.-]*:/i.test(wanted)) return [wanted];
    const lettersOf = (address: string): string => readableAddress(address).toLowerCase();
    return all.filter((document) => lettersOf(document).includes(lettersOf(wanted)));
  }

  #run(sql: string, ...values: SQLInputValue[]): number | bigint {
    return this.#db.prepare(sql).run(...values).changes;
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }
}

/** @param documentsLike addresses of documents for what was typed to name one */
function condition(
  { search, kinds, document, workspace, from, to }: DecisionFilter,
  documentsLike: (wanted: string) => readonly string[],
): { where: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (part: string, ...more: SQLInputValue[]): void => {
    parts.push(part);
    values.push(...more);
  };
  if (search !== undefined && search !== '') {
    const pattern = `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const columns = ['c.original', 'k.text', 'd.final_text'];
    const documents = documentsLike(search);
    add(
      `(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')} OR ${oneOf('c.document', documents)})`,
      ...columns.map(() => pattern),
      ...documents,
    );
  }
  if (kinds) add(oneOf('d.kind', kinds), ...kinds);
  if (document !== undefined) {
    const documents = documentsLike(document);
    add(oneOf('c.document', documents), ...documents);
  }
  if (workspace !== undefined) add('c.workspace = ?', workspace);
  if (from !== undefined) add('d.time >= ?', from);
  if (to !== undefined) add('d.time < ?', to);
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values };
}

function oneOf(column: string, values: readonly unknown[]): string {
  return `${column} IN (${values.map(() => '?').join(',')})`;
}

/** Without escapes; as it is where these are wrong. */
function readableAddress(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

function text(value: string | number | null | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function decisionRow(row: Row): DecisionRow {
  return {
    id: row.id as DecisionId,
    time: Number(row.time),
    kind: row.kind as DecisionKind,
    document: String(row.document),
    original: String(row.original),
    candidate: text(row.text),
    role: row.role as DecisionRow['role'],
    round: typeof row.round === 'number' ? row.round : null,
    finalText: text(row.final_text),
    seenByAdapters: typeof row.adapters === 'string' ? row.adapters.split(',').map(Number) : [],
  };
}

function contextRow(row: Row): NewContext {
  return {
    id: row.id as ContextId,
    time: Number(row.time),
    document: String(row.document),
    workspace: String(row.workspace),
    language: String(row.language),
    task: String(row.task),
    instruction: String(row.instruction),
    original: String(row.original),
    before: String(row.before),
    after: String(row.after),
  };
}
