/** @file The LSP shell: capabilities and which handler answers what. Knows the protocol and nothing else. */
import {
  CodeActionKind,
  DidChangeConfigurationNotification,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { method, serverCommand, type StatusParams } from '../../protocol/messages.ts';
import { defaultSettings, type InitializationOptions } from '../../protocol/settings.ts';
import { DraftError } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { DraftHandlers } from './draftHandlers.ts';
import type { Engine } from './engine.ts';
import { responseError } from './responseErrors.ts';
import { parse, parseInitialization, presenceSchema, refineAgainSchema, refineSchema } from './schemas.ts';
import { SettingsStore } from './settingsStore.ts';

/** What main.ts builds once the client has said where things are. */
export interface Parts {
  readonly engine: Engine;
  dispose(): Promise<void>;
}

export interface ServerOptions {
  readonly connection: Connection;
  readonly log: Log;
  readonly version: string;
  readonly now: () => number;
  readonly build: (
    options: Partial<InitializationOptions>,
    onStatus: (status: StatusParams['status']) => void,
  ) => Parts;
}

/** Connects the handlers; the caller listens. */
export function serve({ connection, log, version, now, build }: ServerOptions): void {
  const documents = new TextDocuments(TextDocument);
  let parts: Parts | undefined;
  let settings: SettingsStore | undefined;
  let drafts: DraftHandlers | undefined;
  let canRegister = false;
  const status = new StatusReporter(connection);

  connection.onInitialize((params): InitializeResult => {
    const options = parseInitialization(params.initializationOptions);
    const canAsk = params.capabilities.workspace?.configuration === true;
    canRegister = params.capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    settings = new SettingsStore(connection, canAsk, { ...defaultSettings, ...options.settings });
    parts = build(options, (state) => status.report({ status: state }));
    drafts = new DraftHandlers({ connection, documents, settings, engine: parts.engine, now });
    return {
      serverInfo: { name: 'Second Draft', version },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        codeActionProvider: { codeActionKinds: [`${CodeActionKind.RefactorRewrite}.secondDraft`] },
        executeCommandProvider: { commands: [serverCommand.refineAndApply] },
      },
    };
  });
  connection.onInitialized(() => {
    if (canRegister)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'secondDraft' });
  });
  connection.onDidChangeConfiguration(() => settings?.clear());
  connection.onShutdown(() => parts?.dispose());

  /** A handler with its input checked, its cancellation as a signal and its failures as protocol errors. */
  const answer =
    <Params, Result>(
      check: (raw: unknown) => Params,
      handle: (params: Params, signal: AbortSignal, ready: DraftHandlers) => Promise<Result>,
    ) =>
    async (raw: unknown, token: CancellationToken): Promise<Result | ResponseError<unknown>> => {
      const cancel = new AbortController();
      const subscription = token.onCancellationRequested(() => cancel.abort());
      if (token.isCancellationRequested) cancel.abort();
      try {
        if (!drafts) throw new DraftError('internal', 'The server was asked before it was initialised.');
        return await handle(check(raw), cancel.signal, drafts);
      } catch (error) {
        return responseError(error, log);
      } finally {
        subscription.dispose();
      }
    };

  connection.onRequest(
    method.refine,
    answer(
      (raw) => parse(refineSchema, raw),
      (params, signal, ready) => ready.refine(params, signal),
    ),
  );
  connection.onRequest(
    method.refineAgain,
    answer(
      (raw) => parse(refineAgainSchema, raw),
      (params, signal, ready) => ready.refineAgain(params, signal),
    ),
  );
  connection.onCodeAction((params) => drafts?.codeActions(params) ?? []);
  connection.onExecuteCommand(
    answer(
      (raw) => raw as { command: string; arguments?: unknown[] }, // checked by the library
      async (params, signal, ready) => {
        if (params.command !== serverCommand.refineAndApply)
          throw new DraftError('badRequest', `There is no command ${params.command}.`);
        return ready.refineAndApply(parse(refineSchema, params.arguments?.[0]), signal);
      },
    ),
  );
  connection.onNotification(method.presence, (raw: unknown) => {
    parse(presenceSchema, raw);
  });
  documents.onDidClose(({ document }) => {
    settings?.forget(document.uri);
    drafts?.forget(document.uri);
  });
  documents.listen(connection);
}

/** The status notification: always whole, only the part that changed is given. */
class StatusReporter {
  readonly #connection: Connection;
  #last: StatusParams = {
    status: { state: 'ready', model: '', adapter: null },
    training: { state: 'idle' },
    recording: false,
  };

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  report(change: Partial<StatusParams>): void {
    this.#last = { ...this.#last, ...change };
    void this.#connection.sendNotification(method.status, this.#last);
  }
}
