/** @file Plain text, commit messages and LaTeX → blocks of prose. */
import type { Atom } from './atoms.ts';
import { frozenAtoms, textAtoms, type Block, type BlockKind } from './blocks.ts';

const indentation = /[ \t]*/;

/** What a mail puts before the lines that it quotes. */
const quoted = /^[ \t]*(?:>[ \t]?)+/;

/** Paragraphs divided by blank lines, and by where a quotation begins or ends, and the items of lists. */
export function plainBlocks(text: string): Block[] {
  return quotations(text).flatMap(({ start, raw }) =>
    paragraphs(raw).flatMap((one) =>
      itemsOf(
        { start: start + one.start, raw: text.slice(start + one.start, start + one.start + one.raw.length) },
        { marker: quotedMarker, continuation: quotedLine },
      ),
    ),
  );
}

/** Runs of lines that are quoted equally often, with spaces for the marks. */
function quotations(text: string): Paragraph[] {
  const runs: (Paragraph & { depth: number })[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const mark = quoted.exec(line)?.[0] ?? '';
    const depth = mark.replace(/[^>]/g, '').length;
    const raw = ' '.repeat(mark.length) + line.slice(mark.length);
    const last = runs.at(-1);
    if (last?.depth === depth) runs[runs.length - 1] = { ...last, raw: last.raw + raw };
    else runs.push({ start: index, raw, depth });
  }
  return runs;
}

