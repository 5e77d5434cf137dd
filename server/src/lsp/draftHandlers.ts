/** @file Refine and refine again: from a request to candidates, and the same through a plain code action for editors without our review zone. */
import { randomInt, randomUUID } from 'node:crypto';
import {
  CodeActionKind,
  CodeActionTriggerKind,
  MessageType,
  ShowMessageNotification,
  type CodeAction,
  type CodeActionParams,
  type Connection,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CandidateId, ContextId, Range } from '../../protocol/common.ts';
import type { RefinedText } from '../../protocol/decisions.ts';
import { serverCommand } from '../../protocol/messages.ts';
import type {
  Author,
  Candidate,
  RefineAgainParams,
  RefineParams,
  RefineProgress,
  RefineResult,
} from '../../protocol/refine.ts';
import { findTarget, refuseTooLong, type Target } from '../document/target.ts';
import { heeded, promptFormat } from '../generation/prompts.ts';
import { CancelledError, DraftError } from '../util/errors.ts';
import type { ChosenModel, Engine } from './engine.ts';
import type { DecidedContext } from './feedbackHandlers.ts';
import type { OffsetRange, RangeTracker, TrackedRange } from './rangeTracker.ts';
import { cutFor, refine, refineAgain, type RefineJob } from './refiner.ts';
import type { SettingsStore } from './settingsStore.ts';

interface DraftDependencies {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly ranges: RangeTracker;
  readonly settings: SettingsStore;
  readonly engine: Engine;
  /** The folder that holds a document, or ''. */
  readonly workspaceOf: (uri: string) => string;
  /** Whether the editor's caret stands on a character, and is sent as a selection of it (Helix, Kakoune). */
  readonly caretIsSelection: boolean;
  /** Whether the editor takes edits for a version of a document (`workspaceEdit.documentChanges`). */
  readonly versionedEdits: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A refine that was answered, for its decision and for a further round. */
interface RefineContext {
  readonly id: ContextId;
  readonly time: number;
  readonly uri: string;
  readonly languageId: string;
  readonly params: RefineParams;
  readonly instruction: string;
  readonly target: Target;
  /** Where the target is now, as long as nothing in it changed. */
  place: TrackedRange;
  readonly chosen: ChosenModel;
  readonly candidates: Candidate[];
  /** The pieces behind each candidate, and what wrote it: a further round may have another adapter. */
  readonly written: Map<CandidateId, { readonly pieces: readonly string[]; readonly chosen: ChosenModel }>;
}

/** Answered refines that can still be decided or refined again. */
const keptContexts = 64;
/** Characters of the document kept before and after the target. */
const surroundings = 400;
/** UTF-16 units, of what is looked at as one character. */
const longestCharacter = 32;

export class DraftHandlers {
  readonly #dependencies: DraftDependencies;
  readonly #contexts = new Map<ContextId, RefineContext>();

  constructor(dependencies: DraftDependencies) {
    this.#dependencies = dependencies;
  }

  async refine(params: RefineParams, signal: AbortSignal): Promise<RefineResult> {
    return (await this.#refine(params, signal)).result;
  }

  async refineAgain(params: RefineAgainParams, signal: AbortSignal): Promise<RefineResult> {
    const context = this.#contexts.get(params.contextId);
    const shown = context?.candidates.find(({ id }) => id === params.candidateId);
    if (!context || !shown)
      throw new DraftError('badRequest', 'This suggestion is no longer known; refine the text once more.');
    const document = this.#document(context.uri);
    if (params.place) this.#move(context, params.place);
    refuseBroken(context.place);
    const asked = placeIn(document, context.place);
    const { settings, engine } = this.#dependencies;
    const loaded = await engine.model(await settings.get(document.uri));
    const round = Math.max(...context.candidates.map((candidate) => candidate.round)) + 1;
    const refined = await this.#watched(context, loaded.chosen, signal, (watched) =>
      refineAgain(
        loaded.model,
        this.#job(context, params, 0, loaded.chosen, watched),
        context.written.get(shown.id)?.pieces ?? context.target.pieces.map(({ text }) => text),
        round,
      ),
    );
    return this.#result(context, loaded.chosen, refined.candidates, refined.outcome, asked);
  }

  /** On a selection, or when the writer asks for rewrites: never for a bare caret, or the light bulb would be everywhere. */
  async codeActions(params: CodeActionParams): Promise<CodeAction[]> {
    const { documents, settings } = this.#dependencies;
    const document = documents.get(params.textDocument.uri);
    const only = params.context.only;
    const wanted = only?.some(
      (kind) => `${kind}.`.startsWith('refactor.rewrite.') || 'refactor.rewrite.secondDraft'.startsWith(kind),
    );
    if (!document || (only && !wanted)) return [];
    const range = this.#caretOr(document, params.range);
    const { version } = document;
    if (isEmpty(range) && !wanted && params.context.triggerKind !== CodeActionTriggerKind.Invoked) return [];
    if (!(await settings.get(document.uri)).enable) return [];
    const argument: RefineParams = {
      textDocument: { uri: document.uri, version },
      range,
      task: 'improve',
    };
    const title = 'Refine with Second Draft';
    return [
      {
        title,
        kind: `${CodeActionKind.RefactorRewrite}.secondDraft`,
        command: { title, command: serverCommand.refineAndApply, arguments: [argument] },
      },
    ];
  }

