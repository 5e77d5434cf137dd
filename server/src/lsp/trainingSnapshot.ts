/** @file What a training run works from: a new snapshot of decisions and settings, or that of a run that was cut off. */
import type { Settings } from '../../protocol/settings.ts';
import type { AdapterRegistry, BaseModel } from '../storage/adapterRegistry.ts';
import type { Comparison, PreferenceStore } from '../storage/preferenceStore.ts';
import { readSnapshot, type RunPlan, type RunSnapshot, type RunStore } from '../storage/runStore.ts';
import type { Log } from '../util/log.ts';
import { countDecisions, requireEnough } from './decisionCount.ts';
import { textsOf } from './trainingTexts.ts';

export interface SnapshotSources {
  readonly now: () => number;
  readonly log: Log;
  /** Throws a DraftError while decisions can't be kept. */
  readonly store: () => PreferenceStore;
  readonly registry: AdapterRegistry;
  readonly runs: RunStore;
  readonly modelPath: (settings: Settings) => string;
  /** Threads for the trainer: one core stays with the writer. */
  readonly threads: (settings: Settings) => number;
}

/** Texts that are learned from, at most: the newest. */
const mostContexts = 600;

/** Everything that the trainer needs. @throws DraftError `notEnoughDecisions` */
export function newSnapshot(
  { store, registry, modelPath, threads, runs, now }: SnapshotSources,
  settings: Settings,
  base: BaseModel,
  format: RunSnapshot['promptFormat'],
): RunSnapshot {
  const { seed, learning } = { seed: 1 + runs.list().length, learning: settings.learning };
  const comparisons = store().comparisons();
  const rewrites = comparisons.filter(({ continues }) => !continues);
  const count = countDecisions(store(), runs.list(), now(), learning.minDecisions);
  requireEnough(count);
  const parent = registry.active(base);
  const { steps, groupSize, rounds, betaLeader, betaFollower, kappa, budgetMinutes, adapters } = learning;
  return {
    modelPath: modelPath(settings),
    baseModelSha256: base.sha256,
    parent: parent && {
      id: parent.id,
      path: parent.path,
      followerStyles: parent.followerStyles,
      styles: registry.styles(base),
    },
    styles: learning.parameters === 'styles' && parent?.format === 'edit-1' ? registry.styles(base) : null,
    promptFormat: format,
    threads: threads(settings),
    device: settings.engine.gpu === 'off' ? 'cpu' : 'auto',
    comparisons: comparisons.map(({ decisionId, document, original, winner, loser, weight, continues }) => ({
      decisionId,
      document,
      original,
      winner,
      loser,
      weight,
      continues,
    })),
    contexts: contextsOf(rewrites, store(), format),
    decisions: count.all,
    settings: { seed, steps, groupSize, rounds, betaLeader, betaFollower, kappa, budgetMinutes, adapters },
  };
}

/**
 * The snapshot of a run that was cut off, with the places that its files have now, because the extension may have been updated since; or
 * why it can't go on.
 */
export function cutOffSnapshot(
  { registry, runs, modelPath, log }: SnapshotSources,
  { id, baseModelSha256 }: RunPlan,
  settings: Settings,
  base: BaseModel,
): { readonly snapshot?: RunSnapshot; readonly why?: string } {
  if (baseModelSha256 !== base.sha256) return { why: 'the model was changed' };
  try {
    const snapshot = readSnapshot(runs.folderOf(id));
    const known = registry.styles(base);
    const parent = snapshot.parent && {
      ...snapshot.parent,
      path: registry.usable(snapshot.parent.id, base).path,
      styles: snapshot.parent.styles && (known ?? snapshot.parent.styles),
    };
    const styles = snapshot.styles && (known ?? snapshot.styles);
    return { snapshot: { ...snapshot, modelPath: modelPath(settings), parent, styles } };
  } catch (error) {
    log.warn(`Run ${id} can't go on: ${error instanceof Error ? error.message : String(error)}`);
    return { why: 'what it began with is gone' };
  }
}

/** The texts that were decided on, newest first, in pieces; each knows the decision's original. */
function contextsOf(
  comparisons: readonly Comparison[],
  store: PreferenceStore,
  format: RunSnapshot['promptFormat'],
): RunSnapshot['contexts'] {
  const decided = new Set(comparisons.map(({ original }) => original));
  const seen = new Set<string>();
  return store.contexts(mostContexts).flatMap((context) => {
    const { document, original, task, instruction } = context;
    if (!decided.has(original) || seen.has(original)) return [];
    seen.add(original);
    return textsOf(context, format).map((piece) => ({
      document,
      original: piece,
      task,
      instruction,
      group: original,
    }));
  });
}
