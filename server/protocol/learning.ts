/** @file Messages about training, adapters and the dashboard. Types only. */
import type { AdapterId, CandidateId, ContextId, RunId } from './common.ts';
import type { DecisionKind } from './decisions.ts';

export interface TrainParams {
  /** 'user': from a button; 'automatic': from the scheduler. */
  readonly why: 'user' | 'automatic';
}

export interface TrainResult {
  readonly runId: RunId;
}

export type RunVerdict =
  | { readonly kind: 'promoted'; readonly sentence: string }
  | { readonly kind: 'keptAside'; readonly sentence: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly sentence: string };

export interface AdapterRow {
  readonly id: AdapterId;
  readonly createdAt: number;
  readonly parent: AdapterId | null;
  readonly model: string;
  readonly active: boolean;
  readonly decisions: number;
  readonly decisionsFrom: number | null;
  readonly decisionsTo: number | null;
  readonly sizeBytes: number;
  /** Held-out win rate against the adapter that was active, with its 95 % interval. */
  readonly winRate: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Mean length, in tokens, of its answers to held-out texts over that of the adapter that was active; null where it was not measured. */
  readonly lengthRatio: number | null;
  readonly verdict: RunVerdict | null;
  /** How much of each ready style it has more than its parent; empty where styles were not what was learned. */
  readonly styles: Readonly<Record<string, number>>;
  /** What its follower has of each style beside that; empty where one adapter plays both roles. */
  readonly followerStyles: Readonly<Record<string, number>>;
  /** Why it can't be used (damaged, made for another model), or null. */
  readonly refused: string | null;
}

export interface AdaptersResult {
  readonly adapters: readonly AdapterRow[];
}

export interface ActivateAdapterParams {
  /** null: the plain model. */
  readonly id: AdapterId | null;
}

/** A text of the writer's own, from a decision. */
export interface Passage {
  readonly contextId: ContextId;
  readonly document: string;
  readonly text: string;
}

/** At most three, of different documents where possible; fewer, or none, where there are no more. */
export interface PassagesResult {
  readonly passages: readonly Passage[];
}

/** Either `text` or `passage`. */
export interface CompareAdaptersParams {
  /** null: the plain model. */
  readonly a: AdapterId | null;
  readonly b: AdapterId | null;
  readonly text?: string;
  /** The text of this {@link Passage}; the decision about it is one about its document. */
  readonly passage?: ContextId;
}

/** One text by both, so that the pick can be told as a decision of kind `compared`. */
export interface CompareAdaptersResult {
  readonly contextId: ContextId;
  readonly a: { readonly id: CandidateId; readonly text: string };
  readonly b: { readonly id: CandidateId; readonly text: string };
}

export interface RunRow {
  readonly id: RunId;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly decisions: number;
  readonly steps: number;
  readonly verdict: RunVerdict | null;
  /** One row per logged step: loss, reward, klToReference. */
  readonly metrics: readonly RunMetric[];
}

export interface RunMetric {
  readonly step: number;
  readonly loss: number;
  readonly leaderReward: number;
  readonly followerReward: number;
  readonly klToReference: number;
}

export interface DashboardResult {
  readonly decisionsPerDay: readonly {
    readonly day: string;
    readonly kind: DecisionKind;
    readonly count: number;
  }[];
  readonly acceptancePerAdapter: readonly {
    readonly adapter: AdapterId | null;
    readonly accepted: number;
    readonly decided: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** How often the follower was taken where both were seen. */
  readonly followerVersusLeader: { readonly follower: number; readonly leader: number };
  /** What {@link DecisionFilter.workspace} can be, so that something is found. */
  readonly workspaces: readonly string[];
  /** "You prefer: shorter, fewer commas …", from the largest standardised weights; empty while unsure. */
  readonly beliefs: readonly string[];
  readonly runs: readonly RunRow[];
  readonly adapters: readonly AdapterRow[];
  /** On rewrites: what counts for the next learning. */
  readonly decisionsSinceTraining: number;
  /** How many more there have to be before learning begins by itself; 0: enough. */
  readonly missingDecisions: number;
  /** `server`: a server writes, which can't be taught from here. */
  readonly train: 'automatic' | 'manual' | 'off' | 'server';
  /** When learning may begin by itself again, ms since the epoch; null: now. */
  readonly notBefore: number | null;
  /** Whether it also learns on the battery. */
  readonly onBattery: boolean;
  /** All decisions that are kept. */
  readonly decisions: number;
  /** Whether decisions are being kept. */
  readonly recording: boolean;
  /** The model that writes, for people. */
  readonly model: string;
}
