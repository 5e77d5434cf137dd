/** @file What a refine is about: the selection, else the paragraph at the caret, cut into pieces that a small model can rewrite. */
import { DraftError } from '../util/errors.ts';
import { applyRewrite, hideSpaces, visibleText } from './atoms.ts';
import { clipBlock, dialectOf, type Block, type Dialect } from './blocks.ts';
import { commentBlocks } from './comments.ts';
import { applyEdits, onlyEdits } from './edits.ts';
import { lightBlocks } from './lightMarkup.ts';
import { escapeMarkdown, markdownBlocks } from './markdown.ts';
import { commitBlocks, escapeLatex, latexBlocks, messageBlocks, plainBlocks } from './plain.ts';
import { sentences } from './sentences.ts';
import { hasOpenEnd, noSurroundings, surroundingsOf, type Surroundings } from './surroundings.ts';
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
}

/** At most a few sentences of one block, as the model sees them. */
export interface Piece {
  /** Index into {@link Target.blocks}. */
  readonly block: number;
  readonly text: string;
  /** The rest of its sentence, where a part was selected: for the model to see, not to change. */
  readonly around: Surroundings;
  /** It ends without a full stop, as headings do, and goes on doing so. */
  readonly openEnd: boolean;
}

export const maxPieceWords = 45;
/** A sentence with fewer words is no piece of its own; nor is a cell of a table among others, which are mostly names and figures. */
const minPieceWords = 4;

export function blocksOf(text: string, dialect: Dialect): Block[] {
  return rawBlocks(text, dialect).map((block) => ({ ...block, atoms: hideSpaces(block.atoms) }));
}

