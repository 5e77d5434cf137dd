/**
 * @file One refine from start to decision: opens the review, moves through its candidates and targets, and changes the text on
 * Accept only. Commands and keys call it; refineRun.ts does the asking, a ReviewSurface the drawing.
 */
import * as vscode from 'vscode';
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import type { ErrorCode } from '../../../server/protocol/errors.ts';
import { applyToText, type Applied } from './applyEdits.ts';
import type { CandidateDocuments } from '../host/candidateDocuments.ts';
import type { DraftClient } from '../engine/client.ts';
import { setReviewContexts } from '../host/contextKeys.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Disposable } from '../host/disposable.ts';
import { applyEdits, editAt, wordEdits, type OffsetEdit } from '../text/edits.ts';
import type { Failure, FirstPart } from '../messages/errors.ts';
import { FailedRequest } from './failedRequest.ts';
import { RefineRun, type RefineRequest } from './refineRun.ts';
import { ReviewDecisions } from './reviewDecisions.ts';
import { newItem, TakenInPart, viewOf, type Item, type ReviewSnapshot, type Session } from './reviewItem.ts';
import { ReviewSurfaces } from './reviewSurfaces.ts';
import type { ReviewZones } from './reviewThread.ts';
import { say } from '../messages/say.ts';
import { isWritable } from '../host/writable.ts';

export interface ReviewDependencies {
  readonly client: DraftClient;
  readonly zones: ReviewZones;
  readonly documents: CandidateDocuments;
  readonly decisions: Decisions;
  readonly log: vscode.LogOutputChannel;
  readonly showFailure: (failure: Failure) => void;
  readonly now: () => number;
}

/** A key that was meant for something else must not accept what appeared under it this recently. */
const acceptGuardMs = 300;
/** Failures that speak of one text and say nothing about the next. */
const aboutTheText: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['nothingToRefine', 'selectionTooLong']);

export class ReviewController implements vscode.Disposable {
  readonly #deps: ReviewDependencies;
  readonly #decisions: ReviewDecisions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly Disposable[];
  #session: Session | undefined;
  /** An edit of ours is under way: a key that repeats must not start another. */
  #applying = false;
  #failed: FailedRequest | undefined;
  readonly onDidChangeReview = this.#changed.event;