/** As {@link messageBlocks}, in the file that git gives to an editor: its comments begin with `#`, numbers of issues do too. */
export function commitBlocks(text: string): Block[] {
  const cut = text.search(/^# -+ >8 -+/m);
  const message = cut < 0 ? text : text.slice(0, cut);
  return messageBlocks(message.replace(/^#(?:[ \t].*)?$/gm, (line) => ' '.repeat(line.length)));
}

/** The subject is a block of its own, trailers at the end stay as they are. */
export function messageBlocks(message: string): Block[] {
  const blocks: Block[] = [];
  const subjectEnd = message.indexOf('\n');
  const subject = subjectEnd < 0 ? message : message.slice(0, subjectEnd);
  if (subject.trim() !== '') {
    const start = subject.length - subject.trimStart().length;
    blocks.push(blockOf('heading', { start, raw: subject.trim() }));
  }
  if (subjectEnd >= 0) {
    const body = withoutTrailers(message.slice(subjectEnd));
    const moved = paragraphs(body).map(({ start, raw }) => ({ start: subjectEnd + start, raw }));
    blocks.push(...moved.flatMap((one) => itemsOf(one)));
  }
  return blocks;
}

/** `Signed-off-by: …` and the like; "Note: …" is prose. */
const trailer =
  /^(?:[A-Za-z]+(?:-[A-Za-z]+)+|Fixes|Closes|Refs?|Resolves|Bug|Issue|Link|Cc|Related|Depends): \S|^\(cherry picked from /;

function withoutTrailers(body: string): string {
  const lines = body.split('\n');
  while (lines.length > 0 && (lines.at(-1)?.trim() === '' || trailer.test(lines.at(-1) ?? ''))) lines.pop();
  return lines.join('\n');
}

/** A stretch of text without the space around it. */
export interface Paragraph {
  /** UTF-16 offset in the document. */
  readonly start: number;
  readonly raw: string;
}

export function paragraphs(text: string): Paragraph[] {
  return Array.from(text.matchAll(/[^\s](?:[^\n]|\n(?![ \t]*\r?(?:\n|$)))*/g), (match) => ({
    start: match.index,
    raw: match[0].trimEnd(),
  })).filter(({ raw }) => raw !== '');
}

/** How a paragraph is taken apart. */
export interface Rules {
  /** Words that stay as they are. */
  readonly frozen?: RegExp;
  /** What begins an item of a list. */
  readonly marker?: RegExp | undefined;
  /** What belongs to a line break behind it. */
  readonly continuation?: RegExp;
}

function blockOf(kind: BlockKind, { start, raw }: Paragraph, rules: Rules = {}): Block {
  const { frozen, continuation = indentation } = rules;
  const atoms = frozen ? frozenAtoms(raw, continuation, frozen) : textAtoms(raw, continuation, false);
  return { kind, start, end: start + raw.length, atoms };
}

/** What begins an item of a list, with its check box; a longer number at the beginning of a line is one of a sentence. */
const plainMarker = /^[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+(?:\[[ xX-]\][ \t]+)?(?=\S)/gm;
const quotedLine = /[ \t]*(?:>[ \t]?)*[ \t]*/;
const quotedMarker = new RegExp(`^${quotedLine.source}${plainMarker.source.slice(1)}`, 'gm');

/** The paragraph, or where it is a list each of its items without its marker. */
export function itemsOf(paragraph: Paragraph, rules: Rules = {}): Block[] {
  const { start, raw } = paragraph;
  const markers = [...raw.matchAll(rules.marker ?? plainMarker)];
  if (markers.length === 0) return [blockOf('paragraph', paragraph, rules)];
  const parts = [
    { kind: 'paragraph' as const, from: 0, to: markers[0]!.index }, // there is one
    ...markers.map((found, at) => ({
      kind: 'listItem' as const,
      from: found.index + found[0].length,
      to: markers[at + 1]?.index ?? raw.length,
    })),
  ];
  return parts.flatMap(({ kind, from, to }) => {
    const text = raw.slice(from, to).trimEnd();
    return text === '' ? [] : [blockOf(kind, { start: start + from, raw: text }, rules)];
  });
}

/** Environments that hold no prose. */
const frozenEnvironments =
  'equation|align|alignat|aligned|flalign|gather|gathered|multline|eqnarray|math|displaymath|split|cases|array|[bpvBV]?matrix|smallmatrix|subequations|' +
  'verbatim|Verbatim|alltt|lstlisting|minted|comment|filecontents|tabular|tabularx|tabulary|longtable|tabu|table|figure|tikzpicture|tikzcd|' +
  'algorithm|algorithmic|algorithm2e|thebibliography';

/** Mathematics on lines of its own, within a sentence; while it is being written it ends with its paragraph. */
const display = String.raw`\$\$(?:(?!\n[ \t]*\r?\n)[\s\S])*?(?:\$\$|(?=\n[ \t]*\r?\n)|(?![\s\S]))|\\\[(?:(?!\n[ \t]*\r?\n)[\s\S])*?(?:\\\]|(?=\n[ \t]*\r?\n)|(?![\s\S]))`;

/** Comments, verbatim words and mathematics within a line, in which nothing divides. */
const kept = String.raw`\\[$%&#_{}]|(?<!\\)%.*|\\verb\*?(?<mark>[^a-zA-Z\s{*]).*?\k<mark>|\$(?!\$)(?:\\.|[^$\\\n]|\n(?![ \t]*\r?\n))*\$`;

/** What divides paragraphs and is no prose itself: whole environments (those that are not closed yet too), headings, list items, line breaks. */
const latexDividers = new RegExp(
  [
    String.raw`^[ \t]*%.*$`,
    String.raw`(?<kept>${kept})`,
    String.raw`(?<display>${display})`,
    String.raw`\\begin\{(?<environment>(?:${frozenEnvironments})\*?)\}[\s\S]*?(?:\\end\{\k<environment>\}|(?![\s\S]))`,
    String.raw`\\(?:begin|end)\{[^}]*\}(?:\[[^\]]*\])?`,
    String.raw`\\item\b(?:\[[^\]]*\])?`,
    String.raw`\\(?:part|chapter|(?:sub)*section|paragraph|title|author|date)\*?(?:\[[^\]]*\])?\{[^}]*\}`,
    String.raw`\\\\\*?(?:\[[^\]]*\])?|\\newline\b`,
  ].join('|'),
  'gm',
);

const braces = String.raw`\{(?:[^{}]|\{[^{}]*\})*\}`;
const options = String.raw`\*?(?:\[[^\]]*\])*`;

/** Inline LaTeX: what stands for words and is shown, what is not shown, then opening and closing of commands around prose. */
const inlineLatex = new RegExp(
  [
    String.raw`(?<frozen>\$\$[\s\S]*?\$\$|\$(?:\\.|[^$\\])*\$|\\\([\s\S]*?\\\)|\\\[[\s\S]*?\\\]|\\verb\*?(?<delimiter>[^a-zA-Z\s{*]).*?\k<delimiter>|\\(?:url|texttt|SI|num|gls|acs?)${options}(?:${braces})+)`,
    String.raw`(?<comment>(?<!\\)%[^\n]*\n?[ \t]*)`,
    String.raw`(?<cite>\\[a-zA-Z]*cite[a-zA-Z]*${options}${braces})`,
    String.raw`(?<ref>\\(?!href)[a-zA-Z]*ref${options}${braces})`,
    String.raw`(?<name>\\(?:LaTeX|TeX|BibTeX|XeTeX|LuaTeX)\b(?:\{\})?|\\(?:l?dots|textellipsis|text[en][nm]dash|textasciitilde)\b(?:\{\})?|\\(?!(?:noindent|centering|quad|qquad|hfill|par|small|large|normalsize|smallskip|medskip|bigskip)\b)[a-zA-Z]+\{\})`,
    String.raw`(?<hidden>~?\\(?:footnote|label|index|input|include|includegraphics|bibliography|usepackage|documentclass|begin|end|item)${options}(?:${braces})*)`,
    String.raw`(?<escape>\\[%&#_\${}])`,
    String.raw`(?<space>~|\\[ ,;:])`,
    String.raw`(?<open>\\(?:emph|text(?:bf|it|sc|sl|sf|rm)|underline|enquote|href${braces})\{)`,
    String.raw`(?<close>\})`,
    String.raw`(?<command>\\[a-zA-Z]+${options}(?:${braces})*|\\[^a-zA-Z]|\{)`,
  ].join('|'),
  'g',
);

export function latexBlocks(text: string): Block[] {
  const body = /\\begin\{document\}/.exec(text);
  const from = body ? body.index + body[0].length : 0;
  // What is no prose becomes blank lines of the same length, so that offsets stay.
  const blank = (raw: string): string => '\n'.repeat(raw.length);
  const divided = text.slice(from).replace(latexDividers, (raw: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    const closed = groups.display !== undefined && /^(?:\$\$[^]+\$\$|\\\[[^]*\\\])$/.test(raw);
    return groups.kept !== undefined || closed ? raw : blank(raw);
  });
  const prose = blank(text.slice(0, from)) + divided;
  return paragraphs(prose).map(({ start, raw }) => ({
    kind: 'paragraph',
    start,
    end: start + raw.length,
    atoms: latexAtoms(raw),
  }));
}

/** New words that would otherwise be read as commands. */
export function escapeLatex(words: string): string {
  return words.replace(/[%&#_$]/g, '\\$&');
}

function latexAtoms(raw: string): Atom[] {
  const atoms: Atom[] = [];
  const opened: number[] = [];
  const numbers = { cite: 0, ref: 0 };
  let pairs = 0;
  let at = 0;
  for (const match of raw.matchAll(inlineLatex)) {
    if (match.index > at) atoms.push(...textAtoms(raw.slice(at, match.index), indentation, false));
    const [text] = match;
    at = match.index + text.length;
    if (match.groups?.open !== undefined) {
      opened.push(++pairs);
      atoms.push({
        kind: 'open',
        raw: text,
        visible: '',
        pair: pairs,
        emphasis: !text.startsWith('\\href'),
      });
    } else if (match.groups?.close !== undefined) {
      const pair = opened.pop() ?? ++pairs;
      const opener = atoms.find((atom) => atom.kind === 'open' && atom.pair === pair);
      atoms.push({ kind: 'close', raw: text, visible: '', pair, emphasis: opener?.emphasis === true });
    } else if (match.groups?.escape !== undefined) {
      atoms.push({ kind: 'text', raw: text, visible: text.slice(1) });
    } else if (match.groups?.space !== undefined) {
      atoms.push({ kind: 'text', raw: text, visible: ' ' });
    } else {
      const shown = standsFor(match.groups, numbers);
      if (shown !== undefined) atoms.push({ kind: 'frozen', raw: text, visible: shown });
      else atoms.push({ kind: 'open', raw: text, visible: '', pair: ++pairs, emphasis: false });
    }
  }
  if (at < raw.length) atoms.push(...textAtoms(raw.slice(at), indentation, false));
  return atoms;
}

/** What the reader sees of a command, more or less: "[1]" for a citation, "1" for the number of a figure; undefined: nothing. */
function standsFor(
  groups: Readonly<Record<string, string | undefined>> | undefined,
  numbers: { cite: number; ref: number },
): string | undefined {
  if (groups?.cite !== undefined) return `[${++numbers.cite}]`;
  if (groups?.ref !== undefined) return String(++numbers.ref);
  const name = groups?.name?.replace(/[\\{}]/g, '');
  return groups?.frozen ?? (name === undefined ? undefined : (signs[name] ?? name));
}

const signs: Readonly<Record<string, string>> = {
  ldots: '…',
  dots: '…',
  textellipsis: '…',
  textendash: '–',
  textemdash: '—',
  textasciitilde: '~',
};
