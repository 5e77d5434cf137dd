/**
 * @file What the server needs of the store of contexts, candidates and decisions.
 * sqlitePreferenceStore implements it; nothing else knows SQL.
 */

import type { AdapterId, CandidateId, ContextId, DecisionId, Role } from '../../protocol/common.ts';
import type { DecisionFilter, DecisionKind, DecisionRow } from '../../protocol/decisions.ts';

export interface NewContext {
  readonly id: ContextId;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly document: string;
  /** The address of the open folder that the document was in, or ''. */
  readonly workspace: string;
  readonly language: string;
  readonly task: string;
  readonly instruction: string;
  /** The text that was to be refined; '' for ghost text. */
  readonly original: string;
  /** Text before and after it, for the context of a training prompt. */
  readonly before: string;
  readonly after: string;
}

export interface NewCandidate {
  readonly id: CandidateId;
  readonly contextId: ContextId;
  readonly role: Role | 'inline';
  readonly round: number;
  readonly text: string;
  readonly model: string;
  readonly adapter: AdapterId | null;
  /** Sum of token log-probs, or null where it was not measured. */
  readonly logProb: number | null;
  readonly totalMs: number;
}

export interface NewDecision {
  readonly id: DecisionId;
  readonly contextId: ContextId;
  readonly candidateId: CandidateId | null;
  readonly kind: DecisionKind;
  readonly time: number;
  readonly finalText: string | null;
  readonly share: number | null;
  readonly seen: readonly CandidateId[];
  /** Of an imported decision: how much it counts, 0–1, that what was chosen is better than one of `seen`. */
  readonly weights?: ReadonlyMap<CandidateId, number>;
}

/** "winner ≻ loser in this context", derived from a decision; weight in [0, 1]. */
export interface Comparison {
  readonly decisionId: DecisionId;
  readonly contextId: ContextId;
  readonly kind: DecisionKind;
  readonly time: number;
  readonly document: string;
  readonly original: string;
  readonly winner: string;
  readonly loser: string;
  readonly weight: number;
  /** About ghost text: `original` is an unfinished sentence, and the texts go on with it. */
  readonly continues: boolean;
}

/** Counts for the dashboard. */
export interface DecisionStatistics {
  /** Days are those of this machine's time zone, YYYY-MM-DD, oldest first. */
  readonly perDay: readonly { readonly day: string; readonly kind: DecisionKind; readonly count: number }[];
  /** Rewrites that were accepted, whole or in part, of those that were decided on, by the adapter that wrote. */
  readonly perAdapter: readonly {
    readonly adapter: AdapterId | null;
    readonly accepted: number;
    readonly decided: number;
  }[];
  /** What was taken where drafts of both roles were looked at. */
  readonly followerVersusLeader: { readonly follower: number; readonly leader: number };
  /** The folders whose documents decisions are about; '' among them where a document was in none. */
  readonly workspaces: readonly string[];
}

export interface PreferenceStore {
  /** One transaction: the context and its candidates and the decision are on disk when this returns. */
  record(context: NewContext, candidates: readonly NewCandidate[], decision: NewDecision): void;
  decisions(filter: DecisionFilter, offset: number, limit: number): { rows: DecisionRow[]; total: number };
  /** Another one whenever what is kept may have changed, by this window or another; costs next to nothing. */
  revision(): string;
  /** The comparisons of all decisions, or of those after `since`, oldest first. */
  comparisons(since?: number): Comparison[];
  /** Contexts of one's own documents, for rollouts; newest first. */
  contexts(limit: number): NewContext[];
  /** The context of this id, as long as there is a decision about it. */
  context(id: ContextId): NewContext | undefined;
  /** The contexts of these decisions. */
  contextsOf(ids: readonly DecisionId[]): ContextId[];
  deleteDecisions(ids: readonly DecisionId[]): { deleted: number; adapters: AdapterId[] };
  deleteMatching(filter: DecisionFilter): { deleted: number; adapters: AdapterId[] };
  /** Every decision, and the copies of the database that were kept aside. */
  deleteAll(): { deleted: number; adapters: AdapterId[] };
  /** Notes that a run's adapter was trained on these decisions. */
  markSeen(adapter: AdapterId, decisions: readonly DecisionId[]): void;
  decisionsSince(time: number): number;
  statistics(): DecisionStatistics;
  close(): void;
}
