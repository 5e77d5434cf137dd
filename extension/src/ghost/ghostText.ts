/**
 * @file Ghost text in the editor: decides when the server is asked, marks what it offers, and feeds the editor's events to
 * inlineSignals.ts. It is middleware of the language client's own provider; no second provider is registered.
 */
import * as vscode from 'vscode';
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import { documentSettings, suggestsOnPause } from '../settings/config.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Disposable } from '../host/disposable.ts';
import { isPausePlace } from '../settings/ghostGate.ts';
import { GhostPauses } from './ghostPauses.ts';
import { InlineSignals, type Offer, type SelectionCause } from './inlineSignals.ts';
import { KeptText } from './keptText.ts';
import { isProse } from '../settings/prose.ts';
import { plainChange } from '../text/rangeTracking.ts';

export const inlineAcceptedCommand = 'secondDraft.inlineAccepted';

type Next = (
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
) => vscode.ProviderResult<vscode.InlineCompletionItem[] | vscode.InlineCompletionList>;

export interface GhostDependencies {
  readonly decisions: Decisions;
  /** No ghost text in a document beside its review. */
  readonly isReviewing: (document: vscode.TextDocument) => boolean;
  readonly now: () => number;
}

export class GhostText implements vscode.Disposable {
  readonly #deps: GhostDependencies;
  readonly #pauses: GhostPauses;
  readonly #signals: InlineSignals;
  readonly #kept: KeptText;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: Disposable[];
  #document: vscode.TextDocument | undefined;
  #place = '';
  /** It paused or goes on. */
  readonly onDidChange = this.#changed.event;

