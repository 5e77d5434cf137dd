/** @file A document as blocks of prose; everything between them (front matter, code, math, the frame of a table, HTML) is nobody's to change. */
import type { Atom } from './atoms.ts';
import { codeDialectOf, type CodeDialect } from './codeLanguages.ts';

export type BlockKind = 'paragraph' | 'heading' | 'listItem' | 'quote' | 'cell';

export interface Block {
  readonly kind: BlockKind;
  /** UTF-16 offsets of the block's raw text in the document. */
  readonly start: number;
  readonly end: number;
  /** Their raw parts joined are the document's text from `start` to `end`. */
  readonly atoms: readonly Atom[];
}

/** How a language's text is taken apart. */
export type Dialect =
  | 'markdown'
  | 'plain'
  | 'latex'
  | 'commit'
  | 'scminput'
  | 'restructuredtext'
  | 'asciidoc'
  | 'org'
  | 'typst'
  | CodeDialect;

/** @param languageId as VS Code names it, or as Neovim ("gitcommit", "rst", "markdown.mdx"), Helix, Zed and Emacs ("gfm", "LaTeX") do */
export function dialectOf(languageId: string): Dialect {
  const [language = ''] = languageId.toLowerCase().split('.');
  switch (language) {
    case 'markdown':
    case 'mdx':
    case 'quarto':
    case 'rmd':
    case 'rmarkdown':
    case 'pandoc':
    case 'gfm':
      return 'markdown';
    case 'latex':
    case 'tex':
    case 'plaintex':
    case 'plain-tex':
      return 'latex';
    case 'restructuredtext':
    case 'rst':
      return 'restructuredtext';
    case 'asciidoc':
    case 'asciidoctor':
    case 'adoc':
      return 'asciidoc';
    case 'org':
    case 'typst':
    case 'scminput':
      return language;
    case 'git-commit':
    case 'gitcommit':
    case 'git commit':
      return 'commit';
    default:
      return codeDialectOf(language) ?? 'plain';
  }
}

/** Addresses, and what a tool fills in: `{{< shortcode >}}`, `{{ name }}`, `{name}`. */
const address =
  /\{\{[^{}\n]*\}\}|\{[^\s{}]+\}|\b(?:https?:\/\/|www\.)[^\s<>()]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+/g;

/** Of Pandoc and Quarto: `[see @doe99, p. 3]`, `@fig-plot`. */
const citation = /\[[^\][\n\\]*(?<![\w.])@\w[^\][\n\\]*\]|(?<![\w.@])@[a-zA-Z_](?:[\w:./-]*\w)?/;

/** As {@link textAtoms}, without escapes; what `frozen` matches stays as it is, also over line breaks. */
export function frozenAtoms(raw: string, continuation: RegExp, frozen: RegExp): Atom[] {
  const atoms: Atom[] = [];
  let at = 0;
  for (const { 0: words, index } of raw.matchAll(frozen)) {
    if (index > at) atoms.push(...textAtoms(raw.slice(at, index), continuation, false));
    atoms.push({ kind: 'frozen', raw: words, visible: words.replace(/\s*\n\s*/g, ' ') });
    at = index + words.length;
  }
  if (at < raw.length) atoms.push(...textAtoms(raw.slice(at), continuation, false));
  return atoms;
}

/** Text of one or more lines as atoms: single line breaks (with what `continuation` matches behind them) are spaces to the model. */
export function textAtoms(raw: string, continuation: RegExp, escapes: boolean): Atom[] {
  const atoms: Atom[] = [];
  const pattern = new RegExp(
    [
      `\\r?\\n${continuation.source}`,
      ...(escapes ? ['\\\\[!-/:-@[-`{-~]|&(?:#\\w+|\\w+);', citation.source] : []),
      address.source,
    ].join('|'),
    'g',
  );
  let at = 0;
  for (const match of raw.matchAll(pattern)) {
    if (match.index > at) atoms.push(plain(raw.slice(at, match.index)));
    const [text] = match;
    if (/^\r?\n/.test(text)) atoms.push({ kind: 'text', raw: text, visible: ' ' });
    else if (text.startsWith('\\')) atoms.push({ kind: 'text', raw: text, visible: text.slice(1) });
    else atoms.push({ kind: 'frozen', raw: text, visible: text });
    at = match.index + text.length;
  }
  if (at < raw.length) atoms.push(plain(raw.slice(at)));
  return atoms;
}

function plain(text: string): Atom {
  return { kind: 'text', raw: text, visible: text };
}

/** The atoms between two offsets of the document; markers at the ends stay outside unless they lie between. */
export function clipBlock(block: Block, start: number, end: number): Block {
  if (start <= block.start && end >= block.end) return block;
  const atoms: Atom[] = [];
  let at = block.start;
  let first = -1;
  let last = at;
  for (const atom of block.atoms) {
    const from = Math.max(start, at);
    const to = Math.min(end, at + atom.raw.length);
    if (from < to) {
      const whole = from === at && to === at + atom.raw.length;
      if (whole || atom.raw === atom.visible) {
        const raw = atom.raw.slice(from - at, to - at);
        atoms.push(whole ? atom : { ...atom, raw, visible: raw });
        if (first < 0) first = from;
        last = to;
      }
    }
    at += atom.raw.length;
  }
  return { ...block, start: first < 0 ? block.start : first, end: first < 0 ? block.start : last, atoms };
}

/** In which of `all`, whose offsets begin at `from`, each block lies; both are in order, so that one walk over them finds it. */
export function holdersOf(blocks: readonly Block[], all: readonly Block[], from = 0): (Block | undefined)[] {
  let next = 0;
  return blocks.map((block) => {
    while (next < all.length && from + all[next]!.end < block.end) next += 1; // it is there
    const holder = all[next];
    return holder && from + holder.start <= block.start ? holder : undefined;
  });
}
