/** @file The extension's composition root: everything is built here and passed in. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { StatusParams } from '../../server/protocol/status.ts';
import { CandidateDocuments } from './host/candidateDocuments.ts';
import { DraftClient } from './engine/client.ts';
import { registerCommands, runServerCommand } from './commands.ts';
import { storagePath } from './settings/config.ts';
import { Consent, type ConsentAnswer } from './decisions/consent.ts';
import { setContext } from './host/contextKeys.ts';
import { Dashboard } from './learning/dashboard.ts';
import { Decisions, type Decided } from './decisions/decisions.ts';
import { Dialogs } from './messages/dialogs.ts';
import { EditorContexts } from './editorContexts.ts';
import { EngineRestart } from './engine/engineRestart.ts';
import { failureOf, type Failure } from './messages/errors.ts';
import { showFailure } from './messages/failures.ts';
import { openExplainLearning } from './learning/explainLearning.ts';
import { GhostText } from './ghost/ghostText.ts';
import { ModelSetup } from './models/modelSetup.ts';
import { Presence } from './decisions/presence.ts';
import { Rejections } from './decisions/rejections.ts';
import { ReviewController } from './review/reviewController.ts';
import type { ReviewSnapshot } from './review/reviewItem.ts';
import { ReviewZones } from './review/reviewThread.ts';
import { StatusBar } from './status/statusBar.ts';
import { TrainingCommands } from './learning/trainingCommands.ts';

/** What other extensions, and the test suites, get from `activate`. */
export interface SecondDraftApi {
  /** Resolves when the server answers, rejects when it can't start. */
  readonly ready: Promise<void>;
  /** The review that is open. */
  readonly review: ReviewSnapshot | undefined;
  readonly onDidChangeReview: vscode.Event<void>;
  /** A decision was handed to the server, or not, with the reason. */
  readonly onDidDecide: vscode.Event<Decided>;
  /** Answers questions in the writer's place. */
  readonly dialogs: Dialogs;
  readonly consent: ConsentAnswer;
  /** What the server said last: model, adapter, learning. */
  readonly status: StatusParams | undefined;
  /** The ghost text that is offered, as far as it is not typed yet. */
  readonly suggestion: string | undefined;
  /** Milliseconds since the epoch until which ghost text is quiet; null when it is not. */
  readonly suggestionsPausedUntil: number | null;
}

export function activate(context: vscode.ExtensionContext): SecondDraftApi {
  const now = Date.now;
  const own = <T extends vscode.Disposable>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const log = own(vscode.window.createOutputChannel('Second Draft', { log: true }));
  const dialogs = new Dialogs();
  const consent = own(new Consent(context.globalState, dialogs));
  const client: DraftClient = own(
    new DraftClient({
      serverModule: path.join(context.extensionPath, 'dist', 'server.mjs'),
      log,
      now,
      initializationOptions: () => ({
        storagePath: storagePath(context.globalStorageUri.fsPath),
        bundledPath: context.extensionPath,
        consent: consent.answer,
      }),
      middleware: {
        executeCommand: runServerCommand,
        provideInlineCompletionItems: (...request) => ghost.provide(...request),
      },
    }),
  );
  const decisions = own(new Decisions(client, consent, log));
  const tell = (failure: Failure, ofRefine = false): void => {
    showFailure(failure, dialogs, log, client.gaveUp, ofRefine).catch((error: unknown) =>
      log.error('A button failed', error),
    );
  };
  const documents = own(new CandidateDocuments());
  const zones = own(new ReviewZones());
  const reviews = own(
    new ReviewController({
      client,
      zones,
      documents,
      decisions,
      log,
      showFailure: (failure) => tell(failure, true),
      now,
    }),
  );
  const ghost = own(
    new GhostText({ decisions, isReviewing: ({ uri }) => reviews.review?.uri === uri.toString(), now }),
  );
  const statusBar = own(new StatusBar(reviews, ghost, now));
  const models = new ModelSetup(client, dialogs);
  const training = own(new TrainingCommands(client, dialogs, log));
  const dashboard = own(
    new Dashboard({
      extensionUri: context.extensionUri,
      client,
      decisions,
      training,
      dialogs,
      showFailure: tell,
    }),
  );
  const restart = own(
    new EngineRestart({
      client,
      dialogs,
      isBusy: () => statusBar.isBusy,
      onError: (error) => tell(failureOf(error)),
    }),
  );
  own(
    registerCommands({
      client,
      reviews,
      ghost,
      models,
      training,
      restart,
      consent,
      openExplainLearning: () => openExplainLearning(context),
      openDashboard: (pair) => dashboard.open(pair),
      documents,
      decisions,
      dialogs,
      log,
      showFailure: tell,
    }),
  );
  own(new Presence(client, consent, log, now));
  const rejections = new Rejections();
  own(
    decisions.onDidDecide(({ params }) => {
      const status = statusBar.server?.status;
      const hasLearned = status?.state === 'ready' ? (status.adapter ?? 0) > 0 : undefined;
      if (!rejections.note(params.kind, hasLearned)) return;
      training.offerToGoBack().catch((error: unknown) => tell(failureOf(error)));
    }),
  );
  own(client.onStatus((status) => (statusBar.server = status)));
  own(client.onDidStart(() => setContext('ready', true)));
  own(client.onDidGiveUp(() => setContext('ready', false)));
  // What is to follow activation: nobody waits for the server, the library that talks to it, or the keys that work before all this.
  const ready = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    own(new EditorContexts());
    return client.start();
  });
  ready.catch((error: unknown) => log.error('The writing engine did not start', error));
  return {
    ready,
    dialogs,
    onDidChangeReview: reviews.onDidChangeReview,
    onDidDecide: decisions.onDidDecide,
    get review() {
      return reviews.review;
    },
    get status() {
      return statusBar.server ?? undefined;
    },
    get consent() {
      return consent.answer;
    },
    get suggestion() {
      return ghost.suggestion;
    },
    get suggestionsPausedUntil() {
      return ghost.pausedUntil;
    },
  };
}