  constructor(dependencies: GhostDependencies) {
    this.#deps = dependencies;
    this.#pauses = new GhostPauses(dependencies.now);
    this.#kept = new KeptText((document, params) => dependencies.decisions.record(document, params));
    this.#signals = new InlineSignals(
      {
        decided: (decision) => {
          if (this.#document) dependencies.decisions.record(this.#document, decision);
        },
        dismissed: (offer) => {
          if (this.#pauses.dismissed(this.#place, offer.text)) this.#pausedNow();
        },
        welcomed: () => this.#pauses.welcomed(),
      },
      dependencies.now,
    );
    this.#subscriptions = [
      this.#changed,
      vscode.commands.registerCommand(inlineAcceptedCommand, (candidateId: CandidateId) =>
        this.#accepted(candidateId),
      ),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document === this.#document)
          this.#signals.changed(document.uri.toString(), contentChanges.map(plainChange));
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections, kind }) => {
        const [selection] = selections;
        if (!this.#document || !selection || textEditor.document.uri.scheme === 'output') return;
        const caret = textEditor.document.offsetAt(selection.active);
        this.#signals.caretMoved(textEditor.document.uri.toString(), caret, causeOf(kind));
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (!focused) this.#signals.lost();
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document === this.#document) this.#signals.lost();
      }),
    ];
  }

  /** Milliseconds since the epoch until which it is quiet by itself or by Snooze; null when it is not. */
  get pausedUntil(): number | null {
    return this.#pauses.pausedUntil;
  }

  /** What is offered and not typed yet. */
  get suggestion(): string | undefined {
    return this.#signals.remaining?.text;
  }

  snooze(): void {
    this.#pauses.pause();
    this.#pausedNow();
  }

  resume(): void {
    this.#pauses.resume();
    this.#changed.fire();
  }

  /** The language client's `provideInlineCompletionItems`. */
  async provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: Next,
  ): Promise<vscode.InlineCompletionItem[]> {
    if (!this.#mayAnswer(document, context)) return [];
    const still = this.#stillOffered(document, position);
    if (still) return [still];
    if (context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic) {
      if (!this.#isPausePlace(document, position)) return [];
      await pause(documentSettings(document).inlineDelayMs, token);
      if (token.isCancellationRequested) return [];
    }
    const answer = await next(document, position, context, token);
    if (!answer || token.isCancellationRequested) return [];
    const place = textBefore(document, position);
    const explicit = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    const items = (Array.isArray(answer) ? answer : answer.items).filter(
      (item) => explicit || !this.#pauses.wasDismissed(place, insertTextOf(item)),
    );
    return items.map((item, index) => this.#offer(document, position, item, index === 0));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#kept.dispose();
  }

  #mayAnswer(document: vscode.TextDocument, context: vscode.InlineCompletionContext): boolean {
    if (
      !isProse(document.languageId) ||
      context.selectedCompletionInfo !== undefined ||
      this.#deps.isReviewing(document)
    ) {
      return false;
    }
    const settings = documentSettings(document);
    if (!settings.enabled || settings.inlineTrigger === 'off') return false;
    if (context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke) return true;
    return suggestsOnPause(document) && this.pausedUntil === null;
  }

  #isPausePlace(document: vscode.TextDocument, position: vscode.Position): boolean {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document !== document) return false;
    const line = document.lineAt(position.line).text;
    return isPausePlace({
      before: line.slice(0, position.character),
      after: line.slice(position.character),
      carets: editor.selections.length,
      hasSelection: !editor.selection.isEmpty,
      documentLength: document.offsetAt(document.lineAt(document.lineCount - 1).range.end),
    });
  }

  /** A text whose beginning the writer typed needs no new request. */
  #stillOffered(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): vscode.InlineCompletionItem | undefined {
    const rest = this.#signals.remaining;
    if (rest?.offer.uri !== document.uri.toString()) return undefined;
    const start = document.positionAt(rest.offer.offset);
    if (position.isBefore(start)) return undefined;
    const typed = document.getText(new vscode.Range(start, position));
    if (typed === '' || !rest.offer.text.startsWith(typed) || typed.length >= rest.offer.text.length)
      return undefined;
    const item = new vscode.InlineCompletionItem(
      rest.offer.text.slice(typed.length),
      new vscode.Range(position, position),
    );
    item.command = acceptedCommand(rest.offer.candidateId);
    return item;
  }

  #offer(
    document: vscode.TextDocument,
    position: vscode.Position,
    item: vscode.InlineCompletionItem,
    isFirst: boolean,
  ): vscode.InlineCompletionItem {
    // Without a range VS Code replaces the word at the caret.
    item.range ??= new vscode.Range(position, position);
    const [contextId, candidateId] = (item.command?.arguments ?? []) as [ContextId?, CandidateId?];
    if (contextId === undefined || candidateId === undefined) return item;
    item.command = acceptedCommand(candidateId);
    if (!isFirst) return item;
    const already = document.getText(new vscode.Range(item.range.start, position));
    const text = insertTextOf(item);
    if (!text.startsWith(already)) return item;
    this.#document = document;
    this.#place = textBefore(document, position);
    this.#signals.offered({
      uri: document.uri.toString(),
      offset: document.offsetAt(position),
      text: text.slice(already.length),
      contextId,
      candidateId,
    });
    return item;
  }

  #accepted(candidateId: CandidateId): void {
    const offer: Offer | undefined = this.#signals.accepted(candidateId);
    if (offer && this.#document) this.#kept.follow(this.#document, offer);
  }

  #pausedNow(): void {
    this.#changed.fire();
    const until = this.#pauses.pausedUntil;
    if (until === null) return;
    const timer = setTimeout(() => this.#changed.fire(), until - this.#deps.now() + 10);
    this.#subscriptions.push(new vscode.Disposable(() => clearTimeout(timer)));
  }
}

function acceptedCommand(candidateId: CandidateId): vscode.Command {
  return { title: '', command: inlineAcceptedCommand, arguments: [candidateId] };
}

function insertTextOf(item: vscode.InlineCompletionItem): string {
  return typeof item.insertText === 'string' ? item.insertText : item.insertText.value;
}

function textBefore(document: vscode.TextDocument, position: vscode.Position): string {
  return document.lineAt(position.line).text.slice(0, position.character);
}

function causeOf(kind: vscode.TextEditorSelectionChangeKind | undefined): SelectionCause {
  switch (kind) {
    case vscode.TextEditorSelectionChangeKind.Keyboard:
      return 'keyboard';
    case vscode.TextEditorSelectionChangeKind.Mouse:
      return 'mouse';
    case vscode.TextEditorSelectionChangeKind.Command:
      return 'command';
    case undefined:
      return 'none';
  }
}

/** Waits, or until the request is cancelled because somebody typed on. */
function pause(ms: number, token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    const subscription = token.onCancellationRequested(done);
    function done() {
      clearTimeout(timer);
      subscription.dispose();
      resolve();
    }
  });
}
