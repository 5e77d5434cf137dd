/** @file The LSP shell: capabilities and which handler answers what. Knows the protocol and nothing else. */
import {
  CodeActionKind,
  DidChangeConfigurationNotification,
  InlineCompletionRequest,
  type ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeResult,
  type InlineCompletionParams,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { GenericSchema, InferOutput } from 'valibot';
import { method, serverCommand } from '../../protocol/messages.ts';
import type { StatusParams } from '../../protocol/status.ts';
import { defaultSettings, type InitializationOptions, type Settings } from '../../protocol/settings.ts';
import type { ModelLibrary } from '../models/library.ts';
import type { AdapterRegistry, BaseModel } from '../storage/adapterRegistry.ts';
import type { PreferenceStore } from '../storage/preferenceStore.ts';
import type { RunStore } from '../storage/runStore.ts';
import type { SharedActivity } from '../storage/sharedActivity.ts';
import { DraftError } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { LastKnownPower } from '../util/power.ts';
import { Comparisons } from './comparisons.ts';
import { DraftHandlers } from './draftHandlers.ts';
import type { Engine } from './engine.ts';
import { FeedbackHandlers } from './feedbackHandlers.ts';
import { InlineHandlers } from './inlineHandlers.ts';
import { LearningHandlers } from './learningHandlers.ts';
import { ModelHandlers } from './modelHandlers.ts';
import { RangeTracker } from './rangeTracker.ts';
import { responseError } from './responseErrors.ts';
import {
  activateAdapterSchema,
  compareAdaptersSchema,
  decideSchema,
  decisionsSchema,
  deleteDecisionsSchema,
  exportDecisionsSchema,
  importDecisionsSchema,
  importModelSchema,
  inlineAcceptedSchema,
  modelSchema,
  nothingSchema,
  parse,
  parseInitialization,
  presenceSchema,
  refineAgainSchema,
  refineSchema,
  trainSchema,
  whySchema,
} from './schemas.ts';
import { SettingsStore } from './settingsStore.ts';
import { atMost, shutdownMs } from './shutdown.ts';
import { StatusReporter } from './statusReporter.ts';
import { Taste } from './taste.ts';
import { TrainingHandlers, type TrainingDependencies } from './trainingHandlers.ts';
import { TypingSignal } from './typingSignal.ts';
import { WorkspaceFolders } from './workspaceFolders.ts';
import { WriterActivity } from './writerActivity.ts';

/** What main.ts builds once the client has said where things are. */
export interface Parts {
  readonly engine: Engine;
  /** Opens the store when it is first needed. @throws DraftError while it can't be had */
  readonly store: () => PreferenceStore;
  readonly registry: AdapterRegistry;
  readonly library: ModelLibrary;
  readonly threads: (settings: Settings) => number;
  /** null where the editor named no folder. */
  readonly runs: RunStore | null;
  readonly baseModel: (settings: Settings) => Promise<BaseModel>;
  readonly onMains: () => Promise<boolean>;
  /** What training needs besides; null where it is not possible. */
  readonly training:
    | (Pick<TrainingDependencies, 'modelPath' | 'startTrainer'> & { readonly sharedActivity: SharedActivity })
    | null;
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
  const ranges = new RangeTracker();
  const typing = new TypingSignal(now, () => ready?.training?.presence(0));
  const documents = new TextDocuments({
    create: TextDocument.create,
    update: (...change) => {
      typing.changed(); // opening a document is not typing
      return ranges.update(...change);
    },
  });
  let parts: Parts | undefined;
  let settings: SettingsStore | undefined;
  let ready: Ready | undefined;
  let canRegister = false;
  const status = new StatusReporter((params) => {
    void connection.sendNotification(method.status, params);
  });
  /** Ends whatever is being answered when the server is shut down. */
  const closing = new AbortController();

  connection.onInitialize((params): InitializeResult => {
    const options = parseInitialization(params.initializationOptions, (message) => log.warn(message));
    const canAsk = params.capabilities.workspace?.configuration === true;
    canRegister = params.capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    settings = new SettingsStore(connection, canAsk, { ...defaultSettings, ...options.settings });
    const folders = new WorkspaceFolders(params.workspaceFolders ?? []);
    const workspaceOf = (uri: string): string => folders.of(uri);
    if (params.capabilities.workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders((event) => folders.change(event));
    parts = build(options, (state) => status.report({ status: state }));
    const store = settings;
    const drafts = new DraftHandlers({
      connection,
      documents,
      ranges,
      settings: store,
      engine: parts.engine,
      workspaceOf,
      caretIsSelection: /^(?:helix|kak)/i.test(params.clientInfo?.name ?? ''),
      versionedEdits: params.capabilities.workspace?.workspaceEdit?.documentChanges === true,
      now,
    });
    const taste = new Taste(parts.store, log);
    const power = new LastKnownPower(parts.onMains, now);
    const inline = new InlineHandlers({
      documents,
      settings: store,
      engine: parts.engine,
      taste,
      power,
      log,
      workspaceOf,
      now,
    });
    const feedback = new FeedbackHandlers(
      {
        log,
        now,
        store: parts.store,
        find: (id) => drafts.decided(id) ?? inline.decided(id) ?? comparisons.decided(id),
        retold: (id, about) => drafts.retold(id, about),
        settings: (uri) => store.get(uri),
        endRuns: (decisions) => training?.forget(decisions) ?? Promise.resolve(false),
        forget: (adapters) => learning.forget(adapters),
      },
      options.consent,
    );
    const comparisons = new Comparisons({
      now,
      store: parts.store,
      registry: parts.registry,
      engine: parts.engine,
      settings: () => store.get(),
      baseModel: parts.baseModel,
    });
    const learning: LearningHandlers = new LearningHandlers({
      now,
      store: parts.store,
      taste,
      registry: parts.registry,
      runs: parts.runs,
      engine: parts.engine,
      settings: () => store.get(),
      baseModel: parts.baseModel,
      recording: () => feedback.recording(),
      find: (id) => drafts.decided(id) ?? inline.decided(id),
    });
    const training: TrainingHandlers | null =
      parts.training && parts.runs
        ? new TrainingHandlers({
            ...parts.training,
            activity: new WriterActivity(parts.training.sharedActivity, now),
            onMains: parts.onMains,
            threads: parts.threads,
            log,
            now,
            store: parts.store,
            registry: parts.registry,
            runs: parts.runs,
            engine: parts.engine,
            settings: () => store.get(),
            baseModel: parts.baseModel,
            onStatus: (state) => status.report({ training: state }),
          })
        : null;
    parts.engine.onBusy = (busy) => training?.generating(busy);
    const models = new ModelHandlers({
      library: parts.library,
      engine: parts.engine,
      settings: () => store.get(),
      threads: parts.threads,
      onStatus: (state) => status.report({ status: state }),
    });
    ready = { drafts, inline, feedback, taste, learning, comparisons, training, models };
    return {
      serverInfo: { name: 'Second Draft', version },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        codeActionProvider: { codeActionKinds: [`${CodeActionKind.RefactorRewrite}.secondDraft`] },
        inlineCompletionProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
        executeCommandProvider: { commands: [serverCommand.refineAndApply, serverCommand.inlineAccepted] },
      },
    };
  });
  connection.onInitialized(() => {
    if (canRegister)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'secondDraft' });
    void reportRecording();
    ready?.training?.look();
  });
  connection.onDidChangeConfiguration(({ settings: said }: { readonly settings: unknown }) => {
    settings?.changed(said);
    void reportRecording();
  });
  connection.onShutdown(async () => {
    closing.abort();
    ready?.feedback.dispose();
    ready?.taste.dispose();
    const ending = async (): Promise<void> => {
      await ready?.training?.dispose();
      await parts?.dispose();
    };
    await atMost(shutdownMs, ending());
  });

  const reportRecording = async (): Promise<void> => {
    if (ready) status.report({ recording: await ready.feedback.recording() });
  };

  /** A handler with its input checked, its cancellation as a signal and its failures as protocol errors. */
  const answer =
    <Params, Result>(
      check: (raw: unknown) => Params,
      handle: (params: Params, signal: AbortSignal, ready: Ready) => Promise<Result> | Result,
    ) =>
    async (raw: unknown, token: CancellationToken): Promise<Result | ResponseError<unknown>> => {
      const cancel = new AbortController();
      const end = (): void => cancel.abort();
      const subscription = token.onCancellationRequested(end);
      // No signal of signals: one with a source that lives as long as the server is kept for ever.
      closing.signal.addEventListener('abort', end);
      if (token.isCancellationRequested || closing.signal.aborted) end();
      try {
        if (!ready) throw new DraftError('internal', 'The server was asked before it was initialised.');
        return await handle(check(raw), cancel.signal, ready);
      } catch (error) {
        return responseError(error, log);
      } finally {
        subscription.dispose();
        closing.signal.removeEventListener('abort', end);
      }
    };

  const on = <S extends GenericSchema, Result>(
    name: string,
    schema: S,
    handle: (params: InferOutput<S>, signal: AbortSignal, ready: Ready) => Promise<Result> | Result,
  ): void => {
    connection.onRequest(
      name,
      answer((raw) => {
        status.hear();
        return parse(schema, raw);
      }, handle),
    );
  };

  on(method.refine, refineSchema, (params, signal, { drafts, inline }) => {
    inline.stop();
    return drafts.refine(params, signal);
  });
  on(method.refineAgain, refineAgainSchema, (params, signal, { drafts, inline }) => {
    inline.stop();
    return drafts.refineAgain(params, signal);
  });
  connection.onCodeAction((params) => ready?.drafts.codeActions(params) ?? []);
  connection.onExecuteCommand(
    answer(
      (raw) => raw as { command: string; arguments?: unknown[] }, // checked by the library
      async (params, signal, { drafts, feedback, inline }) => {
        switch (params.command) {
          case serverCommand.refineAndApply:
            inline.stop();
            return drafts.refineAndApply(parse(refineSchema, params.arguments?.[0]), signal);
          case serverCommand.inlineAccepted: {
            const [accepted, candidateId] = parse(inlineAcceptedSchema, params.arguments);
            return feedback.decide({ contextId: accepted, candidateId, kind: 'ghostAccepted' });
          }
          default:
            throw new DraftError('badRequest', `There is no command ${params.command}.`);
        }
      },
    ),
  );
  connection.onRequest(
    InlineCompletionRequest.method,
    answer(
      (raw) => raw as InlineCompletionParams, // checked by the library
      (params, signal, { inline }) => inline.provide(params, signal),
    ),
  );
  on(method.decide, decideSchema, (params, _signal, { feedback }) => feedback.decide(params));
  on(method.decisions, decisionsSchema, (params, _signal, { feedback }) => feedback.decisions(params));
  on(method.deleteDecisions, deleteDecisionsSchema, (params, _signal, { feedback }) =>
    feedback.delete(params),
  );
  on(method.exportDecisions, exportDecisionsSchema, (params, _signal, { feedback }) =>
    feedback.export(params),
  );
  on(method.importDecisions, importDecisionsSchema, (params, _signal, { feedback }) =>
    feedback.import(params),
  );
  on(method.models, nothingSchema, (_params, _signal, { models }) => models.models());
  for (const [name, act] of [
    [method.downloadModel, 'download'],
    [method.selectModel, 'select'],
    [method.removeModel, 'remove'],
  ] as const) {
    on(name, modelSchema, (params, signal, { models }) => models[act](params, signal));
  }
  on(method.importModel, importModelSchema, (params, _signal, { models }) => models.import(params));
  on(method.train, trainSchema, (params, _signal, { training }) => canTrain(training).train(params));
  for (const [name, act] of [
    [method.pauseTraining, 'pause'],
    [method.resumeTraining, 'resume'],
    [method.cancelTraining, 'cancel'],
  ] as const) {
    on(name, nothingSchema, (_params, _signal, { training }) => canTrain(training)[act]());
  }
  on(method.adapters, nothingSchema, (_params, _signal, { learning }) => learning.adapters());
  on(method.activateAdapter, activateAdapterSchema, (params, _signal, { learning }) =>
    learning.activate(params),
  );
  on(method.passages, nothingSchema, (_params, _signal, { comparisons }) => comparisons.passages());
  on(method.compareAdapters, compareAdaptersSchema, (params, signal, { comparisons }) =>
    comparisons.compare(params, signal),
  );
  on(method.dashboard, nothingSchema, (_params, _signal, { learning }) => learning.dashboard());
  on(method.why, whySchema, (params, _signal, { learning }) => learning.why(params));
  connection.onNotification(method.presence, (raw: unknown) => {
    const { consent, idleMs } = parse(presenceSchema, raw);
    typing.clientTells();
    ready?.feedback.setConsent(consent);
    ready?.training?.presence(idleMs);
    void reportRecording().finally(() => status.hear());
  });
  documents.onDidClose(({ document }) => {
    settings?.forget(document.uri);
    ranges.close(document.uri);
  });
  documents.listen(connection);
}

interface Ready {
  readonly drafts: DraftHandlers;
  readonly inline: InlineHandlers;
  readonly feedback: FeedbackHandlers;
  readonly taste: Taste;
  readonly learning: LearningHandlers;
  readonly comparisons: Comparisons;
  readonly training: TrainingHandlers | null;
  readonly models: ModelHandlers;
}

function canTrain(training: TrainingHandlers | null): TrainingHandlers {
  if (training) return training;
  throw new DraftError('storageUnavailable', 'This editor named no folder in which could be learned.');
}
