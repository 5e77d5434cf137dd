/**
 * @file Two adapters compared on texts, one text after the other, for the dashboard's page: what is written, in an order that says nothing,
 * and what the writer picked. It lives here and not in the page, which goes whenever another tab hides it.
 */
import * as vscode from 'vscode';
import type {
  AdapterPair,
  ComparedState,
  ComparedText,
  PickedSide,
  ShownComparison,
} from '../../../server/protocol/dashboardMessages.ts';
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import type { DecideParams, DecideResult } from '../../../server/protocol/decisions.ts';
import type {
  CompareAdaptersParams,
  CompareAdaptersResult,
  PassagesResult,
} from '../../../server/protocol/learning.ts';
import { method } from '../../../server/protocol/messages.ts';
import type { DraftClient } from '../engine/client.ts';
import { failureOf } from '../messages/errors.ts';
import { diffWords } from '../text/wordDiff.ts';

/** What both write from. */
interface Source extends Omit<ComparedText, 'state'> {
  readonly ask: Pick<CompareAdaptersParams, 'text' | 'passage'>;
}

/** One comparison; a new one replaces it whole. */
interface Session {
  readonly pair: AdapterPair;
  readonly cancel: vscode.CancellationTokenSource;
  readonly texts: ComparedText[];
  /** By the context of those that were written; one that was picked is there no more. */
  readonly undecided: Map<
    ContextId,
    { readonly index: number; readonly a: CandidateId; readonly b: CandidateId }
  >;
}

export class AdapterComparison {
  readonly #client: Pick<DraftClient, 'request'>;
  readonly #random: () => number;
  readonly #onDidChange: (comparison: ShownComparison) => void;
  #session: Session | undefined;

  /**
   * @param random in [0, 1): which version is shown first
   * @param onDidChange gets the whole comparison after every change
   */
  constructor(
    client: Pick<DraftClient, 'request'>,
    random: () => number,
    onDidChange: (comparison: ShownComparison) => void,
  ) {
    this.#client = client;
    this.#random = random;
    this.#onDidChange = onDidChange;
  }

  /** On this text, or without one on the writer's own; ends the comparison before. Resolves when all is written or stopped; rejects where the texts can't be had. */
  async start(pair: AdapterPair, text?: string): Promise<void> {
    const sources = text === undefined ? await this.#passages() : [pasted(text)];
    this.end();
    const cancel = new vscode.CancellationTokenSource();
    const waiting = { kind: 'waiting' } as const;
    const texts = sources.map(({ document, original }) => ({ document, original, state: waiting }));
    const session: Session = { pair, cancel, texts, undecided: new Map() };
    this.#session = session;
    this.show();
    for (const [index, { ask }] of sources.entries()) {
      if (cancel.token.isCancellationRequested) return;
      await this.#write(session, index, ask);
    }
  }

  /** Writes no more; what is written can still be picked. */
  stop(): void {
    const session = this.#session;
    if (!session) return;
    session.cancel.cancel();
    session.texts.forEach(({ state }, index) => {
      if (isUnwritten(state)) this.#set(session, index, { kind: 'stopped' });
    });
  }

  /** Forgets the comparison. */
  end(): void {
    this.#session?.cancel.cancel();
    this.#session?.cancel.dispose();
    this.#session = undefined;
  }

  /** Tells the comparison as it is, if there is one. */
  show(): void {
    if (!this.#session) return;
    const { pair, texts } = this.#session;
    this.#onDidChange({ ...pair, texts: [...texts] });
  }

  /** Keeps a pick as a decision; that neither is better is none. What was picked already, or is of an earlier comparison, is nothing new. */
  async pick(contextId: ContextId, picked: PickedSide): Promise<void> {
    const session = this.#session;
    const found = session?.undecided.get(contextId);
    if (!session || !found) return;
    const { index, a, b } = found;
    session.undecided.delete(contextId);
    let kept = false;
    try {
      if (picked !== 'neither') {
        const candidateId = picked === 'a' ? a : b;
        const params: DecideParams = { contextId, candidateId, kind: 'compared', seen: [a, b] };
        kept = (await this.#client.request<DecideResult>(method.decide, params)).recorded;
      }
    } finally {
      const { state } = session.texts[index]!; // undecided ones are texts
      if (state.kind === 'open') this.#set(session, index, { ...state, kind: 'picked', picked, kept });
    }
  }

  async #passages(): Promise<Source[]> {
    const { passages } = await this.#client.request<PassagesResult>(method.passages, {});
    return passages.map(({ contextId, document, text }) => ({
      document,
      original: text,
      ask: { passage: contextId },
    }));
  }

  async #write(session: Session, index: number, ask: Source['ask']): Promise<void> {
    const { pair, cancel, undecided } = session;
    this.#set(session, index, { kind: 'writing' });
    const params: CompareAdaptersParams = { ...pair, ...ask };
    const state = await this.#client
      .request<CompareAdaptersResult>(method.compareAdapters, params, cancel.token)
      .then(({ contextId, a, b }): ComparedState => {
        if (a.text === b.text) return { kind: 'same', text: a.text };
        undecided.set(contextId, { index, a: a.id, b: b.id });
        const diff = diffWords(a.text, b.text);
        return { kind: 'open', contextId, diff, swapped: this.#random() < 0.5 };
      })
      .catch((error: unknown): ComparedState => {
        const { code, message } = failureOf(error);
        return code === 'cancelled' ? { kind: 'stopped' } : { kind: 'failed', message };
      });
    if (session.texts[index]?.state.kind === 'writing') this.#set(session, index, state);
  }

  #set(session: Session, index: number, state: ComparedState): void {
    const text = session.texts[index];
    if (!text) return;
    session.texts[index] = { ...text, state };
    if (session === this.#session) this.show();
  }
}

function pasted(text: string): Source {
  return { document: null, original: text, ask: { text } };
}

function isUnwritten({ kind }: ComparedState): boolean {
  return kind === 'waiting' || kind === 'writing';
}
