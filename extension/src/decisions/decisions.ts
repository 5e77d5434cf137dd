/** @file Hands what the writer did to the server, if they agreed that it is kept. Never in the way: a failure is logged, not shown. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { DecisionId } from '../../../server/protocol/common.ts';
import type {
  DecideParams,
  DecideResult,
  DecisionKind,
  RefinedText,
} from '../../../server/protocol/decisions.ts';
import { method } from '../../../server/protocol/messages.ts';
import type { DraftClient } from '../engine/client.ts';
import { failureOf } from '../messages/errors.ts';
import { documentSettings } from '../settings/config.ts';
import type { Consent } from './consent.ts';

/** Seen in passing: no reason to put a question to somebody who is writing. */
const passive: ReadonlySet<DecisionKind> = new Set<DecisionKind>([
  'ghostDismissed',
  'ghostTypedAsOffered',
  'edited',
  'ownWording',
  'undone',
]);

export interface Decided {
  readonly params: DecideParams;
  readonly result: DecideResult;
}

export class Decisions implements vscode.Disposable {
  readonly #client: DraftClient;
  readonly #consent: Consent;
  readonly #log: vscode.LogOutputChannel;
  readonly #decided = new vscode.EventEmitter<Decided>();
  /** In the order in which they were made: one decision may speak of another (an acceptance, then its undoing). */
  #last: Promise<void> = Promise.resolve();
  readonly onDidDecide = this.#decided.event;

  constructor(client: DraftClient, consent: Consent, log: vscode.LogOutputChannel) {
    this.#client = client;
    this.#consent = consent;
    this.#log = log;
  }

  /** @param about the refine that was decided on, told to a server that was started since; without it such a decision is lost */
  record(document: vscode.TextDocument, params: DecideParams, about?: RefinedText): void {
    const before = this.#last;
    this.#last = this.#record(document, params, about, before).catch((error: unknown) => {
      this.#log.warn(`The decision "${params.kind}" was not kept`, error);
    });
  }

  async #record(
    document: vscode.TextDocument,
    params: DecideParams,
    about: RefinedText | undefined,
    before: Promise<void>,
  ): Promise<void> {
    await before;
    const result = await this.#send(document, params, about);
    this.#log.debug(`Decision ${params.kind}: ${result.recorded ? 'kept' : result.reason}`);
    this.#decided.fire({ params, result });
  }

  async #send(
    document: vscode.TextDocument,
    params: DecideParams,
    about: RefinedText | undefined,
  ): Promise<DecideResult> {
    if (!documentSettings(document).record) return { recorded: false, reason: 'recordingOff' };
    const consent = passive.has(params.kind) ? this.#consent.answer : await this.#consent.ask();
    if (consent !== 'given') return { recorded: false, reason: 'noConsent' };
    // A server that stops may have kept it before it could answer.
    const named = { ...params, decisionId: randomUUID() as DecisionId };
    const ask = (asked: DecideParams): Promise<DecideResult> => this.#client.request(method.decide, asked);
    if (!about) return await ask(named);
    const result = await ask(named).catch((error: unknown) => {
      if (failureOf(error).code !== 'serverCrashed') throw error;
      return undefined;
    });
    const isForgotten = !result || (!result.recorded && result.reason === 'unknownContext');
    return isForgotten ? await ask({ ...named, about }) : result;
  }

  dispose(): void {
    this.#decided.dispose();
  }
}
