/** @file A plain LSP client for the built server, over stdio or node IPC. Knows nothing of VS Code. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Range } from '../../server/protocol/common.ts';
import type { ErrorData } from '../../server/protocol/errors.ts';
import type { StatusParams } from '../../server/protocol/status.ts';
import { method } from '../../server/protocol/messages.ts';

export const repository = join(import.meta.dirname, '..', '..');
const serverModule = join(repository, 'dist', 'server.mjs');

export interface ClientOptions {
  readonly transport: 'stdio' | 'ipc';
  /** What `workspace/configuration` answers for the section `secondDraft`; undefined: a client that can't be asked. */
  readonly settings?: unknown;
  readonly initializationOptions?: object;
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  /** Folders and files that nobody may write to are closed to the server too, also where the tests run as root; stdio only. */
  readonly obeysPermissions?: boolean;
  /** The folder of another client's data; default: a new one. */
  readonly storagePath?: string;
  /** The folders that are open. */
  readonly workspaceFolders?: readonly { readonly uri: string; readonly name: string }[];
}

/** Root that is held to a file's permissions as everybody is (util-linux). */
const withoutOverride = ['--bounding-set', '-dac_override,-dac_read_search'];

/** An error response as a test sees it. */
export interface FailedResponse extends Error {
  readonly code: number;
  readonly data?: ErrorData;
}

export class LspClient {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly storagePath: string;
  readonly statuses: StatusParams[] = [];
  readonly edits: unknown[] = [];
  capabilities: Record<string, unknown> = {};
  /** What the client answers to `workspace/applyEdit`. */
  applies = true;

  private constructor(connection: MessageConnection, child: ChildProcess, storagePath: string) {
    this.connection = connection;
    this.process = child;
    this.storagePath = storagePath;
  }

  static async start(options: ClientOptions): Promise<LspClient> {
    const storagePath = options.storagePath ?? mkdtempSync(join(tmpdir(), 'second-draft-lsp-'));
    const env = { ...process.env, ...options.env };
    const execArgv = [...(options.execArgv ?? [])];
    let child: ChildProcess;
    let connection: MessageConnection;
    if (options.transport === 'ipc') {
      child = fork(serverModule, ['--node-ipc'], {
        env,
        execArgv,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    } else {
      const args = [...execArgv, serverModule, '--stdio'];
      const heldBack = options.obeysPermissions === true && process.getuid?.() === 0;
      const started = spawn(
        heldBack ? 'setpriv' : process.execPath,
        heldBack ? [...withoutOverride, process.execPath, ...args] : args,
        { env, stdio: ['pipe', 'pipe', 'inherit'] },
      );
      child = started;
      connection = createMessageConnection(
        new StreamMessageReader(started.stdout),
        new StreamMessageWriter(started.stdin),
      );
    }
    const client = new LspClient(connection, child, storagePath);
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => options.settings),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('workspace/applyEdit', (params: unknown) => {
      client.edits.push(params);
      return { applied: client.applies };
    });
    connection.onNotification(method.status, (params: StatusParams) => {
      client.statuses.push(params);
    });
    connection.listen();
    const result = await connection.sendRequest<{ capabilities: Record<string, unknown> }>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: options.workspaceFolders ?? null,
      capabilities: {
        workspace: {
          configuration: options.settings !== undefined,
          applyEdit: true,
          workspaceEdit: { documentChanges: true },
          workspaceFolders: options.workspaceFolders !== undefined,
        },
      },
      initializationOptions: options.initializationOptions ?? {
        storagePath,
        bundledPath: repository,
        consent: 'given',
      },
    });
    client.capabilities = result.capabilities;
    await connection.sendNotification('initialized', {});
    return client;
  }

  async open(uri: string, text: string, languageId = 'markdown', version = 1): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version, text },
    });
  }

  async change(uri: string, version: number, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  /** A change as editors send it that say only what is new. */
  async type(uri: string, version: number, range: Range, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      await this.connection.sendRequest('shutdown').catch(() => undefined);
      await this.connection.sendNotification('exit').catch(() => undefined);
      await ended;
    }
    this.connection.dispose();
    rmSync(this.storagePath, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The error of a request that must fail. */
export async function failure(request: Promise<unknown>): Promise<FailedResponse> {
  try {
    await request;
  } catch (error) {
    return error as FailedResponse;
  }
  throw new Error('The request was answered, but it should have failed.');
}
