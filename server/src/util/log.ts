/** @file The log as the server's parts see it; main.ts connects it to the client's log channel. Document text only at `trace`. */

export interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  trace(message: string): void;
}

const ignore = (): void => undefined;

export const silentLog: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore, trace: ignore };
