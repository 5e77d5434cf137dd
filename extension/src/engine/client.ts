/**
 * @file The language server as the extension sees it: started over node IPC, restarted when it crashes, asked in typed requests.
 * Texts under Trace only; nothing here knows what a review or a decision is.
 */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, Middleware } from 'vscode-languageclient/node';
import { method } from '../../../server/protocol/messages.ts';
import type { RefineProgress } from '../../../server/protocol/refine.ts';
import type { PresenceParams, StatusParams } from '../../../server/protocol/status.ts';
import type { InitializationOptions } from '../../../server/protocol/settings.ts';
import { documentSettings, onDidChangeSettings, proxySettings } from '../settings/config.ts';
import { CrashBudget } from './crashBudget.ts';
import type { Disposable } from '../host/disposable.ts';
import { isExcluded } from '../settings/prose.ts';
import { proxyEnvironment } from '../settings/proxyEnvironment.ts';

export interface ClientOptions {
  readonly serverModule: string;
  readonly log: vscode.LogOutputChannel;
  readonly initializationOptions: () => InitializationOptions;
  readonly middleware: Pick<Middleware, 'provideInlineCompletionItems' | 'executeCommand'>;
  readonly now: () => number;
}

/** Read with the first start, not while VS Code waits for the extension to activate. */
const loadLibrary = () => import('../languageClient.ts');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

/** A server that stopped this often in this time stays stopped until the writer restarts it. */
const crashes = { allowed: 3, withinMs: 10 * 60_000 };

/** A setting as it is for an open document, in its language: by its address alone the library reads what is set for no language. */
function valueFor({ scopeUri, section }: { scopeUri?: string; section?: string }): unknown {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === scopeUri);
  if (!document || section === undefined) return undefined;
  const value = vscode.workspace.getConfiguration(undefined, document).get(section);
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown); // a proxy can't be sent
}

/** A server that has not answered by then hangs. */
const startMs = 5_000;

/** What a server that stays stopped can no longer say itself: nothing is being written or learned. */
function stopped(): StatusParams {
  const message = vscode.l10n.t('The writing engine stopped three times.');
  return {
    status: { state: 'broken', code: 'serverCrashed', message },
    training: { state: 'idle' },
    recording: false,
  };
}

export class DraftClient implements vscode.Disposable {
  readonly #options: ClientOptions;
  readonly #status = new vscode.EventEmitter<StatusParams>();
  readonly #crashed = new vscode.EventEmitter<void>();
  readonly #started = new vscode.EventEmitter<void>();
  readonly #budget: CrashBudget;
  readonly #subscriptions: Disposable[] = [this.#status, this.#crashed, this.#started];
  #client: LanguageClient | undefined;
  #starting: Promise<LanguageClient> | undefined;
  #gaveUp = false;
  #lastToken = 0;

