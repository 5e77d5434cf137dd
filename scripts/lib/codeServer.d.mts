/** @file Types of codeServer.mjs, for the suites that drive it. */
import type { ChildProcess } from 'node:child_process';

export interface CodeServer {
  readonly base: string;
  readonly authority: string;
  readonly home: string;
  readonly child: ChildProcess;
  stop(): void;
}

export const quietSettings: Readonly<Record<string, unknown>>;
export function ensureCodeServer(): string;
export function freePort(): Promise<number>;
export function installExtension(options: { home: string; vsix: string }): void;
export function startCodeServer(options: {
  home: string;
  settings?: Readonly<Record<string, unknown>>;
  testDriver?: boolean;
  env?: Readonly<Record<string, string>>;
  port?: number;
  extra?: readonly string[];
  idleSeconds?: number;
}): Promise<CodeServer>;
export function workbenchAddress(
  server: CodeServer,
  options: { folder?: string; payload?: readonly (readonly [string, string])[] },
): string;
export function remoteUri(server: CodeServer, path: string): string;
