/** @file What a refine is about: the selection, else the paragraph at the caret, cut into pieces that a small model can rewrite. */
import { DraftError } from '../util/errors.ts';
import { visibleText } from './atoms.ts';
import { clipBlock, dialectOf, holdersOf, type Block, type Dialect } from './blocks.ts';
import { isCode } from './codeLanguages.ts';
import { literalAt, type Literal } from './literals.ts';
import { blocksOf } from './parse.ts';
import { byBlock, maxPieceWords, minPieceWords, piecesOf, type Piece } from './pieces.ts';
import { noSurroundings, surroundingsOf, type Surroundings } from './surroundings.ts';
import { countWords, wordEnds } from './words.ts';

export interface Target {
  /** UTF-16 offsets in the document. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly blocks: readonly Block[];
  /** What stands round each block where only a part of it was selected. */
  readonly around: readonly Surroundings[];
  /** The texts that are rewritten one by one, in order. */
  readonly pieces: readonly Piece[];
  readonly words: number;
  /** The whole document, and how it is taken apart. */
  readonly document: string;
  readonly dialect: Dialect;
  /** The string of code in which all of it stands. */
  readonly literal?: Literal;
}

/**
 * @param start, end offsets of the selection; equal for a caret
 * @throws DraftError `nothingToRefine` where no prose is, `selectionTooLong` above `maxWords`
 */
export function findTarget(
  text: string,
  languageId: string,
  start: number,
  end: number,
  maxWords = Infinity,
): Target {
  const dialect = dialectOf(languageId);
  const prose = blocksOf(text, dialect);
  const chosen =
    start === end
      ? blockAt(prose, text, start)
      : prose
          .filter((block) => block.start < end && block.end > start)
          .map((block) => clipBlock(block, start, end));
  const inCode =
    start < end && chosen.length === 0 && isCode(dialect) ? literalAt(text, dialect, start, end) : undefined;
  const all = inCode ? [inCode.literal.block] : prose;
  const selected = inCode ? [inCode.block] : chosen;
  const found = selected.length === 0 && start === end ? lineBlock(all, text, start) : selected;
  const blocks = found.filter(
    (block) =>
      countWords(visibleText(block.atoms)) >
      (block.kind === 'cell' && found.length > 1 ? minPieceWords - 1 : 0),
  );
  const first = blocks[0];
  const last = blocks.at(-1);
  if (!first || !last) {
    throw new DraftError(
      'nothingToRefine',
      isCode(dialect)
        ? 'There is no prose here to refine. Put the caret in a comment or select words of one string.'
        : 'There is no prose here to refine. Put the caret in a paragraph or select some text.',
    );
  }
  const wholes = holdersOf(blocks, all);
  const around = blocks.map((block, at) => {
    const whole = wholes[at];
    return whole ? surroundingsOf(whole, block) : noSurroundings;
  });
  const pieces = piecesOf(blocks, maxPieceWords, around);
  const words = pieces.reduce((sum, piece) => sum + countWords(piece.text), 0);
  const target = {
    start: first.start,
    end: last.end,
    original: text.slice(first.start, last.end),
    blocks,
    around,
    pieces,
    words,
    document: text,
    dialect,
    ...(inCode && { literal: inCode.literal }),
  };
  refuseTooLong(target, maxWords);
  return target;
}

/**
 * @param facts for the error, besides the words and the part of the target, from `start` to `end`, that is short enough
 * @throws DraftError `selectionTooLong` above `maxWords`
 */
export function refuseTooLong(
  target: Target,
  maxWords: number,
  facts: Readonly<Record<string, number>> = {},
): void {
  const { words, start } = target;
  if (words <= maxWords) return;
  const format = (count: number): string => count.toLocaleString('en-US');
  throw new DraftError(
    'selectionTooLong',
    `That is ${format(words)} words; the limit is ${format(maxWords)}.`,
    { facts: { ...facts, words, limit: maxWords, start, end: endOfWords(target, maxWords) } },
  );
}

/** The offset in the document behind so many words of a target, as they are counted there. */
function endOfWords({ blocks, pieces, document, start }: Target, limit: number): number {
  const wordsOf = (some: readonly Piece[]): number =>
    some.reduce((sum, piece) => sum + countWords(piece.text), 0);
  const piecesOfBlocks = byBlock(pieces, pieces);
  let left = limit;
  let end = start;
  for (const [index, block] of blocks.entries()) {
    const words = wordsOf(piecesOfBlocks[index] ?? []);
    if (words <= left) {
      left -= words;
      end = block.end;
      continue;
    }
    const ends = wordEnds(document.slice(block.start, block.end)).map((at) => block.start + at);
    const fits = (at: number): boolean =>
      wordsOf(piecesOf([clipBlock(block, block.start, ends[at] ?? block.end)], maxPieceWords)) <= left;
    let [low, high] = [0, ends.length]; // the first that does not fit
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fits(middle)) low = middle + 1;
      else high = middle;
    }
    return left === 0 ? end : (ends[low - 1] ?? end);
  }
  return end;
}

/** The block that holds the caret, or ends before it with nothing but spaces between. */
function blockAt(blocks: readonly Block[], text: string, caret: number): Block[] {
  const before = blocks.findLast(({ start }) => start <= caret);
  return before && /^[ \t]*$/.test(text.slice(before.end, caret)) ? [before] : [];
}

/** The caret before a list marker, in the indentation, or between a table's cells: the block that begins on its line, the nearest before it if any. */
function lineBlock(blocks: readonly Block[], text: string, offset: number): Block[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const lineEnd = newline < 0 ? text.length : newline;
  const onLine = blocks.filter((block) => block.start >= lineStart && block.start < lineEnd);
  const nearest = onLine.findLast((block) => block.start <= offset) ?? onLine[0];
  return nearest ? [nearest] : [];
}

/** The same target with each sentence a piece of its own: small models see more of a sentence's mistakes when they see nothing else. */
export function bySentence(target: Target): Target {
  return { ...target, pieces: piecesOf(target.blocks, 0, target.around) };
}
