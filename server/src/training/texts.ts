/** @file What a run learns on and what it is tested on. Says what is missing before any model is loaded. */
import { crossFit, type CrossFit } from '../preferences/crossFit.ts';
import { divide, neededGames, suffices } from '../preferences/deal.ts';
import type { RunSnapshot } from '../storage/runStore.ts';
import { DraftError } from '../util/errors.ts';
import type { Writing } from './candidates.ts';
import { mostSlots } from './poolWriter.ts';
import { defaultTrainerConfig } from './trainer.ts';

/** Texts that the gate plays on, at most. */
const mostHeldOut = 60;

/** The teacher, and what judges it. @throws DraftError `notEnoughDecisions` */
export function fitBoth(
  { comparisons, contexts }: Pick<RunSnapshot, 'comparisons' | 'contexts'>,
  seed: number,
): CrossFit {
  const fit = crossFit(comparisons, { seed }, contexts);
  if (fit.kind === 'crossFit') return fit;
  if (fit.kind === 'tooFewTexts') throw tooFew('most decisions are about the same one');
  const { needed, have: has } = fit;
  throw new DraftError(
    'notEnoughDecisions',
    `Learning needs ${needed} decisions that say something; there are ${has}.`,
    { facts: { needed, has } },
  );
}

/**
 * Pieces of the texts to learn on, and of those that are held out.
 * @throws DraftError `notEnoughDecisions` where the gate could not judge what would be learned
 */
export function textsOfRun(
  { contexts }: Pick<RunSnapshot, 'contexts'>,
  { folds, heldOut }: Pick<CrossFit, 'folds' | 'heldOut'>,
): { contexts: RunSnapshot['contexts']; heldOut: RunSnapshot['contexts'] } {
  const decided = new Set(folds.flatMap(({ comparisons }) => comparisons.map(({ original }) => original)));
  const ofDecisions = contexts.filter(({ group }) => decided.has(group));
  const divided = divide(ofDecisions, heldOut);
  if (divided.taught.length === 0) throw tooFew('nothing is left to learn from');
  if (divided.heldOut.length < neededGames)
    throw tooFew(`${divided.heldOut.length} can be tested on, where ${neededGames} are needed`);
  if (!suffices(divided.heldOut)) {
    throw new DraftError(
      'notEnoughDecisions',
      'All texts to test on are from one document: refine some of another one too.',
    );
  }
  return { contexts: divided.taught, heldOut: spread(divided.heldOut, mostHeldOut) };
}

function tooFew(why: string): DraftError {
  return new DraftError(
    'notEnoughDecisions',
    `There are too few texts of yours to learn from and to test on: ${why}. Refine some others.`,
  );
}

/** Slots of the largest decoder of a run. */
export function slotsOfRun(
  { contexts, styles, settings }: Pick<RunSnapshot, 'contexts' | 'styles' | 'settings'>,
  writing: Writing,
): number {
  return mostSlots(writing, contexts, styles ? 'greedy' : { count: settings.groupSize, drafts: defaultTrainerConfig.drafts }); // prettier-ignore
}

/** At most `count` of them, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  const stride = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * stride)]!); // in range
}
