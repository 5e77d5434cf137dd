/** @file Refine and refine again: from a request to candidates, and the same through a plain code action for editors without our review zone. */
import { randomInt, randomUUID } from 'node:crypto';
import {
  CodeActionKind,
  CodeActionTriggerKind,
  type CodeAction,
  type CodeActionParams,
  type Connection,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  serverCommand,
  type Candidate,
  type CandidateId,
  type ContextId,
  type RefineAgainParams,
  type RefineParams,
  type RefineProgress,
  type RefineResult,
} from '../../protocol/messages.ts';
import { findTarget, type Target } from '../document/target.ts';
import { CancelledError, DraftError } from '../util/errors.ts';
import type { ChosenModel, Engine } from './engine.ts';
import type { DecidedContext } from './feedbackHandlers.ts';
import { cutFor, refine, refineAgain, type RefineJob, type Refined } from './refiner.ts';
import type { SettingsStore } from './settingsStore.ts';

interface DraftDependencies {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly settings: SettingsStore;
  readonly engine: Engine;
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
  readonly version: number;
  /** Text around the target, for the context of a training prompt. */
  readonly before: string;
  readonly after: string;
  readonly chosen: ChosenModel;
  readonly candidates: Candidate[];
  /** The pieces behind each candidate. */
  readonly pieces: Map<CandidateId, readonly string[]>;
}

/** Answered refines that can still be decided or refined again. */
const keptContexts = 64;
/** Characters of the document kept before and after the target. */
const surroundings = 400;

export class DraftHandlers {
  readonly #dependencies: DraftDependencies;
  readonly #contexts = new Map<ContextId, RefineContext>();

  constructor(dependencies: DraftDependencies) {
    this.#dependencies = dependencies;
  }

  async refine(params: RefineParams, signal: AbortSignal): Promise<RefineResult> {
    const document = this.#document(params.textDocument.uri, params.textDocument.version);
    const { settings, engine, now } = this.#dependencies;
    const current = await settings.get(document.uri);
    const target = findTarget(
      document.getText(),
      document.languageId,
      document.offsetAt(params.range.start),
      document.offsetAt(params.range.end),
      current.refine.maxWords,
    );
    const id = randomUUID() as ContextId;
    const range = { start: document.positionAt(target.start), end: document.positionAt(target.end) };
    this.#progress(params, { kind: 'target', contextId: id, range, original: target.original });
    const loaded = await engine.model(current);
    const text = document.getText();
    const context: RefineContext = {
      id,
      time: now(),
      uri: document.uri,
      languageId: document.languageId,
      params,
      instruction: params.instruction ?? current.refine.instruction,
      target: cutFor(loaded.model, target),
      version: params.textDocument.version,
      before: text.slice(Math.max(0, target.start - surroundings), target.start),
      after: text.slice(target.end, target.end + surroundings),
      chosen: loaded.chosen,
      candidates: [],
      pieces: new Map(),
    };
    const refined = await this.#watched(context, loaded.chosen, signal, (watch) =>
      refine(loaded.model, this.#job(context, params, params.rounds ?? current.refine.rounds, watch)),
    );
    this.#keep(context, refined);
    return this.#result(context, context.candidates, refined.outcome, range);
  }

