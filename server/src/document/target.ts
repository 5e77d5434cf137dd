/** @file What a refine is about: the selection, else the paragraph at the caret, cut into pieces that a small model can rewrite. */
import { DraftError } from '../util/errors.ts';
import { applyRewrite, visibleText } from './atoms.ts';
import { clipBlock, dialectOf, type Block, type Dialect } from './blocks.ts';
import { markdownBlocks } from './markdown.ts';
import { commitBlocks, latexBlocks, plainBlocks } from './plain.ts';
import { sentences } from './sentences.ts';

export interface Target {
  /** UTF-16 offsets in the document. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly blocks: readonly Block[];
  /** The texts that are rewritten one by one, in order. */
  readonly pieces: readonly Piece[];
  readonly words: number;
}

/** At most a few sentences of one block, as the model sees them. */
export interface Piece {
  /** Index into {@link Target.blocks}. */
  readonly block: number;
  readonly text: string;
}

const maxPieceWords = 45;

export function blocksOf(text: string, dialect: Dialect): Block[] {
  switch (dialect) {
    case 'markdown':
      return markdownBlocks(text);
    case 'latex':
      return latexBlocks(text);
    case 'commit':
      return commitBlocks(text);
    case 'plain':
      return plainBlocks(text);
  }
}

export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu)?.length ?? 0;
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
  maxWords: number,
): Target {
  const all = blocksOf(text, dialectOf(languageId));
  const chosen =
    start === end
      ? all.filter((block) => block.start <= start && start <= block.end).slice(0, 1)
      : all
          .filter((block) => block.start < end && block.end > start)
          .map((block) => clipBlock(block, start, end));
  const blocks = (chosen.length > 0 ? chosen : start === end ? lineBlock(all, text, start) : []).filter(
    (block) => countWords(visibleText(block.atoms)) > 0,
  );
  const first = blocks[0];
  const last = blocks.at(-1);
  if (!first || !last) {
    throw new DraftError(
      'nothingToRefine',
      'There is no prose here to refine. Put the caret in a paragraph or select some text.',
    );
  }
  const pieces = blocks.flatMap((block, index) =>
    cut(visibleText(block.atoms)).map((piece) => ({ block: index, text: piece })),
  );
  const words = pieces.reduce((sum, piece) => sum + countWords(piece.text), 0);
  if (words > maxWords) {
    const format = (count: number): string => count.toLocaleString('en-US');
    throw new DraftError(
      'selectionTooLong',
      `That is ${format(words)} words; the limit is ${format(maxWords)}.`,
      {
        facts: { words, limit: maxWords },
      },
    );
  }
  return {
    start: first.start,
    end: last.end,
    original: text.slice(first.start, last.end),
    blocks,
    pieces,
    words,
  };
}

/** The caret before a list marker or in the indentation: the block that begins on its line. */
function lineBlock(blocks: readonly Block[], text: string, offset: number): Block[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const lineEnd = newline < 0 ? text.length : newline;
  return blocks.filter((block) => block.start >= lineStart && block.start < lineEnd).slice(0, 1);
}

/** Sentences joined up to about {@link maxPieceWords}; the pieces joined are the text again. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  let words = 0;
  for (const sentence of sentences(text)) {
    const more = countWords(sentence);
    if (pieces.length === 0 || words + more > maxPieceWords) {
      pieces.push(sentence);
      words = more;
    } else {
      pieces[pieces.length - 1] += sentence;
      words += more;
    }
  }
  return pieces;
}

/**
 * The whole text of the target with the pieces rewritten; a piece that is undefined stays.
 * @returns the text, and which pieces could not be put back because they touched what must not change
 */
export function reassemble(
  target: Target,
  rewritten: readonly (string | undefined)[],
): { text: string; refused: number[] } {
  const refused: number[] = [];
  let text = '';
  let at = target.start;
  target.blocks.forEach((block, index) => {
    text += target.original.slice(at - target.start, block.start - target.start);
    at = block.end;
    text += blockText(target, block, index, rewritten, refused);
  });
  return { text, refused };
}

function blockText(
  target: Target,
  block: Block,
  index: number,
  rewritten: readonly (string | undefined)[],
  refused: number[],
): string {
  const numbers = target.pieces.flatMap((piece, at) => (piece.block === index ? [at] : []));
  const accepted = new Map<number, string>();
  let raw = target.original.slice(block.start - target.start, block.end - target.start);
  for (const number of numbers) {
    const candidate = rewritten[number];
    if (candidate === undefined || candidate === target.pieces[number]?.text) continue;
    accepted.set(number, candidate);
    const visible = numbers.map((at) => accepted.get(at) ?? target.pieces[at]?.text ?? '').join('');
    const applied = applyRewrite(block.atoms, visible);
    if (applied === null) {
      accepted.delete(number);
      refused.push(number);
    } else raw = applied;
  }
  return raw;
}
