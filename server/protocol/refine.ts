/** @file Messages about writing: refine, its progress and its result. Types only. */
import type { AdapterId, CandidateId, ContextId, Range, Role, Task } from './common.ts';

export interface RefineParams {
  readonly textDocument: { readonly uri: string; readonly version: number };
  /** The selection; where it is empty the paragraph at its start is taken. */
  readonly range: Range;
  readonly task: Task;
  /** Only with task `custom`, or the standing instruction of the settings. */
  readonly instruction?: string;
  /** Follower rounds, 0–4; default from the settings. */
  readonly rounds?: number;
  /** Streamed partial results are sent as `$/progress` with this token, see {@link RefineProgress}. */
  readonly partialResultToken?: string | number;
}

/** Streamed over `$/progress`. `text` is the whole text of the candidate so far, never a delta. */
export type RefineProgress =
  | {
      readonly kind: 'target';
      readonly contextId: ContextId;
      readonly range: Range;
      readonly original: string;
    }
  | {
      readonly kind: 'writing';
      readonly role: Role;
      readonly round: number;
      readonly text: string;
      readonly piece: number;
      readonly pieces: number;
    }
  | { readonly kind: 'candidate'; readonly candidate: Candidate; readonly writtenBy: Author };

/** The model and adapter that wrote. */
export interface Author {
  readonly model: string;
  readonly adapter: AdapterId | null;
}

export interface Candidate {
  readonly id: CandidateId;
  readonly role: Role;
  /** 0 for the leader, 1… for follower rounds. */
  readonly round: number;
  /** The whole text that would stand in `RefineResult.range`. */
  readonly text: string;
  readonly wordsChanged: number;
  readonly timing: { readonly firstWordMs: number; readonly totalMs: number; readonly tokens: number };
}

export interface RefineResult extends Author {
  readonly contextId: ContextId;
  /** The range that was refined, in the version that was asked about. */
  readonly range: Range;
  readonly version: number;
  readonly original: string;
  /** In the order in which they were written. Empty: nothing to improve, or no improvement was found. */
  readonly candidates: readonly Candidate[];
  readonly outcome: 'improved' | 'nothingToImprove' | 'noImprovementFound';
}

export interface RefineAgainParams {
  readonly contextId: ContextId;
  /** The candidate that is shown: the follower starts from its text. */
  readonly candidateId: CandidateId;
  /**
   * Where the candidate would stand now, from a client that has changed the text itself (took a part of a candidate). Without it:
   * where the text has moved, as long as nothing in it changed.
   */
  readonly place?: { readonly version: number; readonly range: Range };
  readonly partialResultToken?: string | number;
}
