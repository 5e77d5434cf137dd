/**
 * @file The messages that LSP has no word for: types and method names only.
 * Both sides import this file; nobody copies it.
 */

/** Zero-based, UTF-16, as in LSP. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };
export type ContextId = Id<'ContextId'>;
export type CandidateId = Id<'CandidateId'>;
export type DecisionId = Id<'DecisionId'>;
export type RunId = Id<'RunId'>;
/** Adapters are numbered; 0 is the editing adapter that ships with the embedded model. */
export type AdapterId = number;

export type Role = 'leader' | 'follower';

/** What the writer wants of the text. `custom` carries the words in `RefineParams.instruction`. */
export type Task = 'improve' | 'shorten' | 'clarify' | 'fixGrammar' | 'formal' | 'friendly' | 'custom';

// ---------------------------------------------------------------------------------------------- refine

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

// ---------------------------------------------------------------------------------------------- decisions

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

// ---------------------------------------------------------------------------------------------- models

export type ModelFit = 'runsWell' | 'slow' | 'tooLarge';

export interface ModelRow {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly sizeBytes: number;
  readonly needsBytes: number;
  readonly fit: ModelFit;
  readonly installed: boolean;
  readonly bundled: boolean;
  readonly selected: boolean;
  readonly goodFor: string;
}

/** A file in the folder of the models that can't be used; deleted by its id, as a model is. */
export interface LeftoverRow {
  readonly id: string;
  readonly title: string;
  readonly kind: 'damaged' | 'unfinished';
  readonly sizeBytes: number;
}

export interface ModelsResult {
  readonly models: readonly ModelRow[];
  readonly leftovers: readonly LeftoverRow[];
  readonly freeBytes: number;
  readonly gpu: string | null;
  readonly threads: number;
}

export interface ModelParams {
  readonly id: string;
}

export interface ImportModelParams {
  readonly path: string;
}

// ---------------------------------------------------------------------------------------------- learning

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

// ---------------------------------------------------------------------------------------------- status

export type Status =
  | { readonly state: 'ready'; readonly model: string; readonly adapter: AdapterId | null }
  | { readonly state: 'loading'; readonly model: string }
  | { readonly state: 'writing'; readonly role: Role | 'inline' }
  | {
      readonly state: 'downloading';
      readonly model: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly state: 'broken'; readonly code: ErrorCode; readonly message: string };

export type TrainingStatus =
  | { readonly state: 'idle' }
  /** Another window on the same data learns; how far it is only that one knows. */
  | { readonly state: 'elsewhere' }
  | {
      readonly state: 'running' | 'paused';
      readonly runId: RunId;
      readonly doing: string;
      readonly step: number;
      readonly steps: number;
      readonly decisions: number;
      readonly etaMs: number | null;
      readonly why?: 'battery' | 'writing' | 'user';
    };

export interface StatusParams {
  readonly status: Status;
  readonly training: TrainingStatus;
  /** Whether decisions are being kept. */
  readonly recording: boolean;
}

// ---------------------------------------------------------------------------------------------- errors

/** The closed set of things that can go wrong for a person. */
export type ErrorCode =
  | 'modelMissing'
  | 'modelCorrupt'
  | 'modelUnsupported'
  | 'outOfMemory'
  | 'downloadFailed'
  | 'storageFull'
  | 'storageUnavailable'
  | 'staleDocument'
  | 'nothingToRefine'
  | 'selectionTooLong'
  | 'notEnoughDecisions'
  | 'trainingBusy'
  | 'learningOff'
  | 'onBattery'
  | 'trainingFailed'
  | 'adapterRefused'
  | 'serverCrashed'
  | 'unsupportedPlatform'
  /** The graphics processor of the settings can't be used here. */
  | 'gpuUnavailable'
  /** The writer's own server can't be reached, refused, or is no address. */
  | 'remoteFailed'
  | 'badRequest'
  | 'cancelled'
  | 'internal';

/** The `data` of a ResponseError; `message` of the error is the sentence for people. */
export interface ErrorData {
  readonly code: ErrorCode;
  /** Facts that the extension puts into its buttons, e.g. `{words: 5200, limit: 2000}`. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** JSON-RPC error codes, one per {@link ErrorCode}, in the range that is free for servers. */
export const rpcErrorCode = -32050;

// ---------------------------------------------------------------------------------------------- names

export const method = {
  refine: 'secondDraft/refine',
  refineAgain: 'secondDraft/refineAgain',
  decide: 'secondDraft/decide',
  why: 'secondDraft/why',
  models: 'secondDraft/models',
  downloadModel: 'secondDraft/downloadModel',
  selectModel: 'secondDraft/selectModel',
  removeModel: 'secondDraft/removeModel',
  importModel: 'secondDraft/importModel',
  train: 'secondDraft/train',
  pauseTraining: 'secondDraft/pauseTraining',
  resumeTraining: 'secondDraft/resumeTraining',
  cancelTraining: 'secondDraft/cancelTraining',
  adapters: 'secondDraft/adapters',
  activateAdapter: 'secondDraft/activateAdapter',
  passages: 'secondDraft/passages',
  compareAdapters: 'secondDraft/compareAdapters',
  decisions: 'secondDraft/decisions',
  deleteDecisions: 'secondDraft/deleteDecisions',
  exportDecisions: 'secondDraft/exportDecisions',
  importDecisions: 'secondDraft/importDecisions',
  dashboard: 'secondDraft/dashboard',
  /** Notification, server → client. */
  status: 'secondDraft/status',
  /** Notification, client → server: what the machine and the writer are doing (idle time, mains, consent). */
  presence: 'secondDraft/presence',
} as const;

export interface PresenceParams {
  /** The writer has answered the question about keeping decisions. */
  readonly consent: 'unasked' | 'given' | 'refused';
  /** Time since the last keystroke in any window of this extension host. */
  readonly idleMs: number;
}

/** Command that standard LSP clients run through `workspace/executeCommand` (the code action carries it). */
export const serverCommand = {
  /** Arguments: [RefineParams]. Applies the last candidate with `workspace/applyEdit`; for editors without our review zone. */
  refineAndApply: 'secondDraft.server.refineAndApply',
  /** Arguments: [contextId, candidateId]. The standard `command` of an inline completion item. */
  inlineAccepted: 'secondDraft.server.inlineAccepted',
} as const;
