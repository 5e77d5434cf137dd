/** @file What the writer decided: whether it may be kept, keeping it, and the writer's own view of it (list, delete, export, import). */
import { randomUUID } from 'node:crypto';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CandidateId, ContextId, DecisionId } from '../../protocol/common.ts';
import type {
  DecideParams,
  DecideResult,
  DecisionFilter,
  DecisionKind,
  DecisionsParams,
  DecisionsResult,
  DeleteDecisionsParams,
  DeleteDecisionsResult,
  ExportDecisionsParams,
  ExportDecisionsResult,
  ImportDecisionsParams,
  ImportDecisionsResult,
  RefinedText,
} from '../../protocol/decisions.ts';
import type { PresenceParams } from '../../protocol/status.ts';
import type { Settings } from '../../protocol/settings.ts';
import { exportDecisions } from '../storage/export.ts';
import { importDecisions } from '../storage/importDecisions.ts';
import type { NewCandidate, NewContext, NewDecision, PreferenceStore } from '../storage/preferenceStore.ts';
import { DraftError } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

/** What a decision is about, as whoever wrote the candidates knows it. */
export interface DecidedContext {
  readonly uri: string;
  readonly context: NewContext;
  readonly candidates: readonly NewCandidate[];
}

export interface FeedbackDependencies {
  readonly log: Log;
  readonly now: () => number;
  /** Opens the store when it is first needed; throws a DraftError while it can't be had. */
  readonly store: () => PreferenceStore;
  readonly find: (id: ContextId) => DecidedContext | undefined;
  /** The same from what the client tells of it. */
  readonly retold: (id: ContextId, about: RefinedText) => DecidedContext;
  readonly settings: (uri?: string) => Promise<Settings>;
  /** Ends the runs that learn or would learn from these. @returns whether another window's goes on all the same */
  readonly endRuns: (decisions: ReadonlySet<DecisionId> | 'all') => Promise<boolean>;
  /** Removes what training made of the decisions: its runs, and with `adapters` the writer's adapters. */
  readonly forget: (adapters: boolean) => Promise<void>;
}

interface Waiting {
  readonly context: NewContext;
  readonly candidates: readonly NewCandidate[];
  readonly decision: NewDecision;
}

const pageSize = 100;
const retryMs = 15_000;
const aftermath: ReadonlySet<DecisionKind> = new Set<DecisionKind>(['edited', 'ownWording', 'undone']);

export class FeedbackHandlers {
  readonly #dependencies: FeedbackDependencies;
  /** Decisions that could not be written yet; they go first when the store can be had again. */
  #waiting: Waiting[] = [];
  #retry: ReturnType<typeof setTimeout> | undefined;
  #consent: PresenceParams['consent'];
  /** Contexts whose decisions were deleted: what becomes of their texts later is not kept either. */
  readonly #forgotten = new Set<ContextId>();
  /** The same of all that were known then, ms since the epoch. */
  #allForgottenAt = -Infinity;

  constructor(dependencies: FeedbackDependencies, consent: PresenceParams['consent']) {
    this.#dependencies = dependencies;
    this.#consent = consent;
  }

  setConsent(consent: PresenceParams['consent']): void {
    this.#consent = consent;
  }

  /** Whether decisions are kept at all, for the status. */
  async recording(): Promise<boolean> {
    return this.#consent === 'given' && (await this.#dependencies.settings()).learning.record;
  }

