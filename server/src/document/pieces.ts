/** @file Blocks cut into pieces that a small model can rewrite. */
import { visibleText } from './atoms.ts';
import type { Block } from './blocks.ts';
import { sentences } from './sentences.ts';
import { hasOpenEnd, noSurroundings, type Surroundings } from './surroundings.ts';
import { countWords } from './words.ts';

/** At most a few sentences of one block, as the model sees them. */
export interface Piece {
  /** Index into a target's `blocks`. */
  readonly block: number;
  readonly text: string;
  /** The rest of its sentence, where a part was selected: for the model to see, not to change. */
  readonly around: Surroundings;
  /** It ends without a full stop, as headings do, and goes on doing so. */
  readonly openEnd: boolean;
}

export const maxPieceWords = 45;
/** A sentence with fewer words is no piece of its own; nor is a cell of a table among others, which are mostly names and figures. */
export const minPieceWords = 4;

export function piecesOf(
  blocks: readonly Block[],
  maxWords: number,
  around: readonly Surroundings[] = [],
): Piece[] {
  return blocks.flatMap((block, index) => {
    const { before, after } = around[index] ?? noSurroundings;
    const texts = cutAtSentences(visibleText(block.atoms), maxWords);
    return texts.map((text, at) => {
      const isLast = at === texts.length - 1;
      return {
        block: index,
        text,
        around: { before: at === 0 ? before : '', after: isLast ? after : '' },
        openEnd: isLast && after === '' && hasOpenEnd(block),
      };
    });
  });
}

/** Sentences joined up to about so many words; the pieces joined are the text again. */
export function cutAtSentences(text: string, maxWords: number): string[] {
  const pieces: string[] = [];
  let words = 0;
  for (const sentence of sentences(text)) {
    const more = countWords(sentence);
    if (pieces.length === 0 || (words >= minPieceWords && words + more > maxWords)) {
      pieces.push(sentence);
      words = more;
    } else {
      pieces.push((pieces.pop() ?? '') + sentence);
      words += more;
    }
  }
  return pieces;
}

/** What belongs to each piece, in a list for each block: with thousands of blocks nobody can look through all pieces for each. */
export function byBlock<T>(pieces: readonly Piece[], values: readonly T[]): T[][] {
  const lists: T[][] = [];
  for (const [at, { block }] of pieces.entries()) {
    const value = values[at];
    if (value !== undefined) (lists[block] ??= []).push(value);
  }
  return lists;
}