function rawBlocks(text: string, dialect: Dialect): Block[] {
  switch (dialect) {
    case 'markdown':
      return markdownBlocks(text);
    case 'latex':
      return latexBlocks(text);
    case 'commit':
      return commitBlocks(text);
    case 'scminput':
      return messageBlocks(text);
    case 'plain':
      return plainBlocks(text);
    case 'restructuredtext':
    case 'asciidoc':
    case 'org':
    case 'typst':
      return lightBlocks(text, dialect);
    default:
      return commentBlocks(text, dialect);
  }
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
  const all = blocksOf(text, dialect);
  const chosen =
    start === end
      ? blockAt(all, text, start)
      : all
          .filter((block) => block.start < end && block.end > start)
          .map((block) => clipBlock(block, start, end));
  const found = chosen.length > 0 ? chosen : start === end ? lineBlock(all, text, start) : [];
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
      'There is no prose here to refine. Put the caret in a paragraph or select some text.',
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

/** The same target with each sentence a piece of its own: small models see more of a sentence's mistakes when they see nothing else. */
export function bySentence(target: Target): Target {
  return { ...target, pieces: piecesOf(target.blocks, 0, target.around) };
}

function piecesOf(blocks: readonly Block[], maxWords: number, around: readonly Surroundings[] = []): Piece[] {
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

/** In which of `all`, whose offsets begin at `from`, each block lies; both are in order, so that one walk over them finds it. */
function holdersOf(blocks: readonly Block[], all: readonly Block[], from = 0): (Block | undefined)[] {
  let next = 0;
  return blocks.map((block) => {
    while (next < all.length && from + all[next]!.end < block.end) next += 1; // it is there
    const holder = all[next];
    return holder && from + holder.start <= block.start ? holder : undefined;
  });
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

export interface Reassembled {
  /** The whole text of the target. */
  readonly text: string;
  /** The pieces as they stand in it. */
  readonly pieces: readonly string[];
  /** Which pieces are not what was written, or not all of it, because that touched what must not change. */
  readonly refused: readonly number[];
}

/**
 * Puts rewritten pieces back. Of one that touches what must not change (code, a link, the shape of the document) the other changes are kept.
 * @param rewritten a piece that is undefined stays
 * @param before the pieces as they were before, which could be put back; default: as they are in the document
 */
export function reassemble(
  target: Target,
  rewritten: readonly (string | undefined)[],
  before: readonly string[] = target.pieces.map((piece) => piece.text),
): Reassembled {
  const all = before.map((text, at) => rewritten[at] ?? text);
  const whole = textOf(target, all);
  if (whole !== null) return { text: whole, pieces: all, refused: [] };
  let pieces = [...before];
  const refused = new Set<number>();
  const wanted = all.map((text, at) => {
    const now = before[at] ?? '';
    if (text === now || canStand(target, pieces.with(at, text), at)) return text;
    refused.add(at);
    return onlyEdits(
      now,
      text,
      (edit) =>
        !bringsMarkup(target.dialect, now.slice(edit.start, edit.end), edit.text) &&
        canStand(target, pieces.with(at, applyEdits(now, [edit])), at),
    );
  });
  // By halves: each look parses the document, and mostly one piece among many is what it objects to.
  const put = (changed: readonly number[]): void => {
    if (changed.length === 0) return;
    const tried = pieces.map((text, at) => (changed.includes(at) ? (wanted[at] ?? text) : text));
    if (textOf(target, tried) !== null) pieces = tried;
    else if (changed.length === 1)
      refused.add(changed[0]!); // just counted
    else {
      put(changed.slice(0, changed.length >> 1));
      put(changed.slice(changed.length >> 1));
    }
  };
  put([...wanted.keys()].filter((at) => wanted[at] !== before[at]));
  const text = textOf(target, pieces) ?? target.original;
  return { text, pieces, refused: [...refused].sort((a, b) => a - b) };
}

/** What the model may write as markup, of which a part alone is none; a `_` only at the end of a word. */
const markup = /[`*[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const latexMarkup = /[\\{}$]/g;

function bringsMarkup(dialect: Dialect, from: string, to: string): boolean {
  const marks = (text: string): string[] => text.match(dialect === 'latex' ? latexMarkup : markup) ?? [];
  return marks(to).some((mark) => !marks(from).includes(mark));
}

/** Whether the piece's block can be written with these pieces: nothing is parsed, so that the document's structure may still object. */
function canStand(target: Target, pieces: readonly string[], piece: number): boolean {
  const index = target.pieces[piece]?.block ?? 0;
  const block = target.blocks[index];
  return block !== undefined && applyRewrite(block.atoms, blockPieces(target, pieces, index)) !== null;
}

/** The target's text with these pieces; null when they can't stand there. */
function textOf(target: Target, pieces: readonly string[]): string | null {
  return target.pieces.every(({ text }, at) => text === pieces[at]) ? target.original : place(target, pieces);
}

const escapes: Readonly<Partial<Record<Dialect, (words: string) => string>>> = {
  markdown: escapeMarkdown,
  latex: escapeLatex,
};

/** The target's text with these pieces, escaped where they need it; null when they can't stand there. */
function place(target: Target, pieces: readonly string[]): string | null {
  // In LaTeX a lone `&` or `_` means something wherever it stands, though no parser of ours minds it.
  for (const escape of target.dialect === 'latex' ? [escapeLatex] : [undefined, escapes[target.dialect]]) {
    const text = compose(target, pieces, escape);
    if (text === null) return null;
    if (keepsStructure(target, pieces, text)) return text;
  }
  return null;
}

function compose(
  target: Target,
  pieces: readonly string[],
  escape: ((words: string) => string) | undefined,
): string | null {
  const texts = byBlock(target.pieces, pieces);
  let text = '';
  let at = target.start;
  for (const [index, block] of target.blocks.entries()) {
    const placed = applyRewrite(block.atoms, (texts[index] ?? []).join(''), escape);
    if (placed === null || isLongSubject(target, block, placed)) return null;
    text += target.document.slice(at, block.start) + placed;
    at = block.end;
  }
  return text;
}

/** The first line of a commit message, cut off by every tool that lists commits. */
const longestSubject = 72;

/** A rewrite may not make a subject too long; one that is too long already may become shorter. */
function isLongSubject({ dialect }: Target, { kind, start, end }: Block, placed: string): boolean {
  const isMessage = dialect === 'commit' || dialect === 'scminput';
  return isMessage && kind === 'heading' && placed.length > Math.max(longestSubject, end - start);
}

/** What belongs to each piece, in a list for each block: with thousands of blocks nobody can look through all pieces for each. */
function byBlock<T>(pieces: readonly Piece[], values: readonly T[]): T[][] {
  const lists: T[][] = [];
  for (const [at, { block }] of pieces.entries()) {
    const value = values[at];
    if (value !== undefined) (lists[block] ??= []).push(value);
  }
  return lists;
}

/** The text of one block. */
function blockPieces(target: Target, pieces: readonly string[], block: number): string {
  return pieces.filter((_, at) => target.pieces[at]?.block === block).join('');
}

/** Above this many characters only the target's own lines are parsed again, where they are the same by themselves. */
const wholeDocument = 100_000;

/** What is parsed again, from one offset to another, and its blocks as they are; they are the same for every rewrite. */
interface Frame {
  readonly from: number;
  readonly to: number;
  readonly before: readonly Block[];
}

const frames = new WeakMap<Target, Frame>();

function frameOf(target: Target): Frame {
  const known = frames.get(target);
  if (known) return known;
  const { document, dialect } = target;
  const lines = document.length > wholeDocument ? linesOf(target) : undefined;
  const frame = lines ?? { from: 0, to: document.length, before: blocksOf(document, dialect) };
  frames.set(target, frame);
  return frame;
}

/** The target's own lines; undefined where something elsewhere (a list, a definition of a link) makes of them what they are. */
function linesOf({ document, start, end, dialect, blocks }: Target): Frame | undefined {
  const from = document.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = document.indexOf('\n', end);
  const to = lineEnd < 0 ? document.length : lineEnd;
  const before = blocksOf(document.slice(from, to), dialect);
  const holders = holdersOf(blocks, before, from);
  const isThere = ({ kind, atoms }: Block, at: number): boolean => {
    const holder = holders[at];
    return holder?.kind === kind && visibleText(holder.atoms).includes(visibleText(atoms));
  };
  return blocks.every(isThere) ? { from, to, before } : undefined;
}

/** Parses again: the same blocks, links, code and math, and the words that were meant. */
function keepsStructure(target: Target, pieces: readonly string[], text: string): boolean {
  const { document, start, end, dialect } = target;
  const { from, to, before } = frameOf(target);
  const after = blocksOf(document.slice(from, start) + text + document.slice(end, to), dialect);
  if (before.length !== after.length) return false;
  const texts = byBlock(target.pieces, pieces);
  const meant = new Map(
    target.blocks.map((block, index) => [`${block.start} ${block.end}`, (texts[index] ?? []).join('')]),
  );
  return before.every((block, index) => {
    const now = after[index];
    if (now?.kind !== block.kind || fixedParts(now) !== fixedParts(block)) return false;
    const words = meant.get(`${from + block.start} ${from + block.end}`);
    if (words !== undefined) return visibleText(now.atoms).trim() === words.trim();
    return emphasisCount(now) <= emphasisCount(block); // a part of it was selected, or nothing
  });
}

/** Everything that a rewrite leaves as it is, as one string to compare. */
function fixedParts({ atoms }: Block): string {
  return atoms
    .filter((atom) => atom.kind === 'frozen' || (atom.visible === '' && atom.emphasis !== true))
    .map(({ raw }) => raw)
    .join('\u0000');
}

function emphasisCount({ atoms }: Block): number {
  return atoms.filter((atom) => atom.emphasis === true).length;
}
