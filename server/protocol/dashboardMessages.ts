/** @file What the dashboard's page and the extension say to each other. Types only. */
import type { AdapterId, ContextId, DecisionId } from './common.ts';
import type { DecisionFilter, DecisionRow } from './decisions.ts';
import type { DashboardResult } from './learning.ts';
import type { StatusParams } from './status.ts';

/** A run of text that both sides share, or that one lacks. */
export interface DiffPart {
  readonly kind: 'equal' | 'removed' | 'added';
  readonly text: string;
}

/** A decision with the word diff from the original to what was decided on. */
export interface ShownDecision extends DecisionRow {
  readonly diff: readonly DiffPart[];
}

/** Two adapters, as the writer chose them; null: the plain model. */
export interface AdapterPair {
  readonly a: AdapterId | null;
  readonly b: AdapterId | null;
}

/** A comparison as far as it has come. No texts: the writer has none yet. */
export interface ShownComparison extends AdapterPair {
  readonly texts: readonly ComparedText[];
}

export interface ComparedText {
  /** The document that it is from; null: pasted. */
  readonly document: string | null;
  readonly original: string;
  readonly state: ComparedState;
}

export type PickedSide = 'a' | 'b' | 'neither';

export type ComparedState =
  | { readonly kind: 'waiting' | 'writing' | 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'same'; readonly text: string }
  | WrittenState
  | (Omit<WrittenState, 'kind'> & {
      readonly kind: 'picked';
      readonly picked: PickedSide;
      /** Whether it became a decision. */
      readonly kept: boolean;
    });

/** Both are written, and the writer has not picked yet. */
export interface WrittenState {
  readonly kind: 'open';
  readonly contextId: ContextId;
  /** From a's text (equal and removed) to b's (equal and added). */
  readonly diff: readonly DiffPart[];
  /** Whether b's is shown first. */
  readonly swapped: boolean;
}

/** Commands without arguments that the page's buttons run. */
export type DashboardCommand =
  | 'trainNow'
  | 'pauseLearning'
  | 'resumeLearning'
  | 'cancelLearning'
  | 'goBack'
  | 'deleteAllData'
  | 'explainLearning'
  | 'refineSample';

export type FromDashboard =
  | { readonly type: 'ready' }
  | { readonly type: 'command'; readonly command: DashboardCommand }
  | { readonly type: 'activate'; readonly id: AdapterId | null }
  /** A page of decisions; with `atLeast` so many rows, where that is more. */
  | {
      readonly type: 'load';
      readonly filter: DecisionFilter;
      readonly offset: number;
      readonly atLeast: number;
    }
  | { readonly type: 'export'; readonly filter: DecisionFilter }
  | { readonly type: 'deleteOne'; readonly id: DecisionId }
  | { readonly type: 'deleteMatching'; readonly filter: DecisionFilter; readonly description: string }
  /** On this text, or without one on the writer's own texts. */
  | (AdapterPair & { readonly type: 'compare'; readonly text?: string })
  | { readonly type: 'stopComparing' }
  | { readonly type: 'pick'; readonly contextId: ContextId; readonly picked: PickedSide };

export type ToDashboard =
  | { readonly type: 'overview'; readonly dashboard: DashboardResult }
  | { readonly type: 'status'; readonly status: StatusParams }
  | {
      readonly type: 'decisions';
      readonly filter: DecisionFilter;
      readonly offset: number;
      readonly rows: readonly ShownDecision[];
      readonly total: number;
    }
  | { readonly type: 'decisionsChanged' }
  | { readonly type: 'comparison'; readonly comparison: ShownComparison }
  /** Show where adapters are compared, with these two chosen. */
  | (AdapterPair & { readonly type: 'chooseComparison' })
  | { readonly type: 'failed'; readonly message: string };
