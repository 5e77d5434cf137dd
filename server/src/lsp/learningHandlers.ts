/** @file What the dashboard and the learning commands ask: adapters and their use, statistics, what is believed of the writer's taste. */
import type { WhyParams, WhyResult } from '../../protocol/decisions.ts';
import type {
  ActivateAdapterParams,
  AdapterRow,
  AdaptersResult,
  DashboardResult,
} from '../../protocol/learning.ts';
import type { Settings } from '../../protocol/settings.ts';
import { remoteTitle } from '../generation/remoteModel.ts';
import { reasonFor } from '../preferences/reasons.ts';
import type { AdapterRegistry, BaseModel } from '../storage/adapterRegistry.ts';
import type { PreferenceStore } from '../storage/preferenceStore.ts';
import type { RunStore } from '../storage/runStore.ts';
import { restsUntil } from '../training/schedule.ts';
import { DraftError } from '../util/errors.ts';
import { DecisionCounter } from './decisionCount.ts';
import type { Engine } from './engine.ts';
import type { DecidedContext } from './feedbackHandlers.ts';
import type { Taste } from './taste.ts';

export interface LearningDependencies {
  readonly now: () => number;
  /** Throws a DraftError while decisions can't be kept. */
  readonly store: () => PreferenceStore;
  readonly taste: Taste;
  readonly registry: AdapterRegistry;
  readonly runs: RunStore | null;
  readonly engine: Engine;
  readonly settings: () => Promise<Settings>;
  readonly baseModel: (settings: Settings) => Promise<BaseModel>;
  readonly recording: () => Promise<boolean>;
  readonly find: (id: WhyParams['contextId']) => DecidedContext | undefined;
}

/** z of a two-sided 95 % interval. */
const z95 = 1.959964;
/** Stands for a chosen model whose file is not there: what was learned for others is shown, and can be deleted. */
const missingModel: BaseModel = { title: 'No model', sha256: '' };

export class LearningHandlers {
  readonly #dependencies: LearningDependencies;
  readonly #counter = new DecisionCounter();

  constructor(dependencies: LearningDependencies) {
    this.#dependencies = dependencies;
  }

  async adapters(): Promise<AdaptersResult> {
    const { registry, baseModel, settings } = this.#dependencies;
    const current = await settings();
    const base = await baseModel(current).catch(() => missingModel);
    return { adapters: shownAdapters(registry.list(base), current) };
  }

  /** In use from the next request on. @throws DraftError `adapterRefused` */
  async activate({ id }: ActivateAdapterParams): Promise<null> {
    const { registry, baseModel, settings, engine } = this.#dependencies;
    const current = await settings();
    registry.activate(id, await baseModel(current));
    await engine.model(current);
    await engine.announceReady();
    return null;
  }

  /** Removes the runs, and with `adapters` every adapter that was learned here, for whichever model; the shipped one takes over. */
  async forget(adapters: boolean): Promise<void> {
    const { registry, runs, engine } = this.#dependencies;
    runs?.removeAll();
    if (!adapters) return;
    registry.removeAll();
    await engine.announceReady();
  }

  async dashboard(): Promise<DashboardResult> {
    const { registry, runs, taste, baseModel, settings, recording, now } = this.#dependencies;
    const current = await settings();
    const store = this.#dependencies.store();
    const base = await baseModel(current).catch(() => missingModel);
    const { perDay, perAdapter, followerVersusLeader, workspaces } = store.statistics();
    const allRuns = runs?.list() ?? [];
    const { fresh, missing } = this.#counter.count(store, allRuns, now(), current.learning.minDecisions);
    return {
      decisionsPerDay: perDay,
      acceptancePerAdapter: perAdapter.map((row) => ({ ...row, ...wilson(row.accepted, row.decided) })),
      followerVersusLeader,
      workspaces,
      beliefs:
        taste
          .current()
          ?.beliefs()
          .map(({ text }) => text) ?? [],
      runs: allRuns,
      adapters: shownAdapters(registry.list(base), current),
      decisionsSinceTraining: fresh,
      missingDecisions: missing,
      train: current.server.url === '' ? current.learning.train : 'server',
      notBefore: restsUntil({
        lastRunAt: allRuns.find(({ endedAt }) => endedAt !== null)?.endedAt ?? null,
        now: now(),
        everyHours: current.learning.everyHours,
      }),
      onBattery: current.learning.onBattery,
      decisions: store.decisionsSince(-1),
      recording: await recording(),
      model: current.server.url === '' ? base.title : remoteTitle(current.server.url),
    };
  }

  /** Why a candidate should suit the writer: what they usually accept, if that is known better than by chance. */
  why({ contextId, candidateId }: WhyParams): WhyResult {
    const found = this.#dependencies.find(contextId);
    const candidate = found?.candidates.find(({ id }) => id === candidateId);
    if (!found || !candidate) throw new DraftError('badRequest', 'That suggestion is no longer known.');
    const model = this.#dependencies.taste.current();
    return { text: model && reasonFor(model, found.context.original, candidate.text) };
  }
}

/** A server that writes has no adapter. */
function shownAdapters(adapters: readonly AdapterRow[], { server }: Settings): readonly AdapterRow[] {
  return server.url === '' ? adapters : adapters.map((row) => ({ ...row, active: false }));
}

/** Wilson's 95 % interval of a share. */
function wilson(hits: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const p = hits / n;
  const centre = p + z95 ** 2 / (2 * n);
  const half = z95 * Math.sqrt((p * (1 - p)) / n + z95 ** 2 / (4 * n * n));
  const scale = 1 + z95 ** 2 / n;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}
