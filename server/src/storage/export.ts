/** @file Decisions as files that others read: JSONL in TRL's preference format, CSV, Parquet; importDecisions.ts takes JSONL back in. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { DecisionFilter, DecisionKind, ExportDecisionsParams } from '../../protocol/decisions.ts';
import { atomicWrite } from '../util/atomicWrite.ts';
import type { PreferenceStore } from './preferenceStore.ts';

/** TRL's preference format (`prompt`, `chosen`, `rejected`), with what is needed to bring it back. */
export interface ExportedComparison {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly weight: number;
  readonly kind: DecisionKind;
  readonly time: number;
  readonly document: string;
  /** Comparisons of one decision have the same. */
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
