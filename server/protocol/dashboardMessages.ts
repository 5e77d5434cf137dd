/** @file What the dashboard's page and the extension say to each other. Types only. */
import type {
  AdapterId,
  CompareAdaptersResult,
  DashboardResult,
  DecisionFilter,
  DecisionId,
  DecisionRow,
  StatusParams,
} from './messages.ts';

/** A run of text that both sides share, or that one lacks. */
export interface DiffPart {
  readonly kind: 'equal' | 'removed' | 'added';
  readonly text: string;
}

/** A decision with the word diff from the original to what was decided on. */
export interface ShownDecision extends DecisionRow {
  readonly diff: readonly DiffPart[];
}

/** Commands without arguments that the page's buttons run. */
export type DashboardCommand =
  | 'trainNow'
  | 'pauseLearning'
  | 'resumeLearning'
  | 'cancelLearning'
  | 'goBack'
  | 'exportDecisions'
  | 'deleteAllData'
  | 'explainLearning'
  | 'refineSample';

export type FromDashboard =
  | { readonly type: 'ready' }
  | { readonly type: 'command'; readonly command: DashboardCommand }
  | { readonly type: 'activate'; readonly id: AdapterId | null }
  | { readonly type: 'load'; readonly filter: DecisionFilter; readonly offset: number }
  | { readonly type: 'deleteOne'; readonly id: DecisionId }
  | { readonly type: 'deleteMatching'; readonly filter: DecisionFilter; readonly description: string }
  | {
      readonly type: 'compare';
      readonly a: AdapterId | null;
      readonly b: AdapterId | null;
      readonly text: string;
    }
  | { readonly type: 'pick'; readonly result: CompareAdaptersResult; readonly picked: 'a' | 'b' };

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
  | { readonly type: 'compared'; readonly result: CompareAdaptersResult }
  | { readonly type: 'failed'; readonly message: string };
