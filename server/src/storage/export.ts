/** @file Decisions as files that others read: JSONL in TRL's preference format, CSV, Parquet; JSONL comes back in. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type {
  ContextId,
  DecisionFilter,
  DecisionId,
  DecisionKind,
  ExportDecisionsParams,
} from '../../protocol/messages.ts';
import { atomicWrite } from '../util/atomicWrite.ts';
import { DraftError } from '../util/errors.ts';
import type { NewCandidate, NewContext, NewDecision, PreferenceStore } from './preferenceStore.ts';
import type { CandidateId } from '../../protocol/messages.ts';

/** TRL's preference format (`prompt`, `chosen`, `rejected`), with what is needed to bring it back. */
export interface ExportedComparison {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly weight: number;
  readonly kind: DecisionKind;
  readonly time: number;
  readonly document: string;
  readonly decision: string;
  /** Ghost text: the prompt is an unfinished sentence, `chosen` and `rejected` are what goes on with it, perhaps nothing. */
  readonly continues: boolean;
}

/** @returns how many comparisons were written; the file appears whole or not at all */
export function exportDecisions(
  store: PreferenceStore,
  { format, path, filter }: ExportDecisionsParams,
): number {
  const rows = comparisons(store, filter);
  switch (format) {
    case 'jsonl':
      atomicWrite(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      break;
    case 'csv':
      atomicWrite(
        path,
        [columns.join(','), ...rows.map((row) => columns.map((name) => csvField(row[name])).join(','))].join(
          '\r\n',
        ) + '\r\n',
      );
      break;
    case 'parquet':
      atomicWrite(
        path,
        new Uint8Array(
          parquetWriteBuffer({
            columnData: columns.map((name) => ({
              name,
              data: rows.map((row) => row[name]),
              type: columnTypes[name] ?? ('STRING' as const),
            })),
          }),
        ),
      );
      break;
  }
  return rows.length;
}

const columns = [
  'prompt',
  'chosen',
  'rejected',
  'weight',
  'kind',
  'time',
  'document',
  'decision',
  'continues',
] as const;
const columnTypes: Partial<Record<(typeof columns)[number], 'DOUBLE' | 'BOOLEAN'>> = {
  weight: 'DOUBLE',
  time: 'DOUBLE',
  continues: 'BOOLEAN',
};

function comparisons(store: PreferenceStore, filter: DecisionFilter | undefined): ExportedComparison[] {
  const wanted = filter && new Set(store.decisions(filter, 0, -1).rows.map(({ id }) => id));
  return store
    .comparisons()
    .filter(({ decisionId }) => !wanted || wanted.has(decisionId))
    .map(({ original, winner, loser, weight, kind, time, document, decisionId, continues }) => ({
      prompt: original,
      chosen: continues ? winner.slice(original.length) : winner,
      rejected: continues ? loser.slice(original.length) : loser,
      weight,
      kind,
      time,
      document,
      decision: decisionId,
      continues,
    }));
}

function csvField(value: string | number | boolean): string {
  const field = String(value);
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/**
 * Brings an exported JSONL back. Every comparison becomes a decision "chosen over rejected" of kind `compared` with its weight; what was
 * imported or recorded before is not taken twice.
 * @throws DraftError `badRequest` that names the first wrong line; nothing is imported then
 */
export function importDecisions(
  store: PreferenceStore,
  path: string,
): { imported: number; alreadyThere: number } {
  const known = new Set(store.comparisons().map(identity));
  const rows = readFileSync(path, 'utf8')
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseLine(line, number));
  let imported = 0;
  let alreadyThere = 0;
  for (const row of rows) {
    const lead = row.continues ? row.prompt : '';
    const name = identity({ original: row.prompt, winner: lead + row.chosen, loser: lead + row.rejected });
    if (known.has(name)) {
      alreadyThere += 1;
      continue;
    }
    known.add(name);
    record(store, row);
    imported += 1;
  }
  return { imported, alreadyThere };
}

function identity(row: { original: string; winner: string; loser: string }): string {
  return JSON.stringify([row.original, row.winner, row.loser]);
}

function parseLine(line: string, number: number): Omit<ExportedComparison, 'kind' | 'decision'> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new DraftError('badRequest', `Line ${number} is not JSON.`, { cause: error });
  }
  const row = value as Partial<ExportedComparison> | null;
  if (typeof row?.prompt !== 'string' || typeof row.chosen !== 'string' || typeof row.rejected !== 'string') {
    throw new DraftError('badRequest', `Line ${number} has no "prompt", "chosen" and "rejected" texts.`);
  }
  return {
    prompt: row.prompt,
    chosen: row.chosen,
    rejected: row.rejected,
    time: typeof row.time === 'number' && Number.isFinite(row.time) ? row.time : 0,
    document: typeof row.document === 'string' ? row.document : 'imported',
    continues: row.continues === true,
    weight: typeof row.weight === 'number' && row.weight >= 0 && row.weight <= 1 ? row.weight : 1,
  };
}

function record(store: PreferenceStore, row: ReturnType<typeof parseLine>): void {
  const context: NewContext = {
    id: randomUUID() as ContextId,
    time: row.time,
    document: row.document,
    workspace: '',
    language: '',
    task: row.continues ? 'continue' : 'improve',
    instruction: '',
    original: row.continues ? '' : row.prompt,
    before: row.continues ? row.prompt : '',
    after: '',
  };
  const candidate = (text: string): NewCandidate => ({
    id: randomUUID() as CandidateId,
    contextId: context.id,
    role: row.continues ? 'inline' : 'leader',
    round: 0,
    text,
    model: 'imported',
    adapter: null,
    logProb: null,
    totalMs: 0,
  });
  const [chosen, rejected] = [candidate(row.chosen), candidate(row.rejected)];
  const decision: NewDecision = {
    id: randomUUID() as DecisionId,
    contextId: context.id,
    candidateId: chosen.id,
    kind: 'compared',
    time: row.time,
    finalText: null,
    share: row.weight,
    seen: [chosen.id, rejected.id],
  };
  store.record(context, [chosen, rejected], decision);
}
