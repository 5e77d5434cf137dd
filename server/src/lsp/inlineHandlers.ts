/** @file Ghost text over `textDocument/inlineCompletion`: the newest request wins, and what the writer types as offered stays offered. */
import { randomUUID } from 'node:crypto';
import {
  InlineCompletionTriggerKind,
  type InlineCompletionItem,
  type InlineCompletionParams,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CandidateId, ContextId } from '../../protocol/common.ts';
import { serverCommand } from '../../protocol/messages.ts';
import { ghostPlace, type GhostPlace } from '../document/ghostPlace.ts';
import { askedLimits, inlineLimits, InlineWriter } from '../generation/inlineWriter.ts';
import { CancelledError, DraftError } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import type { LastKnownPower } from '../util/power.ts';
import type { ChosenModel, Engine } from './engine.ts';
import type { DecidedContext } from './feedbackHandlers.ts';
import { chooseGhost } from './ghostChoice.ts';
import type { SettingsStore } from './settingsStore.ts';
import type { Taste } from './taste.ts';

interface InlineDependencies {
  readonly documents: TextDocuments<TextDocument>;
  readonly settings: SettingsStore;
  readonly engine: Engine;
  readonly taste: Taste;
  readonly power: LastKnownPower;
  readonly log: Log;
  /** The folder that holds a document, or ''. */
  readonly workspaceOf: (uri: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What was offered, for its decision and for the next keystrokes. */
interface Offer {
  readonly contextId: ContextId;
  readonly candidateId: CandidateId;
  readonly time: number;
  readonly uri: string;
  readonly languageId: string;
  readonly place: GhostPlace;
  /** The document up to the caret, and behind it. */
  readonly upToCaret: string;
  readonly afterCaret: string;
  readonly text: string;
  readonly chosen: ChosenModel;
  readonly totalMs: number;
}

/** Offers that can still be decided about. */
const keptOffers = 64;
/** Drawn beside the likeliest continuation where the writer's taste can pick. */
const draws = 2;

export class InlineHandlers {
  readonly #dependencies: InlineDependencies;
  readonly #offers = new Map<ContextId, Offer>();
  #latest: Offer | undefined;
  #running: { readonly cancel: AbortController; readonly ended: Promise<unknown> } | undefined;

  constructor(dependencies: InlineDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws CancelledError when a newer request or the client ended this one */
  async provide(params: InlineCompletionParams, signal: AbortSignal): Promise<InlineCompletionItem[]> {
    const cancel = new AbortController();
    const before = this.#running;
    before?.cancel.abort();
    const answer = this.#provide(params, AbortSignal.any([signal, cancel.signal]), before?.ended);
    const running = { cancel, ended: answer.catch(() => undefined) };
    this.#running = running;
    try {
      return await answer;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Something more important wants the model. */
  stop(): void {
    this.#running?.cancel.abort();
  }

  /** An offer as the store keeps it. */
  decided(id: ContextId): DecidedContext | undefined {
    const offer = this.#offers.get(id);
    if (!offer) return undefined;
    const { before, after } = offer.place;
    return {
      uri: offer.uri,
      context: {
        id,
        time: offer.time,
        document: offer.uri,
        workspace: this.#dependencies.workspaceOf(offer.uri),
        language: offer.languageId,
        task: 'continue',
        instruction: '',
        original: '',
        before,
        after,
      },
      candidates: [
        {
          id: offer.candidateId,
          contextId: id,
          role: 'inline',
          round: 0,
          text: offer.text,
          model: offer.chosen.file.title,
          adapter: null,
          logProb: null,
          totalMs: offer.totalMs,
        },
      ],
    };
  }

  async #provide(
    { textDocument, position, context }: InlineCompletionParams,
    signal: AbortSignal,
    before: Promise<unknown> | undefined,
  ): Promise<InlineCompletionItem[]> {
    const { documents, settings, engine, taste, power, log, now } = this.#dependencies;
    const document = documents.get(textDocument.uri);
    if (!document) return [];
    const { version } = document;
    const current = await settings.get(document.uri);
    const { trigger } = current.inlineSuggestions;
    const asked = context.triggerKind === InlineCompletionTriggerKind.Invoked;
    if (!current.enable || trigger === 'off') return [];
    if (!asked && (trigger === 'onDemand' || !power.onMains)) return [];
    const text = document.getText();
    const offset = document.offsetAt(position);
    const still = this.#stillOffered(document.uri, text.slice(0, offset), text.slice(offset));
    if (still !== undefined) return [item(still.offer, still.rest, position)];
    const place = ghostPlace(text, document.languageId, offset);
    if (!place) return [];
    await before;
    if (signal.aborted) throw new CancelledError();
    // A refine has the model: ghost text that comes seconds later is in the way.
    if (engine.generating) return [];
    try {
      const { model, chosen } = await engine.model(current);
      const known = taste.atHand();
      const suggestions = await engine.writing('inline', chosen, () =>
        new InlineWriter(model, asked ? askedLimits : inlineLimits).suggest(
          place.before,
          signal,
          known ? draws : 0,
        ),
      );
      if (document.version !== version) return [];
      const suggestion = chooseGhost(suggestions, place, document.languageId, known);
      if (!suggestion) return [];
      const offer: Offer = {
        contextId: randomUUID() as ContextId,
        candidateId: randomUUID() as CandidateId,
        time: now(),
        uri: document.uri,
        languageId: document.languageId,
        place,
        upToCaret: text.slice(0, offset),
        afterCaret: text.slice(offset),
        text: suggestion.text,
        chosen,
        totalMs: suggestion.totalMs,
      };
      this.#keep(offer);
      return [item(offer, suggestion.text, position)];
    } catch (error) {
      if (error instanceof DraftError && error.code === 'cancelled') throw error;
      // Nobody asked for it: the status says what is wrong, no error pops up.
      log.warn(`No ghost text: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  /** The rest of the latest offer, while the writer types what it says and nothing else changes. */
  #stillOffered(
    uri: string,
    upToCaret: string,
    afterCaret: string,
  ): { offer: Offer; rest: string } | undefined {
    const offer = this.#latest;
    if (offer?.uri !== uri || !upToCaret.startsWith(offer.upToCaret)) return undefined;
    // What is offered may stand behind the caret by now: taken and gone back before, or typed there.
    if (offer.afterCaret !== afterCaret) return undefined;
    const typed = upToCaret.slice(offer.upToCaret.length);
    if (!offer.text.startsWith(typed) || typed.length >= offer.text.length) return undefined;
    return { offer, rest: offer.text.slice(typed.length) };
  }

  #keep(offer: Offer): void {
    this.#latest = offer;
    this.#offers.set(offer.contextId, offer);
    for (const id of this.#offers.keys()) {
      if (this.#offers.size <= keptOffers) break;
      this.#offers.delete(id);
    }
  }
}

function item(
  offer: Offer,
  insertText: string,
  position: InlineCompletionParams['position'],
): InlineCompletionItem {
  return {
    insertText,
    range: { start: position, end: position },
    command: {
      title: 'Second Draft: suggestion accepted',
      command: serverCommand.inlineAccepted,
      arguments: [offer.contextId, offer.candidateId],
    },
  };
}
