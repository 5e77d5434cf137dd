/** @file Reads R3 rows and joins them to decisions: a model's suggestion is stored as several diff hunks. */
import { readFileSync } from 'node:fs';

interface Row {
  readonly document: string;
  readonly annotator: string;
  readonly source: 'human' | 'model';
  readonly intent: string;
  readonly before: string;
  readonly after: string;
  readonly sentenceBefore: string;
  readonly sentenceAfter: string;
  readonly accepted: boolean;
}

export interface Decision {
  readonly document: string;
  readonly writer: string;
  readonly source: 'human' | 'model';
  readonly intent: string;
  readonly original: string;
  readonly revised: string;
  readonly accepted: boolean;
}

interface Hunk {
  readonly position: number;
  readonly before: string;
  readonly after: string;
}

/** Where the row's hunk lies in its sentence: the first fitting place from `from` on, else the first one. */
function positionOf(row: Row, from: number): number {
  const { sentenceBefore: x, sentenceAfter: y, before, after } = row;
  let first = -1;
  for (let p = 0; p + before.length <= x.length; p++) {
    if (!x.startsWith(before, p) || x.slice(0, p) + after + x.slice(p + before.length) !== y) continue;
    if (p >= from) return p;
    if (first < 0) first = p;
  }
  if (first >= 0) return first;
  let p = 0;
  while (p < Math.min(x.length, y.length) && x[p] === y[p]) p++;
  return p;
}

function sameSuggestion(a: Row, b: Row): boolean {
  return (
    b.source === 'model' &&
    a.accepted === b.accepted &&
    a.document === b.document &&
    a.annotator === b.annotator &&
    a.source === b.source &&
    a.intent === b.intent &&
    a.sentenceBefore === b.sentenceBefore
  );
}

function joined(row: Row, hunks: readonly Hunk[]): Decision {
  let revised = '';
  let end = 0;
  for (const { position, before, after } of hunks) {
    revised += row.sentenceBefore.slice(end, position) + after;
    end = position + before.length;
  }
  return {
    document: row.document,
    writer: row.annotator,
    source: row.source,
    intent: row.intent,
    original: row.sentenceBefore,
    revised: hunks.length === 1 ? row.sentenceAfter : revised + row.sentenceBefore.slice(end),
    accepted: row.accepted,
  };
}

/** Neighbouring hunks of one suggestion (same verdict, later in the sentence, at most two spaces between) are one decision. */
export function readDecisions(path: string): Decision[] {
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const decisions: Decision[] = [];
  let current: { row: Row; hunks: Hunk[] } | undefined;
  for (const row of rows) {
    const last = current?.hunks.at(-1);
    if (current && last && sameSuggestion(current.row, row)) {
      const end = last.position + last.before.length;
      const position = positionOf(row, end);
      if (position >= end && row.sentenceBefore.slice(end, position).split(' ').length - 1 <= 2) {
        current.hunks.push({ position, before: row.before, after: row.after });
        continue;
      }
    }
    if (current) decisions.push(joined(current.row, current.hunks));
    current = { row, hunks: [{ position: positionOf(row, 0), before: row.before, after: row.after }] };
  }
  if (current) decisions.push(joined(current.row, current.hunks));
  return decisions;
}