  async refineAgain(params: RefineAgainParams, signal: AbortSignal): Promise<RefineResult> {
    const context = this.#contexts.get(params.contextId);
    const shown = context?.candidates.find(({ id }) => id === params.candidateId);
    if (!context || !shown)
      throw new DraftError('badRequest', 'This suggestion is no longer known; refine the text once more.');
    const document = this.#document(context.uri, context.version);
    const { settings, engine } = this.#dependencies;
    const loaded = await engine.model(await settings.get(document.uri));
    const round = Math.max(...context.candidates.map((candidate) => candidate.round)) + 1;
    const refined = await this.#watched(context, loaded.chosen, signal, (watch) =>
      refineAgain(
        loaded.model,
        this.#job(context, params, 0, watch),
        context.pieces.get(shown.id) ?? context.target.pieces.map(({ text }) => text),
        round,
      ),
    );
    this.#keep(context, refined);
    const range = {
      start: document.positionAt(context.target.start),
      end: document.positionAt(context.target.end),
    };
    const candidates = refined.written.map(({ candidate }) => candidate);
    return this.#result(context, candidates, refined.outcome, range);
  }

  /** On a selection, or when the writer asks for rewrites: never for a bare caret, or the light bulb would be everywhere. */
  codeActions(params: CodeActionParams): CodeAction[] {
    const document = this.#dependencies.documents.get(params.textDocument.uri);
    const only = params.context.only;
    const wanted = only?.some(
      (kind) => `${kind}.`.startsWith('refactor.rewrite.') || 'refactor.rewrite.secondDraft'.startsWith(kind),
    );
    const empty =
      params.range.start.line === params.range.end.line &&
      params.range.start.character === params.range.end.character;
    if (!document || (only && !wanted)) return [];
    if (empty && !wanted && params.context.triggerKind !== CodeActionTriggerKind.Invoked) return [];
    const argument: RefineParams = {
      textDocument: { uri: document.uri, version: document.version },
      range: params.range,
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

  /** For editors without our review zone: the last candidate replaces the text, in one edit that the editor can undo. */
  async refineAndApply(params: RefineParams, signal: AbortSignal): Promise<RefineResult> {
    const result = await this.refine(params, signal);
    const chosen = result.candidates.at(-1);
    if (!chosen) return result;
    const { connection } = this.#dependencies;
    this.#document(params.textDocument.uri, params.textDocument.version);
    const edit = { range: result.range, newText: chosen.text };
    const answer = await connection.workspace.applyEdit({
      label: 'Refine',
      edit: { documentChanges: [{ textDocument: { ...params.textDocument }, edits: [edit] }] },
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
        workspace: '',
        language: context.languageId,
        task: context.params.task,
        instruction: context.instruction,
        original: context.target.original,
        before: context.before,
        after: context.after,
      },
      candidates: context.candidates.map(({ id: candidateId, role, round, text, timing }) => ({
        id: candidateId,
        contextId: id,
        role,
        round,
        text,
        model: context.chosen.file.title,
        adapter: context.chosen.adapter?.id ?? null,
        logProb: null,
        totalMs: timing.totalMs,
      })),
    };
  }

  #document(uri: string, version: number): TextDocument {
    const document = this.#dependencies.documents.get(uri);
    if (!document) throw new DraftError('badRequest', 'This document is not open in the editor.');
    if (document.version !== version) throw stale();
    return document;
  }

  /** Runs `job`; a change of the document under it, or its being closed, ends it as `staleDocument`. */
  async #watched<T>(
    context: RefineContext,
    chosen: ChosenModel,
    signal: AbortSignal,
    job: (watch: Watch) => Promise<T>,
  ): Promise<T> {
    const { documents } = this.#dependencies;
    const changed = new AbortController();
    const subscription = documents.onDidChangeContent(({ document }) => {
      if (document.uri === context.uri && document.version !== context.version) changed.abort();
    });
    const watch: Watch = { signal: AbortSignal.any([signal, changed.signal]) };
    try {
      const result = await this.#dependencies.engine.writing('leader', chosen, () => job(watch));
      this.#document(context.uri, context.version);
      return result;
    } catch (error) {
      if (error instanceof CancelledError && changed.signal.aborted && !signal.aborted) throw stale();
      throw error;
    } finally {
      subscription.dispose();
    }
  }

  #job(
    context: RefineContext,
    params: RefineParams | RefineAgainParams,
    rounds: number,
    { signal }: Watch,
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
      onCandidate: (candidate) => {
        context.candidates.push(candidate);
        this.#progress(params, { kind: 'candidate', candidate });
      },
    };
  }

  #keep(context: RefineContext, refined: Refined): void {
    for (const { candidate, pieces } of refined.written) context.pieces.set(candidate.id, pieces);
    this.#contexts.set(context.id, context);
    for (const id of this.#contexts.keys()) {
      if (this.#contexts.size <= keptContexts) break;
      this.#contexts.delete(id);
    }
  }

  #result(
    context: RefineContext,
    candidates: readonly Candidate[],
    outcome: RefineResult['outcome'],
    range: RefineResult['range'],
  ): RefineResult {
    return {
      contextId: context.id,
      range,
      version: context.version,
      original: context.target.original,
      candidates,
      outcome,
      model: context.chosen.file.title,
      adapter: context.chosen.adapter?.id ?? null,
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

interface Watch {
  readonly signal: AbortSignal;
}

function stale(): DraftError {
  return new DraftError('staleDocument', 'The text changed while Second Draft was writing.');
}
