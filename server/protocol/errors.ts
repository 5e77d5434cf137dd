/** @file Codes of failures; the extension maps each to words and buttons in one file. */

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
