/** @file Whether a document with a rewrite in it is still the document that it was. */
import { visibleText } from './atoms.ts';
import { holdersOf, type Block } from './blocks.ts';
import { keepsLiteral } from './literals.ts';
import { blocksOf } from './parse.ts';
import { byBlock } from './pieces.ts';
import type { Target } from './target.ts';

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
export function keepsStructure(target: Target, pieces: readonly string[], text: string): boolean {
  const { document, start, end, dialect } = target;
  const { from, to, before } = frameOf(target);
  const changed = document.slice(0, start) + text + document.slice(end);
  if (target.literal && !keepsLiteral(target.literal, document, changed)) return false;
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
