/** @file Comparing two adapters, unlabelled: on a text, or on the writer's own texts. What was written stays known for the decision about it. */
import { randomUUID } from 'node:crypto';
import type { CandidateId, ContextId } from '../../protocol/common.ts';
import type {
  CompareAdaptersParams,
  CompareAdaptersResult,
  PassagesResult,
} from '../../protocol/learning.ts';
import type { Settings } from '../../protocol/settings.ts';
import { heeded, promptFormat } from '../generation/prompts.ts';
import { findTarget } from '../document/target.ts';
import type { AdapterRegistry, BaseModel } from '../storage/adapterRegistry.ts';
import type { NewCandidate, NewContext, PreferenceStore } from '../storage/preferenceStore.ts';
import { DraftError } from '../util/errors.ts';
import type { Engine } from './engine.ts';
import type { DecidedContext } from './feedbackHandlers.ts';
import { choosePassages } from './passages.ts';
import { cutFor, refine } from './refiner.ts';

export interface ComparisonDependencies {
  readonly now: () => number;
  /** Throws a DraftError while decisions can't be kept. */
  readonly store: () => PreferenceStore;
  readonly registry: AdapterRegistry;
  readonly engine: Engine;
  readonly settings: () => Promise<Settings>;
  readonly baseModel: (settings: Settings) => Promise<BaseModel>;
}

/** What stands for the document of a text that was given with the request. */
const pastedDocument = 'second-draft:comparison';
const passageCount = 3;
/** Among how many of the newest texts is chosen. */
const recentContexts = 200;
/** How many comparisons can still be decided on; the oldest goes. */
const mostOpen = 12;
const seed = 1;

type Source = Pick<NewContext, 'document' | 'workspace' | 'language' | 'original' | 'before' | 'after'>;

export class Comparisons {
  readonly #dependencies: ComparisonDependencies;
  /** In the order in which they were written. */
  readonly #open = new Map<ContextId, DecidedContext>();

  constructor(dependencies: ComparisonDependencies) {
    this.#dependencies = dependencies;
  }

  /** Up to three of the writer's own texts, see {@link choosePassages}; none before there are decisions about any. */
  passages(): PassagesResult {
    const store = this.#dependencies.store();
    const before = store.decisions({ kinds: ['compared'] }, 0, recentContexts).rows;
    const compared = new Set(before.map(({ original }) => original));
    const contexts = store.contexts(recentContexts).filter(({ document }) => document !== pastedDocument);
    return {
      passages: choosePassages(contexts, compared, passageCount).map(({ id, document, original }) => ({
        contextId: id,
        document,
        text: original,
      })),
    };
  }

  /**
   * One text by two adapters; the active one stays in use.
   * @throws DraftError `adapterRefused`, `badRequest` for a passage that was deleted meanwhile
   */
  async compare(params: CompareAdaptersParams, signal: AbortSignal): Promise<CompareAdaptersResult> {
    const { registry, baseModel, settings, engine, now } = this.#dependencies;
    const source = this.#source(params);
    const { original, language } = source;
    const current = await settings();
    const base = await baseModel(current);
    const adapters = [params.a, params.b].map((id) => (id === null ? null : registry.usable(id, base)));
    const { model, chosen } = await engine.model(current);
    if (!('withAdapter' in model)) throw new DraftError('badRequest', 'A server has no adapters to compare.');
    const { maxWords } = current.refine;
    const instruction = heeded(promptFormat(model), 'improve', current.refine.instruction);
    const target = cutFor(model, findTarget(original, language, 0, original.length, maxWords));
    const contextId = randomUUID() as ContextId;
    const candidates: NewCandidate[] = [];
    await engine.writing('leader', chosen, async () => {
      for (const adapter of adapters) {
        const { candidates: drafts } = await refine(model.withAdapter(adapter), {
          target,
          task: 'improve',
          instruction,
          rounds: 0,
          seed,
          signal,
          newId: () => randomUUID() as CandidateId,
          onWriting: () => undefined,
          onCandidate: () => undefined,
          onRole: () => undefined,
        });
        const [draft] = drafts;
        candidates.push({
          id: draft?.id ?? (randomUUID() as CandidateId),
          contextId,
          role: 'leader',
          round: 0,
          text: draft ? original.slice(0, target.start) + draft.text + original.slice(target.end) : original,
          model: base.title,
          adapter: adapter?.id ?? null,
          logProb: null,
          totalMs: draft?.timing.totalMs ?? 0,
        });
      }
    });
    const [first, second] = candidates;
    if (!first || !second) throw new DraftError('internal', 'Nothing could be compared.');
    const context = { ...source, id: contextId, time: now(), task: 'improve', instruction: '' };
    this.#keep({ uri: source.document, context, candidates });
    return { contextId, a: { id: first.id, text: first.text }, b: { id: second.id, text: second.text } };
  }

  /** A comparison that was written here, for the decision about it. */
  decided(id: ContextId): DecidedContext | undefined {
    return this.#open.get(id);
  }

  /** A passage keeps its document: whoever deletes or excludes what is kept of that one means the comparison too. */
  #source({ text, passage }: CompareAdaptersParams): Source {
    if (passage === undefined) {
      const nowhere = { document: pastedDocument, workspace: '', language: 'plaintext' };
      return { ...nowhere, original: text ?? '', before: '', after: '' };
    }
    const found = this.#dependencies.store().context(passage);
    if (!found) throw new DraftError('badRequest', 'That text is no longer kept.');
    return found;
  }

  #keep(compared: DecidedContext): void {
    this.#open.set(compared.context.id, compared);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= mostOpen) return;
      this.#open.delete(oldest);
    }
  }
}