  /**
   * For editors without our review zone: the last candidate replaces the text where it is now, in one edit that the editor can undo. Where
   * nothing was found the editor says so.
   */
  async refineAndApply(params: RefineParams, signal: AbortSignal): Promise<RefineResult> {
    const { connection, documents, versionedEdits } = this.#dependencies;
    const open = documents.get(params.textDocument.uri);
    const range = open ? this.#caretOr(open, params.range) : params.range;
    const { result, context } = await this.#refine({ ...params, range }, signal);
    const chosen = result.candidates.at(-1);
    if (!chosen) {
      const message =
        result.outcome === 'nothingToImprove' ? 'Nothing to improve here.' : 'No improvement was found.';
      await connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Info, message });
      return result;
    }
    const document = this.#document(context.uri);
    const place = placeIn(document, context.place);
    refuseBroken(context.place);
    if (document.getText(place.range) !== context.target.original) throw stale();
    const edits = [{ range: place.range, newText: chosen.text }];
    const answer = await connection.workspace.applyEdit({
      label: 'Refine',
      edit: versionedEdits
        ? { documentChanges: [{ textDocument: { uri: context.uri, version: place.version }, edits }] }
        : { changes: { [context.uri]: edits } },
    });
    if (!answer.applied) throw stale();
    return result;
  }

  /** A refine as the store keeps it. */
  decided(id: ContextId): DecidedContext | undefined {
    const context = this.#contexts.get(id);
    if (!context) return undefined;
    return {
      uri: context.uri,
      context: {
        id,
        time: context.time,
        document: context.uri,
        workspace: this.#dependencies.workspaceOf(context.uri),
        language: context.languageId,
        task: context.params.task,
        instruction: context.instruction,
        original: context.target.original,
        ...around(context.target),
      },
      candidates: context.candidates.map(({ id: candidateId, role, round, text, timing }) => {
        const chosen = context.written.get(candidateId)?.chosen ?? context.chosen;
        return {
          id: candidateId,
          contextId: id,
          role,
          round,
          text,
          ...authorOf(chosen),
          logProb: null,
          totalMs: timing.totalMs,
        };
      }),
    };
  }

  /** The same of a refine that another server wrote, as the client remembers it. */
  retold(id: ContextId, about: RefinedText): DecidedContext {
    const { uri, languageId, task, instruction, original, before, after, candidates } = about;
    const { now, workspaceOf } = this.#dependencies;
    return {
      uri,
      context: {
        id,
        time: now(),
        document: uri,
        workspace: workspaceOf(uri),
        language: languageId,
        task,
        instruction,
        original,
        before: before.slice(-surroundings),
        after: after.slice(0, surroundings),
      },
      candidates: candidates.map(({ id: candidateId, role, round, text, model, adapter, timing }) => ({
        id: candidateId,
        contextId: id,
        role,
        round,
        text,
        model,
        adapter,
        logProb: null,
        totalMs: timing.totalMs,
      })),
    };
  }

  async #refine(
    params: RefineParams,
    signal: AbortSignal,
  ): Promise<{ result: RefineResult; context: RefineContext }> {
    const { settings, engine, ranges, now } = this.#dependencies;
    const document = this.#document(params.textDocument.uri);
    if (document.version !== params.textDocument.version) throw stale();
    // Found and followed before anything is waited for.
    const target = findTarget(
      document.getText(),
      document.languageId,
      document.offsetAt(params.range.start),
      document.offsetAt(params.range.end),
    );
    const place = ranges.track(document.uri, target);
    const asked = placeIn(document, place);
    const id = randomUUID() as ContextId;
    try {
      const current = await settings.get(document.uri);
      refuseTooLong(target, current.refine.maxWords, { version: asked.version });
      this.#progress(params, {
        kind: 'target',
        contextId: id,
        range: asked.range,
        original: target.original,
      });
      const loaded = await engine.model(current);
      const context: RefineContext = {
        id,
        time: now(),
        uri: document.uri,
        languageId: document.languageId,
        params,
        instruction: heeded(
          promptFormat(loaded.model),
          params.task,
          params.instruction ?? current.refine.instruction,
        ),
        target: cutFor(loaded.model, target),
        place,
        chosen: loaded.chosen,
        candidates: [],
        written: new Map(),
      };
      const refined = await this.#watched(context, loaded.chosen, signal, (watched) =>
        refine(
          loaded.model,
          this.#job(context, params, params.rounds ?? current.refine.rounds, loaded.chosen, watched),
        ),
      );
      const result = this.#result(context, loaded.chosen, context.candidates, refined.outcome, asked);
      return { result, context };
    } finally {
      if (!this.#contexts.has(id)) place.dispose();
    }
  }

  /** A selection of one character is a caret in some editors. */
  #caretOr(document: TextDocument, range: Range): Range {
    if (!this.#dependencies.caretIsSelection) return range;
    const text = document.getText(range);
    const [first] = graphemes.segment(text.slice(0, longestCharacter));
    return first?.segment === text ? { start: range.start, end: range.start } : range;
  }

  #document(uri: string): TextDocument {
    const document = this.#dependencies.documents.get(uri);
    if (!document) throw new DraftError('badRequest', 'This document is not open in the editor.');
    return document;
  }

  /** The editor says where the text is, which it has changed itself. */
  #move(context: RefineContext, { version, range }: Place): void {
    const document = this.#document(context.uri);
    if (document.version !== version) throw stale();
    context.place.dispose();
    context.place = this.#dependencies.ranges.track(context.uri, {
      start: document.offsetAt(range.start),
      end: document.offsetAt(range.end),
    });
  }

  /** Runs `job`; a change of the target's own text, or its document's being closed, ends it as `staleDocument`. */
  async #watched<T>(
    { place }: RefineContext,
    chosen: ChosenModel,
    signal: AbortSignal,
    job: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const watched = AbortSignal.any([signal, place.broken]);
    try {
      refuseBroken(place);
      const result = await this.#dependencies.engine.writing('leader', chosen, () => job(watched));
      refuseBroken(place);
      return result;
    } catch (error) {
      if (error instanceof CancelledError && place.broken.aborted && !signal.aborted) throw stale();
      throw error;
    }
  }

  #job(
    context: RefineContext,
    params: RefineParams | RefineAgainParams,
    rounds: number,
    chosen: ChosenModel,
    signal: AbortSignal,
  ): RefineJob {
    const { engine } = this.#dependencies;
    const pieces = context.target.pieces.length;
    return {
      target: context.target,
      task: context.params.task,
      instruction: context.instruction,
      rounds,
      seed: randomInt(2 ** 31),
      signal,
      newId: () => randomUUID() as CandidateId,
      onRole: (role) => engine.announce(role),
      onWriting: (role, round, text, piece) =>
        this.#progress(params, { kind: 'writing', role, round, text, piece, pieces }),
      onCandidate: (candidate, written) => {
        context.candidates.push(candidate);
        context.written.set(candidate.id, { pieces: written, chosen });
        this.#keep(context);
        this.#progress(params, { kind: 'candidate', candidate, writtenBy: authorOf(chosen) });
      },
    };
  }

  /** From the first candidate on: it can be decided on while the next is being written, and when that is stopped or fails. */
  #keep(context: RefineContext): void {
    this.#contexts.set(context.id, context);
    for (const [id, { place }] of this.#contexts) {
      if (this.#contexts.size <= keptContexts) break;
      place.dispose();
      this.#contexts.delete(id);
    }
  }

  #result(
    context: RefineContext,
    chosen: ChosenModel,
    candidates: readonly Candidate[],
    outcome: RefineResult['outcome'],
    asked: Place,
  ): RefineResult {
    return {
      contextId: context.id,
      range: asked.range,
      version: asked.version,
      original: context.target.original,
      candidates,
      outcome,
      ...authorOf(chosen),
    };
  }

  #progress(
    { partialResultToken }: { readonly partialResultToken?: string | number },
    value: RefineProgress,
  ): void {
    if (partialResultToken === undefined) return;
    void this.#dependencies.connection.sendNotification('$/progress', { token: partialResultToken, value });
  }
}

function authorOf({ file, adapter }: ChosenModel): Author {
  return { model: file.title, adapter: adapter?.id ?? null };
}

/** A range, and the version of the document in which it is there. */
type Place = NonNullable<RefineAgainParams['place']>;

function placeIn(document: TextDocument, { start, end }: OffsetRange): Place {
  const range = { start: document.positionAt(start), end: document.positionAt(end) };
  return { version: document.version, range };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function isEmpty({ start, end }: Range): boolean {
  return start.line === end.line && start.character === end.character;
}

/** The text around a target, for the context of a training prompt. */
function around({ document, start, end }: Target): { before: string; after: string } {
  return {
    before: document.slice(Math.max(0, start - surroundings), start),
    after: document.slice(end, end + surroundings),
  };
}

/** @throws DraftError `staleDocument` once the text itself was changed */
function refuseBroken({ broken }: TrackedRange): void {
  if (broken.aborted) throw stale();
}

function stale(): DraftError {
  return new DraftError('staleDocument', 'The text changed while Second Draft was writing.');
}
