/** @file Which of the writer's own texts two adapters are compared on. Pure; comparisons.ts calls it. */
import type { NewContext } from '../storage/preferenceStore.ts';
import { countWords } from '../document/words.ts';

/** What can be judged at a glance and is not written at once, in words. */
const sensible = { least: 20, most: 150 };
/** What is taken where there is nothing better. */
const possible = { least: 4, most: 400 };

/**
 * At most `count` distinct texts, newest first in what is equally good: those that were not `compared` before, then those of a sensible
 * length, then those of documents that have none among the chosen yet.
 * @param contexts newest first; those without a text of their own (ghost text) are left out
 */
export function choosePassages(
  contexts: readonly NewContext[],
  compared: ReadonlySet<string>,
  count: number,
): NewContext[] {
  const texts = new Set<string>();
  const left = contexts.filter(({ original }) => {
    const text = original.trim();
    if (texts.has(text) || !isWithin(text, possible)) return false;
    texts.add(text);
    return true;
  });
  const chosen: NewContext[] = [];
  while (chosen.length < count && left.length > 0) {
    const costs = left.map(
      ({ original, document }) =>
        (compared.has(original) ? 4 : 0) +
        (isWithin(original, sensible) ? 0 : 2) +
        (chosen.some((other) => other.document === document) ? 1 : 0),
    );
    chosen.push(...left.splice(costs.indexOf(Math.min(...costs)), 1));
  }
  return chosen;
}

function isWithin(text: string, { least, most }: { readonly least: number; readonly most: number }): boolean {
  const words = countWords(text);
  return words >= least && words <= most;
}