  readonly onStatus = this.#status.event;
  /** It stopped for good. */
  readonly onDidGiveUp = this.#crashed.event;
  /** It answers, for the first time or again. */
  readonly onDidStart = this.#started.event;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#budget = new CrashBudget(crashes.allowed, crashes.withinMs, options.now);
    this.#subscriptions.push(
      onDidChangeSettings(() => {
        this.settingsChanged().catch((error: unknown) =>
          options.log.warn('The server was not told of the settings', error),
        );
      }),
    );
  }

  /** Whether it stays stopped until {@link restart}. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Starts the server unless it runs; rejects when it can't start. */
  async start(): Promise<void> {
    await this.#running();
  }

  async request<Result>(name: string, params: object, token?: vscode.CancellationToken): Promise<Result> {
    const client = await this.#running();
    // A token that is undefined would be sent as a second parameter.
    return token
      ? await client.sendRequest<Result>(name, params, token)
      : await client.sendRequest<Result>(name, params);
  }

  /** As {@link request}; `onProgress` gets what the server streams under a token of this request. */
  async requestWithProgress<Result>(
    name: string,
    params: object,
    onProgress: (progress: RefineProgress) => void,
    token: vscode.CancellationToken,
  ): Promise<Result> {
    const client = await this.#running();
    const { ProgressType } = await loadLibrary();
    const partialResultToken = `second-draft-${String(++this.#lastToken)}`;
    const subscription = client.onProgress(
      new ProgressType<RefineProgress>(),
      partialResultToken,
      onProgress,
    );
    try {
      return await client.sendRequest<Result>(name, { ...params, partialResultToken }, token);
    } finally {
      subscription.dispose();
    }
  }

  /** Tells a running server; a server that is not running will be told at its start. */
  async presence(params: PresenceParams): Promise<void> {
    if (this.#client?.isRunning()) await this.#client.sendNotification(method.presence, params);
  }

  /** Only that something changed: the server asks for what it needs. */
  async settingsChanged(): Promise<void> {
    if (this.#client?.isRunning())
      await this.#client.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  /** One that does not stop in time is left to end by itself. */
  async restart(): Promise<void> {
    await this.stop().catch((error: unknown) =>
      this.#options.log.warn('The server did not stop cleanly', error),
    );
    this.#gaveUp = false;
    this.#budget.reset();
    await this.start();
  }

  async stop(): Promise<void> {
    // One that is starting can't be stopped; one that hangs there is not waited for.
    const started = this.#starting?.then(
      () => undefined,
      () => undefined,
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<void>((resolve) => (timer = setTimeout(resolve, startMs)));
    await Promise.race([started, tooLate]);
    clearTimeout(timer);
    const client = this.#client;
    this.#client = undefined;
    this.#starting = undefined;
    try {
      if (client?.needsStop()) await client.stop();
    } finally {
      await client?.dispose();
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.stop().catch((error: unknown) => {
      this.#options.log.warn('The server did not stop cleanly', error);
    });
  }

  async #running(): Promise<LanguageClient> {
    this.#starting ??= this.#create();
    const client = await this.#starting;
    // After a crash the client restarts itself; a request that comes meanwhile waits for that.
    if (!this.#gaveUp) await client.start();
    return client;
  }

  async #create(): Promise<LanguageClient> {
    const { log } = this.#options;
    const library = await loadLibrary();
    const server = {
      module: this.#options.serverModule,
      transport: library.TransportKind.ipc,
      options: { env: proxyEnvironment(proxySettings(), process.env) },
    };
    const client = new library.LanguageClient(
      'secondDraft',
      'Second Draft',
      { run: server, debug: server },
      this.#clientOptions(library),
    );
    this.#client = client;
    client.onNotification(method.status, (params: StatusParams) => {
      this.#status.fire(params);
    });
    try {
      await client.start();
    } catch (error) {
      if (this.#client === client) {
        this.#starting = undefined;
        this.#client = undefined; // what never ran can't be stopped
      }
      log.error('The server did not start', error);
      throw error;
    }
    if (this.#client !== client) {
      await this.#discard(client);
      throw new Error('The server is not running: it was stopped while it started');
    }
    this.#started.fire();
    return client;
  }

  /** Ends a server that nobody waits for any more. */
  async #discard(client: LanguageClient): Promise<void> {
    try {
      await client.stop();
    } catch (error) {
      this.#options.log.warn('A server that started too late did not stop cleanly', error);
    }
  }

  #clientOptions({ CloseAction, ErrorAction }: Library): LanguageClientOptions {
    const { log, middleware, initializationOptions } = this.#options;
    return {
      documentSelector: [{ language: '*' }],
      outputChannel: log,
      initializationOptions,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (error, _message, count) => {
          log.error('Connection error', error);
          return { action: (count ?? 0) < 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
        },
        closed: () => {
          const again = this.#budget.spend();
          log.warn(
            again
              ? 'The writing engine stopped; starting it again'
              : 'The writing engine stopped and stays stopped',
          );
          if (again) {
            this.#waitForRestart();
            return { action: CloseAction.Restart, handled: true };
          }
          this.#gaveUp = true;
          this.#status.fire(stopped());
          this.#crashed.fire();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        ...middleware,
        workspace: {
          configuration: async (params, token, next) => {
            const values = await next(params, token);
            if (!Array.isArray(values)) return values;
            return params.items.map((item, at): unknown => valueFor(item) ?? values[at]);
          },
        },
        // One selector can't say "any scheme but": what is nobody's text stays out of the server here.
        didOpen: async (document, next) => {
          if (!isExcluded(document.uri.scheme)) await next(document);
        },
        didChange: async (event, next) => {
          if (!isExcluded(event.document.uri.scheme)) await next(event);
        },
        didClose: async (document, next) => {
          if (!isExcluded(document.uri.scheme)) await next(document);
        },
        provideCodeActions: (document, range, context, token, next) => {
          const asked = context.triggerKind === vscode.CodeActionTriggerKind.Invoke || !range.isEmpty;
          const offered = !isExcluded(document.uri.scheme) && documentSettings(document).enabled;
          return asked && offered ? next(document, range, context, token) : [];
        },
      },
    };
  }

  #waitForRestart(): void {
    const client = this.#client;
    if (!client) return;
    const subscription = client.onDidChangeState(() => {
      if (!client.isRunning()) return;
      subscription.dispose();
      this.#started.fire();
    });
    this.#subscriptions.push(subscription);
  }
}
