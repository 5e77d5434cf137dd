/** @file What becomes of a run that was trained to its end: its adapter in the registry, in use where it was surely better. */
import { basename, join } from 'node:path';
import type { RunVerdict } from '../../protocol/learning.ts';
import type { AdapterRegistry, BaseModel } from '../storage/adapterRegistry.ts';
import type { PreferenceStore } from '../storage/preferenceStore.ts';
import {
  readSnapshot,
  type RunPlan,
  type RunResult,
  type RunSnapshot,
  type RunStore,
} from '../storage/runStore.ts';
import { DraftError, isDiskFull } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

export interface ResultSources {
  readonly log: Log;
  readonly now: () => number;
  readonly store: () => PreferenceStore;
  readonly registry: AdapterRegistry;
  readonly runs: RunStore;
}

/** Adapters together take at most this much; those in use and their ancestors stay whatever they take. */
const mostAdapterBytes = 500e6;

/**
 * Acts on a run's result and ends the run. Where it was interrupted it does the rest: a run has one adapter. What can't be written now (a full
 * disk) ends the run as failed, with the sentence why, and stays for another try.
 */
export function settle(sources: ResultSources, plan: RunPlan): RunVerdict {
  const { runs, now, log } = sources;
  const end = (verdict: RunVerdict): RunVerdict => {
    runs.end(plan.id, now(), verdict);
    return verdict;
  };
  try {
    const verdict = end(keepResult(sources, plan, readRun(runs, plan)));
    runs.tidy(plan.id);
    return verdict;
  } catch (error) {
    log.error(
      `What was learned could not be kept: ${error instanceof Error ? error.message : String(error)}`,
    );
    const verdict = end({ kind: 'failed', sentence: sentenceOf(error) });
    if (error instanceof LostRun || isGone(error)) runs.tidy(plan.id);
    return verdict;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** What a run began with, or what it found, can't be read: no other try will. */
class LostRun extends DraftError {}

interface EndedRun {
  readonly snapshot: RunSnapshot;
  readonly result: RunResult;
}

function readRun(runs: RunStore, { id }: RunPlan): EndedRun {
  const result = runs.result(id);
  if (!result) throw new LostRun('trainingFailed', 'The trainer left no result.');
  try {
    return { result, snapshot: readSnapshot(runs.folderOf(id)) };
  } catch (error) {
    throw new LostRun('trainingFailed', 'What learning began with is gone.', { cause: error });
  }
}

function keepResult(
  { store, registry, runs, now, log }: ResultSources,
  plan: RunPlan,
  { snapshot, result }: EndedRun,
): RunVerdict {
  const base: BaseModel = { title: plan.baseModelTitle, sha256: plan.baseModelSha256 };
  const taught = new Set(
    snapshot.comparisons.flatMap(({ decisionId, continues }) => (continues ? [] : [decisionId])),
  );
  const learned = store()
    .comparisons()
    .filter(({ decisionId, continues }) => !continues && taught.has(decisionId));
  const before = registry.ofRun(plan.id);
  const inUse = registry.active(base)?.id ?? null;
  const uses = result.promoted && (inUse === plan.parent || (before !== undefined && inUse === before));
  const verdict = verdictOf(result, uses);
  const id =
    before ??
    registry.add(
      {
        createdAt: now(),
        parent: plan.parent,
        baseModel: base,
        promptFormat: snapshot.promptFormat === 'edit-1' ? 'edit-1' : null,
        decisions: plan.decisions,
        decisionsFrom: learned[0]?.time ?? null,
        decisionsTo: learned.at(-1)?.time ?? null,
        winRate: result.winRate,
        lengthRatio: result.lengthRatio,
        verdict,
        styles: result.styles,
        followerStyles: result.followerStyles,
        runId: plan.id,
      },
      // Where the run is now: the folder may have moved since.
      join(runs.folderOf(plan.id), basename(result.adapterPath)),
    );
  store().markSeen(id, [...new Set(learned.map(({ decisionId }) => decisionId))]);
  if (uses) registry.activate(id, base);
  const removed = registry.prune(base, mostAdapterBytes);
  if (removed.length > 0) log.info(`Adapters ${removed.join(', ')} were removed to bound the disk.`);
  return verdict;
}

/** An adapter that the writer chose while the run went on stays in use. */
function verdictOf(
  { promoted, sentence }: { promoted: boolean; sentence: string },
  uses: boolean,
): RunVerdict {
  if (uses) return { kind: 'promoted', sentence };
  if (!promoted) return { kind: 'keptAside', sentence };
  const learned = sentence.replace(/ In use now\.$/, '');
  return { kind: 'keptAside', sentence: `${learned} Not in use: you chose another adapter meanwhile.` };
}

/** One line for people. */
export function sentenceOf(error: unknown): string {
  if (isDiskFull(error)) {
    return 'The disk is full: what was learned is kept, and put into the list of adapters when there is room.';
  }
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}
