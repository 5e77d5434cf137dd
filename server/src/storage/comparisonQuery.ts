/** @file Reads decisions out of the database as the comparisons that they imply. Called by sqlitePreferenceStore. */
import type { ContextId, DecisionId } from '../../protocol/common.ts';
import type { DecisionKind } from '../../protocol/decisions.ts';
import type { Row } from './database.ts';
import { evidence, unfinishedSentence } from './evidence.ts';
import type { Comparison } from './preferenceStore.ts';

type Query = (sql: string, ...values: number[]) => Row[];

/** SQL: that a decision `d` to take a text was undone later. What was only tried says nothing for the text. */
export const wasUndone = `d.kind IN ('accepted', 'acceptedInPart') AND EXISTS (SELECT 1 FROM decisions u
  WHERE u.context_id = d.context_id AND u.candidate_id = d.candidate_id AND u.kind = 'undone' AND u.rowid > d.rowid)`;

/** Of the decisions after `since`, ms since the epoch; the oldest first. */
export function readComparisons(all: Query, since: number): Comparison[] {
  const seen = readSeen(all, since);
  return all(
    `SELECT d.id, d.kind, d.time, d.final_text, d.share, c.id AS context_id, c.document, c.task, c.original, c.before, k.text
     FROM decisions d JOIN contexts c ON c.id = d.context_id LEFT JOIN candidates k ON k.id = d.candidate_id
     WHERE d.time > ? AND NOT (${wasUndone}) ORDER BY d.time, d.rowid`,
    since,
  ).flatMap((row) => {
    const continues = row.task === 'continue';
    const lead = continues ? unfinishedSentence(String(row.before)) : '';
    const whole = (value: unknown) => (typeof value === 'string' ? lead + value : null);
    const shared = {
      decisionId: row.id as DecisionId,
      contextId: row.context_id as ContextId,
      kind: row.kind as DecisionKind,
      time: Number(row.time),
      document: String(row.document),
      original: continues ? lead : String(row.original),
      continues,
    };
    const others = seen.get(shared.decisionId) ?? [];
    const input = {
      kind: shared.kind,
      original: shared.original,
      candidate: whole(row.text),
      finalText: whole(row.final_text),
      share: typeof row.share === 'number' ? row.share : null,
      seen: others.map(({ text }) => lead + text),
      weights: new Map(
        others.flatMap(({ text, weight }) => (weight === null ? [] : [[lead + text, weight]])),
      ),
    };
    return evidence(input).map((comparison) => ({ ...shared, ...comparison }));
  });
}

/** What was looked at at each decision, in its order, with the weight that it was imported with. */
function readSeen(
  all: Query,
  since: number,
): Map<string, { readonly text: string; readonly weight: number | null }[]> {
  const rows = all(
    `SELECT s.decision_id, k.text, w.weight FROM seen_candidates s JOIN candidates k ON k.id = s.candidate_id
     JOIN decisions d ON d.id = s.decision_id
     LEFT JOIN comparison_weights w ON w.decision_id = s.decision_id AND w.candidate_id = s.candidate_id
     WHERE d.time > ? ORDER BY s.decision_id, s.position`,
    since,
  );
  const seen = rows.map(({ decision_id: decision, text, weight }) => ({
    decision: String(decision),
    text: String(text),
    weight: typeof weight === 'number' ? weight : null,
  }));
  return Map.groupBy(seen, ({ decision }) => decision);
}
