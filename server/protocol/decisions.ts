/** @file Messages about what the writer decided, and about the list of it. Types only. */
import type { AdapterId, CandidateId, ContextId, DecisionId, Role, Task } from './common.ts';
import type { Author, Candidate } from './refine.ts';

/** What the writer did. Evidence weights of each are in docs/metrics.md. */
export type DecisionKind =
  | 'accepted'
  | 'acceptedInPart'
  | 'rejected'
  | 'refinedAgain'
  | 'edited'
  | 'undone'
  | 'ownWording'
  | 'ghostAccepted'
  | 'ghostAcceptedInPart'
  | 'ghostTypedAsOffered'
  | 'ghostDismissed'
  | 'compared';

export interface DecideParams {
  readonly contextId: ContextId;
  /** The candidate it is about; absent only for `ownWording`. */
  readonly candidateId?: CandidateId;
  readonly kind: DecisionKind;
  /** The text that stands at the end, where it is not the candidate's own (edited, accepted in part, own wording). */
  readonly finalText?: string;
  /** Share of the candidate that was taken, 0–1, for the partial kinds. */
  readonly share?: number;
  /** Every candidate that the writer looked at before deciding, in order. */
  readonly seen?: readonly CandidateId[];
  /** The refine that it is about, for a server that was started since and answered `unknownContext`. */
  readonly about?: RefinedText;
  /** Given by a client that may tell of the same decision twice: it is kept once. */
  readonly decisionId?: DecisionId;
}

/** A refine as the client knows it: what is kept of it with a decision. */
export interface RefinedText {
  readonly uri: string;
  readonly languageId: string;
  readonly task: Task;
  readonly instruction: string;
  readonly original: string;
  /** A few hundred characters of the document on either side. */
  readonly before: string;
  readonly after: string;
  readonly candidates: readonly (Candidate & Author)[];
}

/** Sent only when the decision is on disk; `recorded: false` when settings, consent or exclusions forbid it. */
export type DecideResult =
  | { readonly recorded: true; readonly decisionId: DecisionId }
  | {
      readonly recorded: false;
      readonly reason: 'recordingOff' | 'noConsent' | 'excluded' | 'unknownContext';
    };

export interface DecisionFilter {
  readonly search?: string;
  readonly kinds?: readonly DecisionKind[];
  /** A document's address, or a part of its name. */
  readonly document?: string;
  /** The address of a folder that was open in the editor; '': documents that were in none. */
  readonly workspace?: string;
  /** Milliseconds since the epoch, inclusive and exclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface DecisionRow {
  readonly id: DecisionId;
  readonly time: number;
  readonly kind: DecisionKind;
  readonly document: string;
  readonly original: string;
  readonly candidate: string | null;
  readonly role: Role | 'inline' | null;
  readonly round: number | null;
  readonly finalText: string | null;
  /** The adapters that were trained on it. */
  readonly seenByAdapters: readonly AdapterId[];
}

export interface DecisionsParams {
  readonly filter?: DecisionFilter;
  readonly offset?: number;
  readonly limit?: number;
}

export interface DecisionsResult {
  readonly rows: readonly DecisionRow[];
  readonly total: number;
}

export type DeleteDecisionsParams =
  | { readonly what: 'ids'; readonly ids: readonly DecisionId[] }
  | { readonly what: 'filter'; readonly filter: DecisionFilter }
  | { readonly what: 'all'; readonly adaptersToo: boolean };

export interface DeleteDecisionsResult {
  readonly deleted: number;
  /** The adapters that had seen what was deleted. */
  readonly adapters: readonly AdapterId[];
  /** Another window learns from what was deleted, and did not end when it was asked to. */
  readonly stillLearning?: boolean;
}

export interface ExportDecisionsParams {
  readonly format: 'jsonl' | 'csv' | 'parquet';
  readonly path: string;
  readonly filter?: DecisionFilter;
}

export interface ExportDecisionsResult {
  readonly rows: number;
  readonly path: string;
}

export interface ImportDecisionsParams {
  readonly path: string;
}

/** Counts decisions; one that makes several comparisons is one. */
export interface ImportDecisionsResult {
  readonly imported: number;
  readonly alreadyThere: number;
}

export interface WhyParams {
  readonly contextId: ContextId;
  readonly candidateId: CandidateId;
}

/** `text` is null while the preference model does not beat chance. */
export interface WhyResult {
  readonly text: string | null;
}
