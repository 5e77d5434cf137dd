/** @file Exported JSONL comes back in: the comparisons of one decision as one decision again, each with its weight. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CandidateId, ContextId, DecisionId } from '../../protocol/common.ts';
import type { ImportDecisionsResult } from '../../protocol/decisions.ts';
import { DraftError } from '../util/errors.ts';
import type { ExportedComparison } from './export.ts';
import type { NewCandidate, NewContext, PreferenceStore } from './preferenceStore.ts';

/** A line of the file; `time` and `decision` are null where it says none, as in files of other programs. */
interface Line extends Omit<ExportedComparison, 'kind' | 'time' | 'decision'> {
  readonly time: number | null;
  readonly decision: string | null;
}

/**
 * Brings an exported JSONL back. What was chosen at a decision, over one text or several, becomes a decision of kind `compared`; a line that
 * names no decision is one of its own. What was imported or recorded before is not taken twice.
 * @throws DraftError `badRequest` that names the first wrong line; nothing is imported then
 */
export function importDecisions(store: PreferenceStore, path: string, now: number): ImportDecisionsResult {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseLine(line, number));
  const known = new Set(store.comparisons().flatMap((row) => [identity(row, row.time), identity(row, null)]));
  let imported = 0;
  let alreadyThere = 0;
  for (const group of Map.groupBy(lines, decisionOf).values()) {
    const fresh = group.filter((line) => {
      const texts = textsOf(line);
      if (known.has(identity(texts, line.time))) return false;
      known.add(identity(texts, line.time));
      known.add(identity(texts, null));
      return true;
    });
    if (fresh.length === 0) alreadyThere += 1;
    else {
      record(store, fresh, now);
      imported += 1;
    }
  }
  return { imported, alreadyThere };
}

interface Texts {
  readonly original: string;
  readonly winner: string;
  readonly loser: string;
}

/** Ghost text goes on with its prompt. */
function textsOf({ prompt, chosen, rejected, continues }: Line): Texts {
  const lead = continues ? prompt : '';
  return { original: prompt, winner: lead + chosen, loser: lead + rejected };
}

/** The same texts at another time are another decision; where no time is known the texts alone have to tell. */
function identity({ original, winner, loser }: Texts, time: number | null): string {
  return JSON.stringify([original, winner, loser, time]);
}

/** Equal for the lines that make one decision. */
function decisionOf(line: Line): unknown {
  const { decision, prompt, chosen, continues, time, document } = line;
  return decision === null ? line : JSON.stringify([decision, prompt, chosen, continues, time, document]);
}

function parseLine(text: string, number: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its own error quotes the line, and would be logged.
    throw new DraftError('badRequest', `Line ${number} is not JSON.`);
  }
  const row = value as Partial<ExportedComparison> | null;
  if (typeof row?.prompt !== 'string' || typeof row.chosen !== 'string' || typeof row.rejected !== 'string') {
    throw new DraftError('badRequest', `Line ${number} has no "prompt", "chosen" and "rejected" texts.`);
  }
  const time = Math.round(typeof row.time === 'number' ? row.time : NaN);
  return {
    prompt: row.prompt,
    chosen: row.chosen,
    rejected: row.rejected,
    time: Number.isSafeInteger(time) ? time : null,
    document: typeof row.document === 'string' ? row.document : 'imported',
    decision: typeof row.decision === 'string' ? row.decision : null,
    continues: row.continues === true,
    weight: typeof row.weight === 'number' && row.weight >= 0 && row.weight <= 1 ? row.weight : 1,
  };
}

/** One decision. @param lines of it, at least one; where they don't say when, it is new */
function record(store: PreferenceStore, lines: readonly Line[], now: number): void {
  const { prompt, chosen: choice, continues, document, time: at } = lines[0]!; // at least one
  const time = at ?? now;
  const context: NewContext = {
    id: randomUUID() as ContextId,
    time,
    document,
    workspace: '',
    language: '',
    task: continues ? 'continue' : 'improve',
    instruction: '',
    original: continues ? '' : prompt,
    before: continues ? prompt : '',
    after: '',
  };
  const candidate = (text: string): NewCandidate => ({
    id: randomUUID() as CandidateId,
    contextId: context.id,
    role: continues ? 'inline' : 'leader',
    round: 0,
    text,
    model: 'imported',
    adapter: null,
    logProb: null,
    totalMs: 0,
  });
  const chosen = candidate(choice);
  const others = lines.map(({ rejected, weight }) => ({ candidate: candidate(rejected), weight }));
  const candidates = [chosen, ...others.map((other) => other.candidate)];
  store.record(context, candidates, {
    id: randomUUID() as DecisionId,
    contextId: context.id,
    candidateId: chosen.id,
    kind: 'compared',
    time,
    finalText: null,
    share: null,
    seen: candidates.map(({ id }) => id),
    weights: new Map(others.map((other) => [other.candidate.id, other.weight])),
  });
}
