/** @file Markdown → blocks of prose, with a real parser (mdast). */
import type { FootnoteReference, Image, ImageReference, Nodes, Parent, PhrasingContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { mathFromMarkdown } from 'mdast-util-math';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';
import { math } from 'micromark-extension-math';
import type { Atom } from './atoms.ts';
import { textAtoms, type Block, type BlockKind } from './blocks.ts';

/** What stands before a paragraph's continuation line: indentation of a list, `>` of a quote. */
const continuation = /[ \t]*(?:>[ \t]?)*[ \t]*/;
const wholeContinuation = new RegExp(`^${continuation.source}$`);

/** `import …` and `export …` of MDX. */
const moduleLine =
  /^(?:import\s+(?:['"]|.*\bfrom\s+['"])|export\s+(?:const|let|var|function|class|default|\{|\*))/;

/** `:::` of Quarto, Docusaurus and VitePress, at the beginning and end of a container. */
const containerLine = /^[ \t]*(?:>[ \t]?)*:{3,}.*$/gm;

export function markdownBlocks(text: string): Block[] {
  // Blank lines of the same length, so that offsets stay.
  const prose = text.replace(containerLine, (line) => '\n'.repeat(line.length));
  const tree = fromMarkdown(prose, {
    extensions: [gfm(), math(), frontmatter(['yaml', 'toml'])],
    mdastExtensions: [gfmFromMarkdown(), mathFromMarkdown(), frontmatterFromMarkdown(['yaml', 'toml'])],
  });
  const blocks: Block[] = [];
  collect(tree, 'paragraph', text, blocks);
  return blocks.filter(({ start }) => !moduleLine.test(text.slice(start, start + 200)));
}

function collect(node: Nodes, kind: BlockKind, text: string, blocks: Block[]): void {
  switch (node.type) {
    case 'paragraph':
    case 'heading':
      blocks.push(...proseBlocks(node, node.type === 'heading' ? 'heading' : kind, text));
      break;
    case 'root':
    case 'list':
    case 'footnoteDefinition':
      for (const child of node.children) collect(child, kind, text, blocks);
      break;
    case 'listItem':
      for (const child of node.children) collect(child, 'listItem', text, blocks);
      break;
    case 'table':
      for (const cell of node.children.flatMap((row) => row.children)) {
        blocks.push(...proseBlocks(cell, 'cell', text));
      }
      break;
    case 'blockquote':
      for (const child of node.children) collect(child, kind === 'listItem' ? kind : 'quote', text, blocks);
      break;
    default: // code, math, html, definitions, front matter: frozen
      break;
  }
}

/** One block, or several where hard line breaks divide it. */
function proseBlocks(node: Parent, kind: BlockKind, text: string): Block[] {
  const writer = new AtomWriter(text);
  const blocks: Block[] = [];
  const parts: PhrasingContent[][] = [[]];
  for (const child of node.children as PhrasingContent[]) {
    if (child.type === 'break' || isLineBreak(child)) parts.push([]);
    else parts.at(-1)?.push(child);
  }
  for (const part of parts) {
    const first = part[0]?.position?.start.offset;
    const last = part.at(-1)?.position?.end.offset;
    if (first === undefined || last === undefined) continue;
    blocks.push({ kind, start: first, end: last, atoms: writer.write(part, first, last) });
  }
  return blocks;
}

/** `<br>` */
function isLineBreak(node: PhrasingContent): boolean {
  return node.type === 'html' && /^<br\s*\/?>$/i.test(node.value);
}

class AtomWriter {
  readonly #text: string;
  #pairs = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Atoms whose raw parts are exactly the document from `start` to `end`. */
  write(nodes: readonly PhrasingContent[], start: number, end: number): Atom[] {
    const atoms: Atom[] = [];
    let at = start;
    for (const node of nodes) {
      const from = node.position?.start.offset ?? at;
      const to = node.position?.end.offset ?? at;
      if (from > at) this.#between(this.#text.slice(at, from), atoms);
      atoms.push(...this.#node(node, from, to));
      at = to;
    }
    if (end > at) atoms.push(...textAtoms(this.#text.slice(at, end), continuation, true));
    return atoms;
  }

  /** What stands between two nodes: at the beginning of a line the `>` of a quote, a list's indentation; they belong to the line break. */
  #between(raw: string, atoms: Atom[]): void {
    const last = atoms.at(-1);
    if (last && /^\r?\n|\n$/.test(last.raw) && last.visible === ' ' && wholeContinuation.test(raw))
      atoms[atoms.length - 1] = { ...last, raw: last.raw + raw };
    else atoms.push(...textAtoms(raw, continuation, true));
  }

  /** "As ![the diagram](a.png) shows": without it the sentence would seem to lack a word. */
  #isWithinSentence(from: number, to: number): boolean {
    const before = this.#text.slice(Math.max(0, from - 40), from);
    const behind = this.#text.slice(to, to + 40);
    return /[\p{L}\p{N},;:]\s+$/u.test(before) && /^(?:\s+[\p{Ll}\p{N}]|[.,;:!?)])/u.test(behind);
  }

  #node(node: PhrasingContent, from: number, to: number): Atom[] {
    const raw = this.#text.slice(from, to);
    switch (node.type) {
      case 'text':
        return textAtoms(raw, continuation, true);
      case 'emphasis':
      case 'strong':
      case 'delete':
      case 'link':
      case 'linkReference': {
        const first = node.children[0]?.position?.start.offset;
        const last = node.children.at(-1)?.position?.end.offset;
        // `<https://…>` and bare addresses are links whose text is their address: nothing to rewrite.
        if (
          first === undefined ||
          last === undefined ||
          (node.type === 'link' && /^<|^(?:https?:|www\.)|@/.test(raw) && !raw.startsWith('['))
        ) {
          return [{ kind: 'frozen', raw, visible: raw }];
        }
        const pair = ++this.#pairs;
        const emphasis = node.type === 'emphasis' || node.type === 'strong' || node.type === 'delete';
        return [
          { kind: 'open', raw: this.#text.slice(from, first), visible: '', pair, emphasis },
          ...this.write(node.children, first, last),
          { kind: 'close', raw: this.#text.slice(last, to), visible: '', pair, emphasis },
        ];
      }
      case 'footnoteReference':
      case 'image':
      case 'imageReference':
      case 'html': {
        const shown = node.type === 'html' ? '' : wordsOf(node);
        if (shown !== '' && this.#isWithinSentence(from, to))
          return [{ kind: 'frozen', raw, visible: shown }];
        const pair = ++this.#pairs;
        return [{ kind: 'open', raw, visible: '', pair, emphasis: false }];
      }
      case 'break':
        return [{ kind: 'frozen', raw, visible: ' ' }];
      case 'inlineMath':
        if (isMoney(raw, this.#text.slice(to, to + 1))) return textAtoms(raw, continuation, true);
        return [{ kind: 'frozen', raw, visible: raw }];
      default: // inline code
        return [{ kind: 'frozen', raw, visible: raw }];
    }
  }
}

/** What a reader sees in place of an image or a footnote's mark, on one line. */
function wordsOf(node: Image | ImageReference | FootnoteReference): string {
  const words = node.type === 'footnoteReference' ? `[${node.label ?? node.identifier}]` : (node.alt ?? '');
  return words.replace(/\s+/g, ' ').trim();
}

/** "$5 and then $6": mathematics does not end with a space and is not followed by a digit. */
function isMoney(raw: string, next: string): boolean {
  return /^\$\d[^`*_[<]*\$$/.test(raw) && (/\s\$$/.test(raw) || /\d/.test(next));
}

/** New words that would otherwise be read as markup. */
export function escapeMarkdown(words: string): string {
  return words
    .replace(/[\\`*_[\]<>~$|&]/g, '\\$&')
    .replace(/^(\s*)([#+=-])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2');
}
