/** @file Puts rewritten pieces back into a target, or as much of them as may stand there. */
import { applyRewrite } from './atoms.ts';
import type { Block, Dialect } from './blocks.ts';
import { applyEdits, onlyEdits } from './edits.ts';
import { escapeInLiteral } from './literals.ts';
import { escapeMarkdown } from './markdown.ts';
import { byBlock } from './pieces.ts';
import { escapeLatex } from './plain.ts';
import { keepsStructure } from './structure.ts';
import type { Target } from './target.ts';

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

const escapes: Readonly<Partial<Record<Dialect, Escape>>> = {
  markdown: escapeMarkdown,
  latex: escapeLatex,
};

/** The target's text with these pieces, escaped where they need it; null when they can't stand there. */
function place(target: Target, pieces: readonly string[]): string | null {
  for (const escape of escapesOf(target)) {
    const text = compose(target, pieces, escape);
    if (text === null) return null;
    if (keepsStructure(target, pieces, text)) return text;
  }
  return null;
}

type Escape = (words: string) => string;

/** What is tried in turn. */
function escapesOf({ dialect, literal }: Target): readonly (Escape | undefined)[] {
  if (literal) return [(words) => escapeInLiteral(literal, words)];
  // In LaTeX a lone `&` or `_` means something wherever it stands, though no parser of ours minds it.
  return dialect === 'latex' ? [escapeLatex] : [undefined, escapes[dialect]];
}

function compose(target: Target, pieces: readonly string[], escape: Escape | undefined): string | null {
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

/** The text of one block. */
function blockPieces(target: Target, pieces: readonly string[], block: number): string {
  return pieces.filter((_, at) => target.pieces[at]?.block === block).join('');
}
