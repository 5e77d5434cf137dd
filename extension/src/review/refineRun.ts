/**
 * @file One target text of one refine: asks the server, collects what it streams, and knows where the text is while the writer
 * types elsewhere. It shows nothing and changes nothing; reviewController.ts does.
 */
import * as vscode from 'vscode';
import type { CandidateId, ContextId, Role, Task } from '../../../server/protocol/common.ts';
import type { RefinedText } from '../../../server/protocol/decisions.ts';
import { method } from '../../../server/protocol/messages.ts';
import type {
  Author,
  Candidate,
  RefineAgainParams,
  RefineParams,
  RefineProgress,
  RefineResult,
} from '../../../server/protocol/refine.ts';
import type { DraftClient } from '../engine/client.ts';
import { withLineEndings } from '../text/edits.ts';
import { failureOf, type Failure } from '../messages/errors.ts';
import {
  growRange,
  inOrder,
  offsetOf,
  plainChange,
  shiftRange,
  type OffsetRange,
  type TextChange,
} from '../text/rangeTracking.ts';

export interface RefineRequest {
  readonly document: vscode.TextDocument;
  readonly range: vscode.Range;
  readonly task: Task;
  readonly instruction?: string;
}

export type RunState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'writing'; readonly role: Role; readonly round: number; readonly text: string }
  | { readonly kind: 'finished'; readonly outcome: RefineResult['outcome'] | 'stopped' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The writer changed the text itself. */
  | { readonly kind: 'textChanged' };

/** Characters of the document on either side that are told with a refine. */
const surroundings = 400;

/** A request that crossed a change on its way to the server is asked again, this often. */
const staleRetries = 3;

export class RefineRun implements vscode.Disposable {
  readonly request: RefineRequest;
  readonly #client: DraftClient;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #cancellation: vscode.CancellationTokenSource | undefined;
  #state: RunState = { kind: 'waiting' };
  #range: OffsetRange | undefined;
  /** Where the request's range is while the target is not known yet. */
  #asked: OffsetRange;
  #candidates: readonly (Candidate & Author)[] = [];
  #contextId: ContextId | undefined;
  #original = '';
  #current = '';
  /** What {@link currentText} was at some time: undoing and redoing our own edits leads back to these. */
  readonly #texts = new Set<string>();
  #snapshot = '';
  #changesSinceAsked: TextChange[] = [];
  #ownEdit = false;
  #started = false;

  readonly onDidChange = this.#changed.event;

  constructor(client: DraftClient, request: RefineRequest) {
    this.#client = client;
    this.request = request;
    const { document, range } = request;
    this.#asked = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    this.#subscription = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) this.#follow(event);
    });
  }

  get state(): RunState {
    return this.#state;
  }

  get isWriting(): boolean {
    return this.#started && (this.#state.kind === 'waiting' || this.#state.kind === 'writing');
  }

  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  get contextId(): ContextId | undefined {
    return this.#contextId;
  }

  /** What the server was given to refine. */
  get original(): string {
    return this.#original;
  }

  /** What stands in the document now: the original, or with some changes already taken over. */
  get currentText(): string {
    return this.#current;
  }

  /** Where {@link currentText} stands, in offsets; undefined before the server has said what it refines. */
  get offsets(): OffsetRange | undefined {
    return this.#range;
  }

  get range(): vscode.Range {
    const { document } = this.request;
    const { start, end } = this.#range ?? this.#asked;
    return new vscode.Range(document.positionAt(start), document.positionAt(end));
  }

  /** All of it, for a server that does not know it any more. */
  retell(): RefinedText {
    const { document, task, instruction = '' } = this.request;
    const text = document.getText();
    const { start, end } = this.#range ?? this.#asked;
    return {
      uri: document.uri.toString(),
      languageId: document.languageId,
      task,
      instruction,
      original: this.#original,
      before: text.slice(Math.max(0, start - surroundings), start),
      after: text.slice(end, end + surroundings),
      candidates: this.#candidates,
    };
  }

  /** Starts writing, once; settles when everything is written, refused or stopped. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    for (let attempt = 0; ; attempt++) {
      const failure = await this.#ask(attempt);
      if (failure?.code !== 'staleDocument' || attempt >= staleRetries || this.#isBroken()) return;
    }
  }

  /** Lets the follower go on from a candidate's text. */
  async again(candidateId: CandidateId): Promise<void> {
    if (this.#contextId === undefined || this.isWriting) return;
    for (let attempt = 0; ; attempt++) {
      const params: RefineAgainParams = {
        contextId: this.#contextId,
        candidateId,
        place: { version: this.request.document.version, range: plainRange(this.range) },
      };
      const failure = await this.#send(method.refineAgain, params, attempt < staleRetries);
      if (failure?.code !== 'staleDocument' || attempt >= staleRetries || this.#isBroken()) return;
    }
  }

  /** Ends the writing; complete candidates stay. */
  stop(): void {
    if (!this.isWriting) return;
    this.#cancellation?.cancel();
    this.#set({ kind: 'finished', outcome: 'stopped' });
  }

  /** Runs an edit of our own on the target: it becomes the current text instead of breaking the run. */
  async edit(apply: () => Thenable<boolean>, textAfter: string): Promise<boolean> {
    const range = this.#range;
    if (!range) return false;
    this.#ownEdit = true;
    try {
      if (!(await apply())) return false;
    } finally {
      this.#ownEdit = false;
    }
    this.#range = { start: range.start, end: range.start + textAfter.length };
    this.#setCurrent(textAfter);
    return true;
  }

  dispose(): void {
    this.#cancellation?.cancel();
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #isBroken(): boolean {
    return this.#state.kind === 'textChanged';
  }

  async #ask(attempt: number): Promise<Failure | null> {
    const { document, task, instruction } = this.request;
    this.#snapshot = document.getText();
    this.#changesSinceAsked = [];
    const range = this.range;
    this.#asked = this.#range ?? this.#asked;
    this.#range = undefined;
    this.#candidates = [];
    const params: RefineParams = {
      textDocument: { uri: document.uri.toString(), version: document.version },
      range: plainRange(range),
      task,
      ...(instruction === undefined ? {} : { instruction }),
    };
    return await this.#send(method.refine, params, attempt < staleRetries);
  }

  async #send(name: string, params: object, retryStale = false): Promise<Failure | null> {
    const cancellation = new vscode.CancellationTokenSource();
    this.#cancellation?.dispose();
    this.#cancellation = cancellation;
    this.#set({ kind: 'waiting' });
    const isCurrent = () =>
      this.#cancellation === cancellation && !cancellation.token.isCancellationRequested;
    try {
      const result = await this.#client.requestWithProgress<RefineResult>(
        name,
        params,
        (progress) => {
          if (isCurrent()) this.#receive(progress);
        },
        cancellation.token,
      );
      if (!isCurrent()) return null;
      this.#finish(result);
      return null;
    } catch (error) {
      const failure = failureOf(error);
      if (!isCurrent()) return null;
      if (!(retryStale && failure.code === 'staleDocument')) this.#set({ kind: 'failed', failure });
      return failure;
    }
  }

  #receive(progress: RefineProgress): void {
    switch (progress.kind) {
      case 'target':
        this.#setTarget(progress.contextId, progress.range, progress.original);
        break;
      case 'writing':
        this.#set({ kind: 'writing', role: progress.role, round: progress.round, text: progress.text });
        break;
      case 'candidate':
        this.#add(progress.candidate, progress.writtenBy);
        // What was streamed is this candidate now.
        this.#set({ kind: 'waiting' });
        break;
    }
  }

  #finish(result: RefineResult): void {
    if (this.#range === undefined) this.#setTarget(result.contextId, result.range, result.original);
    for (const candidate of result.candidates) this.#add(candidate, result);
    if (!this.#isBroken()) this.#set({ kind: 'finished', outcome: result.outcome });
  }

  #add(candidate: Candidate, { model, adapter }: Author): void {
    if (this.#candidates.some((known) => known.id === candidate.id)) return;
    const eol = this.request.document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    const text = withLineEndings(candidate.text, eol);
    this.#candidates = [...this.#candidates, { ...candidate, text, model, adapter }];
  }

  /** The range speaks of the version that was asked about: what was typed since moves it. */
  #setTarget(contextId: ContextId, range: RefineResult['range'], original: string): void {
    this.#contextId = contextId;
    if (this.#range !== undefined) return;
    let offsets: OffsetRange | null = {
      start: offsetOf(this.#snapshot, range.start.line, range.start.character),
      end: offsetOf(this.#snapshot, range.end.line, range.end.character),
    };
    for (const change of this.#changesSinceAsked) offsets &&= shiftRange(offsets, change);
    this.#snapshot = '';
    if (offsets === null) {
      this.#break();
      return;
    }
    this.#range = offsets;
    this.#original = original;
    this.#setCurrent(original);
    this.#changed.fire();
  }

  #setCurrent(text: string): void {
    this.#current = text;
    this.#texts.add(text);
  }

  #follow(event: vscode.TextDocumentChangeEvent): void {
    if (this.#ownEdit || this.#isBroken()) return;
    const changes = inOrder(event.contentChanges.map(plainChange));
    if (event.reason !== undefined && this.#wentBack(changes)) return;
    for (const change of changes) {
      const known = this.#range !== undefined;
      if (!known) this.#changesSinceAsked.push(change);
      const moved = shiftRange(this.#range ?? this.#asked, change);
      if (moved === null) {
        this.#break();
        return;
      }
      if (known) this.#range = moved;
      else this.#asked = moved;
    }
    if (changes.length > 0) this.#changed.fire();
  }

  /** Undo and redo may lead to a text that stood here before, which does not end the review. */
  #wentBack(changes: readonly TextChange[]): boolean {
    const before = this.#range;
    if (before === undefined || this.isWriting || this.#texts.size < 2) return false;
    const { document } = this.request;
    const range = changes.reduce(growRange, before);
    const text = document.getText(new vscode.Range(document.positionAt(range.start), document.positionAt(range.end))); // prettier-ignore
    if (text === this.#current || !this.#texts.has(text)) return false;
    this.#range = range;
    this.#setCurrent(text);
    this.#changed.fire();
    return true;
  }

  #break(): void {
    this.#cancellation?.cancel();
    this.#set({ kind: 'textChanged' });
  }

  #set(state: RunState): void {
    this.#state = state;
    this.#changed.fire();
  }
}

export function plainRange(range: vscode.Range): RefineParams['range'] {
  return {
    start: { line: range.start.line, character: range.start.character },
    end: { line: range.end.line, character: range.end.character },
  };
}