  constructor(dependencies: ReviewDependencies) {
    this.#deps = dependencies;
    this.#decisions = new ReviewDecisions(dependencies.decisions);
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.onDidCloseTextDocument((document) => {
        // Another language is a closing and an opening of a text that stays open.
        if (document.isClosed && this.#item?.run.request.document === document) this.#close();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.#setContexts()),
    ];
    this.#setContexts(); // an extension host that crashed left its own
  }

  get review(): ReviewSnapshot | undefined {
    const session = this.#session;
    const item = this.#item;
    if (!session || !item) return undefined;
    const { run, current } = item;
    return {
      uri: run.request.document.uri.toString(),
      range: run.range,
      original: run.original,
      state: run.state.kind,
      candidates: run.candidates,
      current,
      index: session.index,
      total: session.items.length,
    };
  }

  /** The candidate that is shown in the text, with its context: what "Why This?" asks about. */
  get currentCandidate(): { contextId: ContextId; candidateId: CandidateId } | undefined {
    const item = this.#item;
    const candidateId = item?.run.candidates[item.current]?.id;
    const contextId = item?.run.contextId;
    return candidateId === undefined || contextId === undefined ? undefined : { contextId, candidateId };
  }

  /** Reviews the targets one after the other; a review that was open is left without a decision. */
  refine(requests: readonly RefineRequest[]): void {
    const first = requests[0];
    if (!first) return;
    this.#close();
    this.#decisions.finish(requests);
    this.#failed?.dispose();
    this.#failed = undefined;
    const items = requests.map((request) => newItem(new RefineRun(this.#deps.client, request)));
    const session: Session = {
      items,
      index: 0,
      surfaces: this.#openSurfaces(items[0]!.run), // requests has a first
      subscriptions: [],
    };
    this.#session = session;
    for (const item of items) {
      session.subscriptions.push(
        item.run,
        item.run.onDidChange(() => this.#refresh(item)),
      );
    }
    this.#startRun(session, 0);
    this.#refresh(items[0]!); // requests has a first
    this.#noticeReadOnly(session).catch((error: unknown) =>
      this.#deps.log.warn('Whether the text can be changed is not known', error),
    );
  }

  /** The part of a target that was too long that the server named; where the text has changed since, it is asked again. */
  refineFirst({ start, end, version }: FirstPart): void {
    const request = this.#failed?.part({ start, end }, version);
    if (request) this.refine([request]);
  }

  /**
   * What failed is asked again, with its wish; where it is under review already, the follower goes on, unless the server forgot it.
   * @returns false where nothing failed
   */
  async tryAgain(): Promise<boolean> {
    const { state } = this.#item?.run ?? {};
    const isForgotten = state?.kind === 'failed' && state.failure.code === 'serverCrashed';
    const request = this.#failed?.again();
    if (this.currentCandidate && !isForgotten) await this.refineAgain();
    else if (request) this.refine([request]);
    else return false;
    return true;
  }

  move(by: 1 | -1): void {
    const item = this.#item;
    if (!item || item.run.candidates.length < 2) return;
    const count = item.run.candidates.length;
    this.#choose(item, (item.current + by + count) % count);
  }

  /** Takes the current candidate, or the one with this index, into the text as one undo step; a text that is read-only: copies it. */
  async accept(index?: number): Promise<void> {
    const item = this.#item;
    if (!item || this.#applying) return;
    if (index !== undefined) item.current = index;
    const candidate = item.run.candidates[item.current];
    if (!candidate) return;
    if (index === undefined && this.#deps.now() - item.currentSince < acceptGuardMs) return;
    item.run.stop();
    const before = item.run.currentText;
    const applied = await this.#apply(item, wordEdits(before, candidate.text), candidate.text);
    if (this.#item !== item) return; // closed meanwhile, or left out
    if (applied === 'textChanged') {
      this.#leaveOut(item);
      return;
    }
    if (applied === 'readOnly') await this.#copy(candidate.text);
    if (item.taken) item.taken.recorded = true;
    this.#decisions.record(item.run, 'accepted', candidate.id);
    if (applied === 'done') this.#decisions.watch(item.run, candidate.id, item.run.original);
    this.#advance();
  }

  /** Takes one change of the current candidate, the one at the caret or else the next, and stays in the review. */
  async acceptOneChange(): Promise<void> {
    const item = this.#item;
    const candidate = item?.run.candidates[item.current];
    const offsets = item?.run.offsets;
    if (!item || !candidate || !offsets || this.#applying) return;
    const { run } = item;
    const before = run.currentText;
    const edits = wordEdits(before, candidate.text);
    const editor = editorOf(run.request.document);
    const caret = editor ? run.request.document.offsetAt(editor.selection.active) - offsets.start : 0;
    const edit = editAt(edits, caret);
    if (!edit) return;
    run.stop(); // what is being written would not know of the change
    let { taken } = item;
    if (taken?.candidateId !== candidate.id) {
      this.#recordPart(item);
      taken = new TakenInPart(candidate.id, edits.length, before);
    }
    const after = applyEdits(before, [edit]);
    const applied = await this.#apply(item, [edit], after);
    if (this.#item !== item) return; // closed meanwhile, or left out
    if (applied === 'textChanged') {
      this.#leaveOut(item);
      return;
    }
    if (applied === 'readOnly') {
      say(vscode.l10n.t('This text is read-only.'));
      return;
    }
    taken.take(after);
    item.taken = taken;
    if (after === candidate.text) {
      taken.recorded = true;
      this.#decisions.record(item.run, 'accepted', candidate.id);
      this.#decisions.watch(item.run, candidate.id, run.original);
      this.#advance();
    } else {
      this.#refresh(item);
    }
  }

  /** Ends the writing; what is complete stays to be decided on. */
  stop(): void {
    const item = this.#item;
    if (!item || this.#applying) return;
    if (item.run.candidates.length === 0) this.#close();
    else item.run.stop();
  }

  keepOriginal(): void {
    const item = this.#item;
    if (!item || this.#applying) return;
    item.run.stop();
    const candidate = item.run.candidates[item.current];
    if (candidate) {
      const { run } = item;
      const inPart = this.#recordPart(item);
      if (!inPart) this.#decisions.record(run, 'rejected', candidate.id);
      this.#decisions.watch(run, candidate.id, run.currentText, inPart ? 'edited' : 'ownWording');
    }
    this.#advance();
  }

  /** Lets the follower go on from the candidate that is shown. */
  async refineAgain(): Promise<void> {
    const item = this.#item;
    const candidate = item?.run.candidates[item.current];
    if (!item || !candidate || item.run.isWriting) return;
    const known = item.run.candidates.length;
    item.chosen = false;
    if (!item.refinedAgain.has(candidate.id)) this.#decisions.record(item.run, 'refinedAgain', candidate.id);
    item.refinedAgain.add(candidate.id);
    await item.run.again(candidate.id);
    const { state, candidates } = item.run;
    const found = candidates.length > known || state.kind !== 'finished' || state.outcome === 'stopped';
    if (!found && this.#item === item) {
      say(vscode.l10n.t('No improvement was found.'));
    }
  }

  /** Opens the current candidate in a diff editor, which follows the review; the review stays. */
  showDiff(): void {
    const session = this.#session;
    const item = this.#item;
    if (session && item) session.surfaces.showDiff(viewOf(session, item));
  }

  dispose(): void {
    this.#close();
    this.#failed?.dispose();
    this.#decisions.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  get #item(): Item | undefined {
    return this.#session?.items[this.#session.index];
  }

  #startRun(session: Session, index: number): void {
    const item = session.items[index];
    if (!item) return;
    if (isBroken(item)) {
      this.#startRun(session, index + 1);
      return;
    }
    item.run.start().then(
      () => {
        // The next is written while this one is read.
        if (this.#session === session && index === session.index) this.#startRun(session, index + 1);
      },
      (error: unknown) => this.#deps.log.error('A refine failed unexpectedly', error),
    );
  }

  #openSurfaces(run: RefineRun): ReviewSurfaces {
    const { zones, documents, log } = this.#deps;
    return new ReviewSurfaces(
      {
        zones,
        documents,
        onError: (error) => log.error('The diff editor failed', error),
        onHidden: () => say(vscode.l10n.t('The review goes on: Show Diff opens it again.')),
      },
      run,
    );
  }

  /** Draws what a run has become and acts on its end. */
  #refresh(item: Item): void {
    const session = this.#session;
    if (!session || item !== this.#item) return;
    const { run } = item;
    if (item.taken?.follow(run.currentText) === false) item.taken = undefined;
    if (!item.chosen && item.current !== run.candidates.length - 1) {
      item.current = run.candidates.length - 1;
      item.currentSince = this.#deps.now();
    }
    const { state } = run;
    const isEmpty = run.candidates.length === 0;
    if (state.kind === 'textChanged') {
      this.#leaveOut(item);
      return;
    }
    if (state.kind === 'failed') {
      // What is complete stays acceptable when only a further round failed.
      if (item.told !== state) this.#deps.showFailure(state.failure);
      item.told = state;
      this.#failed?.dispose();
      this.#failed = new FailedRequest(run.request, run.range);
      if (isEmpty) {
        // Of several selections only the one that can't be refined is left out.
        if (aboutTheText.has(state.failure.code)) this.#advance();
        else this.#close();
        return;
      }
    }
    if (state.kind === 'finished' && isEmpty) {
      if (state.outcome === 'nothingToImprove') say(vscode.l10n.t('Nothing to improve here.'));
      else if (state.outcome !== 'stopped') say(vscode.l10n.t('No improvement was found.'));
      this.#advance();
      return;
    }
    session.surfaces.update(viewOf(session, item));
    this.#announce();
  }

  /** The writer changed the text under review: what else was selected is reviewed, without moving the page under the hands. */
  #leaveOut(item: Item): void {
    const session = this.#session;
    if (session?.items.slice(session.index + 1).some((next) => !isBroken(next))) {
      this.#recordPart(item);
      sayLeftOut(session);
      this.#advance({ reveal: false });
    } else {
      say(vscode.l10n.t('Refine stopped: the text changed.'));
      this.#close();
    }
  }

  /** @returns whether changes were taken one by one that are no decision yet; they are one now */
  #recordPart({ run, taken }: Item): boolean {
    if (!taken || taken.recorded || taken.changes === 0) return false;
    taken.recorded = true;
    const share = taken.changes / taken.of;
    this.#decisions.record(run, 'acceptedInPart', taken.candidateId, { finalText: taken.text, share });
    return true;
  }

  /** Copy takes the place of Accept where the text can't be changed. */
  async #noticeReadOnly(session: Session): Promise<void> {
    for (const item of session.items) {
      item.readOnly = !(await isWritable(item.run.request.document));
      if (item.readOnly && session === this.#session) this.#refresh(item);
    }
  }

  #choose(item: Item, index: number): void {
    item.current = index;
    item.chosen = true;
    item.currentSince = this.#deps.now();
    this.#refresh(item);
  }

  #advance({ reveal = true } = {}): void {
    const session = this.#session;
    if (!session) return;
    session.surfaces.dispose();
    session.items[session.index]?.run.dispose();
    session.index++;
    // A text that was changed before its turn is left out, and does not end the others.
    for (; this.#item !== undefined && isBroken(this.#item); session.index++) {
      sayLeftOut(session);
      this.#item.run.dispose();
    }
    const item = this.#item;
    if (!item) {
      this.#close();
      return;
    }
    session.surfaces = this.#openSurfaces(item.run);
    this.#startRun(session, session.index);
    if (!item.run.isWriting) this.#startRun(session, session.index + 1);
    if (reveal) {
      editorOf(item.run.request.document)?.revealRange(
        item.run.range,
        vscode.TextEditorRevealType.InCenterIfOutsideViewport,
      );
    }
    this.#refresh(item);
  }

  #close(): void {
    const session = this.#session;
    if (!session) return;
    const item = this.#item;
    if (item) this.#recordPart(item);
    this.#session = undefined;
    if (session.index < session.items.length) session.surfaces.dispose();
    for (const subscription of session.subscriptions) subscription.dispose();
    this.#announce();
  }

  #announce(): void {
    this.#setContexts();
    this.#changed.fire();
  }

  #setContexts(): void {
    const item = this.#item;
    setReviewContexts({
      isWriting: item?.run.isWriting ?? false,
      candidates: item?.run.candidates.length ?? 0,
      hasCurrent: item !== undefined && item.current >= 0,
      isReadOnly: item?.readOnly ?? false,
      isInFront: this.#isInFront(),
    });
  }

  /** Whether the writer looks at the text under review, or at a diff of it. */
  #isInFront(): boolean {
    const document = vscode.window.activeTextEditor?.document;
    return document !== undefined && (this.#session?.surfaces.shows(document) ?? false);
  }

  async #apply(item: Item, edits: readonly OffsetEdit[], textAfter: string): Promise<Applied> {
    this.#applying = true;
    try {
      return await applyToText(item.run, edits, textAfter);
    } finally {
      this.#applying = false;
    }
  }

  async #copy(text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    say(vscode.l10n.t('This text is read-only: the suggestion was copied.'));
  }
}

/** The writer changed its text before or while it was refined. */
function isBroken({ run }: Item): boolean {
  return run.state.kind === 'textChanged';
}

function sayLeftOut({ index, items }: Session): void {
  say(vscode.l10n.t('{0} of {1} was left out: its text changed.', index + 1, items.length));
}

function editorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active?.document === document) return active;
  return vscode.window.visibleTextEditors.find((editor) => editor.document === document);
}
