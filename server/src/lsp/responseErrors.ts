/** @file The one place where failures become protocol errors. */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { rpcErrorCode, type ErrorData } from '../../protocol/errors.ts';
import { DraftError } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

/** An error as the client gets it: a code of the protocol, a sentence for people, facts for buttons. */
export function responseError(error: unknown, log: Log): ResponseError<ErrorData> {
  if (error instanceof ResponseError) return error as ResponseError<ErrorData>;
  if (error instanceof DraftError) {
    if (error.code === 'cancelled') {
      return new ResponseError(LSPErrorCodes.RequestCancelled, error.message, { code: 'cancelled' });
    }
    log.warn(
      `${error.code}: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`,
    );
    return new ResponseError(rpcErrorCode, error.message, { code: error.code, facts: error.facts });
  }
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const { code, message } = internalError();
  return new ResponseError(rpcErrorCode, message, { code });
}

/** What people are told of a failure that nobody foresaw. */
export function internalError(): DraftError {
  return new DraftError('internal', 'Something went wrong inside Second Draft; the log has the details.');
}
