/** @file One refine from target to candidates: the leader's draft of every piece, then the follower's rounds, each seeing only the latest text. */
import { bySentence, type Target } from '../document/target.ts';
import { reassemble } from '../document/reassemble.ts';
import type { Piece } from '../document/pieces.ts';
import { countWords } from '../document/words.ts';
import { wordEdits } from '../document/edits.ts';
import {
  cutToPart,
  fitIntoSentence,
  isPart,
  streamedPart,
  surrounded,
  withoutFullStop,
} from '../document/surroundings.ts';
import { Follower } from '../generation/follower.ts';
import { addTimings, type DraftOutcome } from '../generation/draftWriter.ts';
import { Leader } from '../generation/leader.ts';
import { corrects } from '../generation/prompts.ts';
import type { TextModel } from '../generation/textModel.ts';
import type { CandidateId, Role, Task } from '../../protocol/common.ts';
import type { Candidate } from '../../protocol/refine.ts';

export interface RefineJob {
  readonly target: Target;
  readonly task: Task;
  readonly instruction: string;
  readonly rounds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly newId: () => CandidateId;
  readonly onWriting: (role: Role, round: number, text: string, piece: number) => void;
  /** As soon as it is complete, with the texts of its pieces, from which a further round starts. */
  readonly onCandidate: (candidate: Candidate, pieces: readonly string[]) => void;
  /** Tells the status who writes. */
  readonly onRole: (role: Role) => void;
}

export interface Refined {
  readonly candidates: readonly Candidate[];
  readonly outcome: 'improved' | 'nothingToImprove' | 'noImprovementFound';
}

/** @param draft the piece as it reads now, `source` as it was; both with the rest of their sentence */
type Write = (
  source: string,
  draft: string,
  index: number,
  onText: (text: string) => void,
) => Promise<DraftOutcome>;

/** The target as this model is asked about it: a small one sentence by sentence. */
export function cutFor(model: TextModel, target: Target): Target {
  return model.sizeClass === 'tiny' ? bySentence(target) : target;
}

/** Leader, then follower rounds. */
export async function refine(model: TextModel, job: RefineJob): Promise<Refined> {
  const leader = new Leader(model);
  const first = await pass(
    job,
    'leader',
    0,
    job.target.pieces.map(({ text }) => text),
    (source, _, index, onText) =>
      leader.write(ask(job, source), { seed: job.seed + index, signal: job.signal, onText }),
  );
  const candidates = first.candidate ? [first.candidate] : [];
  let pieces = first.pieces;
  let failed = first.failed;
  for (let round = 1; round <= job.rounds && candidates.length > 0; round++) {
    const next = await follow(model, job, pieces, round);
    pieces = next.pieces;
    failed ||= next.failed;
    if (!next.candidate) break;
    candidates.push(next.candidate);
  }
  const outcome = candidates.length > 0 ? 'improved' : failed ? 'noImprovementFound' : 'nothingToImprove';
  return { candidates, outcome };
}

/** One follower round over the text that is shown. */
export async function refineAgain(
  model: TextModel,
  job: RefineJob,
  shown: readonly string[],
  round: number,
): Promise<Refined> {
  const next = await follow(model, job, shown, round);
  const outcome = next.candidate ? 'improved' : next.failed ? 'noImprovementFound' : 'nothingToImprove';
  return { candidates: next.candidate ? [next.candidate] : [], outcome };
}

function follow(model: TextModel, job: RefineJob, drafts: readonly string[], round: number): Promise<Pass> {
  const follower = new Follower(model);
  return pass(job, 'follower', round, drafts, (source, draft, index, onText) =>
    follower.improve(ask(job, source), draft, {
      seed: job.seed + 101 * round + index,
      signal: job.signal,
      onText,
    }),
  );
}

function ask(job: RefineJob, text: string): { task: Task; instruction: string; text: string } {
  return { task: job.task, instruction: job.instruction, text };
}

interface Pass {
  readonly candidate: Candidate | undefined;
  readonly pieces: readonly string[];
  readonly failed: boolean;
}

/** Writes every piece once; pieces that hold no sentence, or for which nothing was found, stay as they were. */
async function pass(
  job: RefineJob,
  role: Role,
  round: number,
  before: readonly string[],
  write: Write,
): Promise<Pass> {
  const { target } = job;
  const after = [...before];
  const timing = { firstWordMs: 0, totalMs: 0, tokens: 0 };
  let failed = false;
  job.onRole(role);
  for (const [index, piece] of target.pieces.entries()) {
    if (countWords(surrounded(piece.text, piece.around)) < 2) continue;
    // Only what is written: the old text behind an unfinished sentence would read as its end.
    const shown = (draft: string): string => [...after.slice(0, index), draft].join('');
    const outcome = await writePiece(job, write, piece, before[index] ?? piece.text, index, (draft) =>
      job.onWriting(role, round, shown(draft), index),
    );
    if (index === 0) timing.firstWordMs = outcome.timing.firstWordMs;
    timing.totalMs += outcome.timing.totalMs;
    timing.tokens += outcome.timing.tokens;
    if (outcome.kind === 'failed') failed = true;
    if (outcome.kind === 'draft') after[index] = outcome.text;
  }
  const { text, pieces, refused } = reassemble(target, after, before);
  failed ||= refused.some((index) => pieces[index] === before[index]);
  const previous = reassemble(target, before).text;
  if (text === previous || text === target.original) return { candidate: undefined, pieces, failed };
  const candidate: Candidate = {
    id: job.newId(),
    role,
    round,
    text,
    wordsChanged: wordsChanged(target.original, text),
    timing,
  };
  job.onCandidate(candidate, pieces);
  return { candidate, pieces, failed };
}

/**
 * A part of a sentence is rewritten within it. A wish that turns the whole sentence round, and so leaves the part as it was, is asked of the
 * part by itself; a correction is not, since by itself a part is no sentence and is "corrected" to one.
 */
async function writePiece(
  job: RefineJob,
  write: Write,
  { text, around, openEnd }: Piece,
  draft: string,
  index: number,
  onText: (text: string) => void,
): Promise<DraftOutcome> {
  const whole = await write(surrounded(text, around), surrounded(draft, around), index, (written) =>
    onText(streamedPart(written, around)),
  );
  if (whole.kind !== 'draft') return whole;
  const cut = cutToPart(draft, around, whole.text);
  if (!isPart(around) || cut !== draft || corrects(job) || countWords(text) < 2)
    return { ...whole, text: openEnd ? withoutFullStop(cut) : cut };
  const alone = await write(text, draft, index, onText);
  const timing = addTimings(whole.timing, alone.timing);
  return alone.kind === 'draft'
    ? { ...alone, text: fitIntoSentence(alone.text, draft, around), timing }
    : { ...alone, timing };
}

/** Words of the original that go, or words that come, whichever are more. */
function wordsChanged(original: string, text: string): number {
  let removed = 0;
  let added = 0;
  for (const edit of wordEdits(original, text)) {
    removed += countWords(original.slice(edit.start, edit.end));
    added += countWords(edit.text);
  }
  return Math.max(1, removed, added);
}