  /** Writes what still waits, if it can be written now. */
  dispose(): void {
    clearTimeout(this.#retry);
    try {
      this.#flush();
    } catch {
      this.#dependencies.log.error(`${this.#waiting.length} decisions could not be written.`);
    }
  }

  /**
   * Answers only when the decision is on disk. One that can't be written now is kept in memory and tried again: with the next, after a
   * while, and at the end.
   */
  async decide(params: DecideParams): Promise<DecideResult> {
    const { find, retold, now, settings } = this.#dependencies;
    const { contextId, kind, about } = params;
    const known = find(contextId);
    const found = known ?? (about && retold(contextId, about));
    if (!found || this.#isDeleted(params, found)) return { recorded: false, reason: 'unknownContext' };
    const { learning, enable } = await settings(found.uri);
    if (!learning.record || !enable) return { recorded: false, reason: 'recordingOff' };
    if (this.#consent !== 'given') return { recorded: false, reason: 'noConsent' };
    if (isExcluded(found.uri, learning.exclude)) return { recorded: false, reason: 'excluded' };
    // What became of the text of an earlier server's refine is kept only where its decision is; nothing is opened before all this allows it.
    if (!known && aftermath.has(kind) && !this.#isKept(contextId))
      return { recorded: false, reason: 'unknownContext' };
    if (params.candidateId !== undefined) knownCandidates([params.candidateId], found);
    const decision: NewDecision = {
      id: params.decisionId ?? (randomUUID() as DecisionId),
      contextId,
      candidateId: params.candidateId ?? null,
      kind,
      time: now(),
      finalText: params.finalText ?? null,
      share: params.share ?? null,
      seen: knownCandidates(params.seen ?? [], found),
    };
    this.#waiting.push({ context: found.context, candidates: found.candidates, decision });
    try {
      this.#flush();
    } catch (error) {
      this.#retryLater();
      throw error;
    }
    return { recorded: true, decisionId: decision.id };
  }

  #isKept(id: ContextId): boolean {
    const waits = this.#waiting.some(({ context }) => context.id === id);
    return waits || this.#dependencies.store().context(id) !== undefined;
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      try {
        this.#flush();
      } catch {
        this.#retryLater();
      }
    }, retryMs);
    this.#retry.unref();
  }

  /**
   * Writes what waits.
   * @throws DraftError while the store can't be written, nothing is dropped then; `badRequest` where the last one never could be: such a
   * one holds up no other
   */
  #flush(): void {
    const { store, log } = this.#dependencies;
    let refused: DraftError | undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        store().record(next.context, next.candidates, next.decision);
        refused = undefined; // another's refusal is not this one's
      } catch (error) {
        if (!(error instanceof DraftError && error.code === 'badRequest')) {
          log.warn(`${this.#waiting.length} decisions wait to be written.`);
          throw error;
        }
        log.error(`The decision ${next.decision.id} can't be kept: ${String(error.cause)}`);
        refused = error;
      }
      this.#waiting.shift();
    }
    if (refused) throw refused;
  }

  /** Whether it says what became of a text whose decisions were deleted: nobody decided that anew. */
  #isDeleted({ contextId, kind }: DecideParams, { context }: DecidedContext): boolean {
    if (!aftermath.has(kind)) return false;
    return this.#forgotten.has(contextId) || context.time <= this.#allForgottenAt;
  }

  decisions({ filter, offset, limit }: DecisionsParams): DecisionsResult {
    return this.#dependencies.store().decisions(filter ?? {}, offset ?? 0, Math.min(limit ?? pageSize, 1000));
  }

  async delete(params: DeleteDecisionsParams): Promise<DeleteDecisionsResult> {
    const { endRuns, forget } = this.#dependencies;
    const store = this.#dependencies.store();
    if (params.what === 'all') {
      this.#waiting = [];
      this.#allForgottenAt = this.#dependencies.now();
      const stillLearning = await endRuns('all');
      const deleted = store.deleteAll();
      await forget(params.adaptersToo);
      return { ...deleted, ...(stillLearning && { stillLearning }) };
    }
    this.#flushBeforeDeletion();
    const ids = params.what === 'ids' ? params.ids : matching(store, params.filter);
    for (const context of store.contextsOf(ids)) this.#forgotten.add(context);
    const stillLearning = await endRuns(new Set(ids));
    return { ...store.deleteDecisions(ids), ...(stillLearning && { stillLearning }) };
  }

  /** What waits may be among what is to go. */
  #flushBeforeDeletion(): void {
    try {
      this.#flush();
    } catch (error) {
      // One that never can be kept is gone already.
      if (!(error instanceof DraftError && error.code === 'badRequest')) throw error;
    }
  }

  export(params: ExportDecisionsParams): ExportDecisionsResult {
    return { rows: exportDecisions(this.#dependencies.store(), params), path: params.path };
  }

  import({ path }: ImportDecisionsParams): ImportDecisionsResult {
    return importDecisions(this.#dependencies.store(), path, this.#dependencies.now());
  }
}

function matching(store: PreferenceStore, filter: DecisionFilter): DecisionId[] {
  return store.decisions(filter, 0, -1).rows.map(({ id }) => id);
}

function knownCandidates(seen: readonly CandidateId[], { candidates }: DecidedContext): CandidateId[] {
  const known = new Set(candidates.map(({ id }) => id));
  for (const id of seen) {
    if (!known.has(id))
      throw new DraftError('badRequest', 'The decision names a suggestion that was never made.');
  }
  return [...new Set(seen)];
}

/** Whether a document lies where the settings say that nothing is kept. Patterns match the path or any of its folders. */
export function isExcluded(uri: string, patterns: readonly string[]): boolean {
  const path = slashed(pathOf(uri));
  return patterns
    .map((pattern) => slashed(pattern.trim()).replace(/^(?:\.\/)+|\/+$/g, ''))
    .filter((pattern) => pattern !== '')
    .some((pattern) => matches(path, pattern) || matches(unhidden(path), unhidden(pattern)));
}

function matches(path: string, pattern: string): boolean {
  const parts = path.split('/');
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/')).filter((one) => one !== '');
  return folders.some((folder) => matchesGlob(folder, pattern) || matchesGlob(folder, `**/${pattern}`));
}

/** Of a notebook's cell and of a version in Git: the path of the file. */
function pathOf(uri: string): string {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : decodeURIComponent(uri.replace(/[?#].*$/s, ''));
  } catch {
    return uri; // a server's share on a system that has none, or a stray "%"
  }
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

/** Without the dots before which wildcards stop: what is hidden is to be left out too. */
function unhidden(path: string): string {
  return path.replace(/(^|\/)\.(?=[^./])/g, '$1\u2024');
}
