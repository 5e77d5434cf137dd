/**
 * @file Deals a writer's decisions to parts, so that what one part tests no other part taught: texts that share a sentence, or of which one
 * became the other, stay together. Says which parts training leaves out. Fits nothing.
 */
import type { PreferenceComparison } from './comparisonRows.ts';
import { neededDecisions } from './fitPreferenceModel.ts';
import { foldsOf } from './folds.ts';

/** A text, or a piece of one, that a model is asked about. */
export interface Piece {
  readonly document: string;
  readonly original: string;
  /** The text that was decided on, where this is a piece of it. */
  readonly group?: string;
}

export interface Dealt {
  readonly folds: readonly (readonly PreferenceComparison[])[];
  /** Original texts, whole folds of them, that nothing is trained on. */
  readonly heldOut: ReadonlySet<string>;
}

/** Texts that the promotion gate has to play on; from one document they would say nothing of another. */
export const neededGames = 12;

/** The more, the more each part's teacher knows of what all of them together know; each is one fit. */
const foldCount = 9;
/** From so many decisions on a third of the texts is enough to be held out; below, nearly half of them. */
const enoughForAThird = 6 * neededDecisions;

/**
 * @param telling comparisons about rewrites that teach something
 * @param pieces of their originals; without any each original is one
 * @returns fewer than two folds where too much is about one text
 */
export function deal(
  telling: readonly PreferenceComparison[],
  pieces: readonly Piece[],
  seed: number,
): Dealt {
  // Dealt by decision: one that makes several comparisons says no more for that.
  const originals = [...new Map(telling.map(({ decisionId, original }) => [decisionId, original])).values()];
  const tied = tiesOf(telling, pieces);
  const dealt = foldsOf(originals.map(tied), foldCount, seed);
  const foldOf = new Map(originals.map((original, i) => [original, dealt[i]!])); // one for each
  const folds = Array.from({ length: foldCount }, (_, k) =>
    telling.filter(({ original }) => foldOf.get(original) === k),
  ).filter((own) => own.length > 0 && originals.length - decisionsOf(own) >= neededDecisions);
  const decided = new Set(originals);
  const known = pieces.filter(({ group, original }) => decided.has(group ?? original));
  return { folds, heldOut: holdOut(folds, pieces.length > 0 ? known : telling, originals.length < enoughForAThird) }; // prettier-ignore
}

/** Is that enough for the gate? */
export function suffices(heldOut: readonly Pick<Piece, 'document'>[]): boolean {
  return heldOut.length >= neededGames && new Set(heldOut.map(({ document }) => document)).size > 1;
}

/** Pieces to learn on, and those of the texts that are held out: each text once, and none in both. */
export function divide<T extends Piece>(
  pieces: readonly T[],
  heldOut: ReadonlySet<string>,
): { taught: T[]; heldOut: T[] } {
  const isHeldOut = ({ group, original }: T): boolean => heldOut.has(group ?? original);
  const seen = new Set<string>();
  const isNew = ({ original }: T): boolean => !seen.has(original) && seen.add(original).has(original);
  const taught = pieces.filter((piece) => !isHeldOut(piece) && isNew(piece));
  return { taught, heldOut: pieces.filter((piece) => isHeldOut(piece) && isNew(piece)) };
}

function decisionsOf(comparisons: readonly PreferenceComparison[]): number {
  return new Set(comparisons.map(({ decisionId }) => decisionId)).size;
}

/**
 * What stays together with an original, by a name: within a document those that share a piece (it was refined again with what stands round
 * it), and a text with what became of it. A sentence that stands in several documents is a greeting, and ties nothing.
 */
function tiesOf(
  telling: readonly PreferenceComparison[],
  pieces: readonly Piece[],
): (original: string) => string {
  const parents = new Map<string, string>();
  const find = (text: string): string => {
    const parent = parents.get(text);
    if (parent === undefined) return text;
    const root = find(parent);
    parents.set(text, root);
    return root;
  };
  const tie = (a: string, b: string): void => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) parents.set(y, x);
  };
  const first = new Map<string, string>();
  const meet = (document: string, text: string, original: string): void => {
    const key = JSON.stringify([document, text.trim()]);
    const other = first.get(key);
    if (other === undefined) first.set(key, original);
    else tie(other, original);
  };
  for (const { document, original, winner, loser } of telling)
    for (const text of new Set([original, winner, loser])) meet(document, text, original);
  for (const { document, original, group = original } of pieces) meet(document, original, group);
  return find;
}

/** The text with the most decisions is in the first fold; it had better be trained on. */
function holdOut(folds: Dealt['folds'], pieces: readonly Piece[], few: boolean): ReadonlySet<string> {
  const least = Math.ceil(folds.length / (few ? 2.25 : 3));
  const most = folds.length - Math.ceil(folds.length / 3); // some texts have to be trained on
  for (let count = least; ; count++) {
    const held = folds.slice(1, 1 + count).flat();
    const heldOut = new Set(held.map(({ original }) => original));
    if (count >= most || suffices(divide(pieces, heldOut).heldOut)) return heldOut;
  }
}
