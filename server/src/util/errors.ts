/**
 * @file The failures that a caller treats differently, one class for all with a closed set of codes.
 * lsp/responseErrors.ts maps them to the protocol; the extension maps codes to words and buttons.
 */
import type { ErrorCode } from '../../protocol/errors.ts';

/** A failure with a code of the protocol and a sentence for people. */
export class DraftError extends Error {
  override readonly name = 'DraftError';
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; facts?: Readonly<Record<string, string | number>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** The request's AbortSignal fired. Never shown to people. */
export class CancelledError extends DraftError {
  constructor() {
    super('cancelled', 'Cancelled.');
  }
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledError();
}

/** Whether the disk was full, as the file system or the store said it. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof DraftError && error.code === 'storageFull') return true;
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
