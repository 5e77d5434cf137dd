/** @file The comments of code → blocks of prose: what stands round them, their marks, and the code in them are nobody's to change. */
import type { Atom } from './atoms.ts';
import { frozenAtoms, type Block } from './blocks.ts';
import { commentMarks, type CodeDialect, type CommentMarks } from './codeLanguages.ts';
import { paragraphs } from './plain.ts';

/** A comment, or several lines of comments under each other. */
interface Comment {
  /** UTF-16 offsets in the document. */
  readonly start: number;
  readonly end: number;
  /** Its text from `start` to `end` with spaces for its marks. */
  readonly prose: string;
  /** What each of its lines begins with; '' where it ends otherwise than with its line, or stands behind code. */
  readonly mark: string;
  readonly behindCode: boolean;
  readonly isDocstring: boolean;
}

/** Paragraphs of comments, the items of lists in them, and what is said of each parameter. */
export function commentBlocks(text: string, dialect: CodeDialect): Block[] {
  return commentsOf(text, commentMarks(dialect)).flatMap((comment) => blocksOfComment(text, comment));
}

const spaces = (raw: string): string => raw.replace(/[^\r\n\t]/g, ' ');
/** Blank lines of the same length, so that offsets stay. */
const blank = (raw: string): string => '\n'.repeat(raw.length);

function commentsOf(text: string, marks: CommentMarks): Comment[] {
  const comments: Comment[] = [];
  for (const match of text.matchAll(patternOf(marks))) {
    const [raw] = match;
    const { line, mark = '', block, quotes } = match.groups ?? {};
    const start = match.index;
    const end = start + raw.length;
    const behindCode = /\S/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
    const comment = { start, end, mark: '', behindCode, isDocstring: false };
    if (line !== undefined) {
      const prose = spaces(mark) + raw.slice(mark.length);
      const last = comments.at(-1);
      if (
        !behindCode &&
        last?.mark.split(' ')[0] === mark &&
        /^\r?\n[ \t]*$/.test(text.slice(last.end, start))
      )
        comments[comments.length - 1] = {
          ...last,
          end,
          prose: last.prose + text.slice(last.end, start) + prose,
        };
      else if (!behindCode) comments.push({ ...comment, prose, mark });
      else if (!looksUnbalanced(raw)) comments.push({ ...comment, prose });
    } else if (block !== undefined) {
      const prose = withoutGutter(withoutEnds(raw, marks));
      comments.push({ ...comment, prose: raw.startsWith('=') ? withoutVerbatim(prose, raw) : prose });
    } else if (quotes !== undefined && marks.docstrings === true && standsAsDocstring(text, start)) {
      const prose = spaces(quotes) + raw.slice(quotes.length, -quotes.length) + spaces(quotes);
      comments.push({ ...comment, prose, behindCode: false, isDocstring: true });
    }
  }
  return comments;
}

/** Strings, comments over lines and comments to the end of the line, whichever begins first. */
export function patternOf({ line, ownLine = false, blocks = [], strings }: CommentMarks): RegExp {
  const before = ownLine ? String.raw`(?<=^[ \t]*)` : String.raw`(?<=^[ \t]*|[\s;{}),])`;
  const sources = [
    blocks.length > 0 &&
      `(?<block>${blocks.map(([open, close]) => `(?:${open})[\\s\\S]*?${close}`).join('|')})`,
    line !== undefined && `(?<line>${before}(?<mark>${line})[^\\r\\n]*)`,
    ...strings,
  ];
  return new RegExp(sources.filter((source) => source !== false).join('|'), 'gm');
}

/** What seems a comment behind code may be the end of a string that begins elsewhere. */
function looksUnbalanced(raw: string): boolean {
  return (raw.match(/"/g)?.length ?? 0) % 2 === 1 || (raw.match(/`/g)?.length ?? 0) % 2 === 1;
}

function withoutEnds(raw: string, { blocks = [] }: CommentMarks): string {
  const open = new RegExp(`^(?:${blocks.map(([from]) => from).join('|')})`);
  const close = new RegExp(`(?:${blocks.map(([, to]) => to).join('|')})$`);
  return raw.replace(open, spaces).replace(close, spaces);
}

/** The stars at the beginning of each line of a comment; where a line has none they are a list's. */
function withoutGutter(prose: string): string {
  const [first = '', ...rest] = prose.split('\n');
  const written = rest.filter((line) => line.trim() !== '');
  const isGutter = written.length > 0 && written.every((line) => /^[ \t]*\*/.test(line));
  return isGutter ? [first, ...rest.map((line) => line.replace(/^[ \t]*\*/, spaces))].join('\n') : prose;
}

/** In the documentation of Ruby and Perl a paragraph that stands in is code, in Ruby unless all do, and so is what is another language's. */
function withoutVerbatim(prose: string, raw: string): string {
  if (raw.startsWith('=begin') && !/^[^\s=]/m.test(prose)) return prose;
  return prose
    .replace(/^=begin[ \t]+(\w+)[^]*?^=end[ \t]+\1[^\n]*/gm, blank)
    .replace(/(?<=\n[ \t]*\r?\n)[ \t]+\S[^\n]*(?:\n[^\n]*\S[^\n]*)*/g, blank);
}

/** The first text in a file, a class or a function. */
function standsAsDocstring(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 2000), start);
  const ownLine = /(?:^|\n)[ \t]*[rRuU]?$/.exec(before);
  if (!ownLine) return /@(?:module|type)?doc[ \t]+(?:~[sS])?$/.test(before);
  const lines = before.slice(0, ownLine.index).split('\n');
  const above = lines.findLast((line) => !/^[ \t]*(?:#.*)?\r?$/.test(line));
  return above === undefined || /[\w)\]]:[ \t]*(?:#.*)?\r?$/.test(above);
}

/** Fields, sections and their headings as Sphinx, Google and NumPy write them. */
function inDocstring(prose: string): string {
  return prose
    .replace(/^[ \t]*>>> [^\n]*(?:\n[ \t]*\S[^\n]*)*/gm, blank)
    .replace(/^[ \t]*:(?:type|rtype|meta)\b[^\n]*/gm, blank)
    .replace(/^[ \t]*:\w+(?:[ \t][^:\n]*)?:(?=[ \t])/gm, blank)
    .replace(/^([ \t]*)\.\. [\w-]+::[^\n]*(?:\n(?:\1[ \t]+\S[^\n]*|[ \t]*(?=\r?\n)))*/gm, blank)
    .replace(/^[ \t]*[A-Z][\w ]*\r?\n[ \t]*-{3,}[ \t]*$/gm, blank)
    .replace(/^[ \t]*\*{0,2}\w[\w*, ]* : [^\n]*/gm, blank)
    .replace(sections, (section, _indent, title: string) =>
      /^(?:Example|Usage)/.test(title)
        ? blank(section)
        : section
            .replace(/^[^\n]*/, blank)
            .replace(/^[ \t]*\*{0,2}[\w.[\]]+(?:[ \t]*\([^)\n]*\))?:(?=[ \t]+\S)/gm, blank),
    );
}

const sections =
  /^([ \t]*)(Arg(?:ument)?s|Keyword Arg(?:ument)?s|(?:Other )?Param(?:eter)?s|Attributes|Returns?|Yields?|Raises|Warn(?:s|ings?)|Notes?|Todo|See Also|References|Examples?|Usage):[ \t]*\r?\n(?:\1[ \t]+\S[^\n]*(?:\n|$)|[ \t]*\r?\n)+/gm;

/** Tags of JSDoc, Doxygen and the like behind which prose stands, with the name that they speak of. */
const types = String.raw`(?:[ \t]+\{(?:[^{}\n]|\{[^{}\n]*\})*\})?`;
const parameter = String.raw`(?:param|arg|argument|property|prop|tparam|template)(?:\[[\w, ]+\])?${types}[ \t]+(?:\[[^\]\n]*\]|[\w$.*&]+(?:,[ \t]*[\w$.]+)*)(?:[ \t]+[-–—:](?=[ \t]))?`;
const result = String.raw`(?:returns?|throws|exception|raises|yields?)\b${types}(?:[ \t]+[A-Z]\w*(?:Error|Exception)\b)?(?:[ \t]+[-–—](?=[ \t]))?`;
const note =
  '(?:file|fileoverview|overview|brief|short|summary|desc|description|details|remarks?|privateRemarks|deprecated|note|warning|todo|attention|important)\\b';
const told = `(?:${parameter}|${result}|${note})`;

/** One for tools, not for readers. */
const directive = new RegExp(
  String.raw`^[ \t]*(?:${[
    String.raw`#?(?:end)?region\b`,
    String.raw`@(?:ts-|flow\b|jsx|vite-|noflow\b|format\b|formatter:)`,
    String.raw`[\w-]+-(?:disable|enable|ignore|expect)\b`,
    String.raw`(?:eslint|jshint|jslint|noqa|nolint|NOLINT|noinspection|shellcheck|pragma|exported)\b`,
    String.raw`(?:istanbul|[cv]8) ignore\b`,
    String.raw`(?:type|mypy|pylint|pyright|flake8|isort|fmt|yapf|cspell|spell-?checker|frozen_string_literal|(?:en)?coding|vim?|ex|yaml-language-server|SPDX-[\w-]+|language|syntax|\$schema)[:=]`,
    String.raw`globals? [\w$]+(?:: ?\w+)?(?:, ?[\w$]+(?:: ?\w+)?)*[ \t]*$`,
    String.raw`-\*-|\+build\b|clang-(?:format|tidy)\b|[#@] ?source(?:Mapping)?URL=|webpack[A-Z]\w+:|[#@]__\w+__|%%|<(?:reference|amd-)`,
    String.raw`[a-z][\w-]*:(?=[\w@])`,
  ].join('|')}).*$`,
  'gm',
);

/** Code that was made a comment. */
const code = new RegExp(
  String.raw`^[ \t]*(?:${[
    String.raw`[^\n]*(?:[={}]|->|\w\()[^\n]*;|\S+;`,
    String.raw`[^\n]*[{([]`,
    String.raw`[)\]}]+[;,]?`,
    String.raw`(?:await |return )?[\w$.]+\([^()\n]*\)[;,:]?`,
    String.raw`(?:const |let |var |local |my )?[$@]?[\w.[\]]+ ?[-+*/|&:]?=[^\n]*`,
    String.raw`(?:import \S+|from \S+ import [^\n]*|def \w+\([^\n]*|class \w+[^\n]*:|(?:if|elif|while) [^\n]*(?:[=<>]|\w\()[^\n]*:|for \w+ in [^\n]*:|with \w+\([^\n]*:|except(?: \w+)?:|(?:else|try|finally):)`,
    String.raw`(?:SELECT|INSERT|UPDATE|DELETE|DROP|CREATE|ALTER|FROM|WHERE)\b[^\n]*`,
  ].join('|')})[ \t]*$`,
  'gm',
);

/** What of a comment is no prose, in the order in which it is looked for. */
const frozenParts: readonly RegExp[] = [
  /^[ \t]*(`{3,}|~{3,})[\s\S]*?(?:^[ \t]*\1[ \t]*$|(?![\s\S]))/gm,
  directive,
  /^[ \t]*[@\\](?:example|code|verbatim|startuml)\b[\s\S]*?(?=^[ \t]*[@\\][a-z]|(?![\s\S]))/gm,
  new RegExp(String.raw`^[ \t]*@(?!${told})[a-zA-Z][\w-]*[^\n]*(?:\n(?![ \t]*(?:@|\r?$))[^\n]*)*`, 'gm'),
  /<(pre|code|example)\b[^<>]*>(?=[^<]*\n)[\s\S]*?(?:<\/\1>|(?![\s\S]))/g,
  /(?<!`)<\/?(?:summary|param|typeparam|returns|remarks|exception|value|para|list|item|description|term|inheritdoc|include|p|[uo]l|li|br|dl|d[td]|table|t[rdh]|h[1-6])\b[^<>\n]*>(?!`)/gi,
  /^[ \t]*#{1,6} [^\n]*/gm, // headings
  /^=[a-z]\w*[^\n]*/gm, // commands of Perl's documentation
  /^[ \t]*\|.*\|[ \t]*$/gm, // tables
  code,
  new RegExp(String.raw`(?:^[ \t]*|(?<=[.!?])[ \t]+)[@\\]${told}`, 'gm'),
  /^[ \t]*(?:TODO|FIXME|HACK|XXX|NOTE|BUG|SAFETY|WARNING)\b(?:\([^)\n]*\))?(?::|[ \t]+-)?(?=[ \t])/gm,
  /^[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+(?=\S)/gm,
  /^[ \t]*[-=*~#_/+%;]{3,}|[-=*~#_/+%;]{3,}[ \t]*$/gm, // lines drawn round a title
];

/** What stays as it is within a sentence: code, links, tags and names of the program. */
const frozenWords =
  /`[^`\n]+`|\b[A-Z](?:<<+ [^\n]*? >>+|<[^<>\n]*>)|\{@\w+[^}\n]*\}|<\/?[a-zA-Z][^<>\n]*>|\b[\w.]+\((?!e?s\))[^\s()]*\)|\b\w*[a-zA-Z0-9]_\w+\b|\b[a-z]+\d*[A-Z]\w*\b|(?<!\w)[@\\][a-zA-Z]\w*(?:(?<=[@\\][pcea])[ \t]\w+)?/g;

function blocksOfComment(text: string, { start, prose, behindCode, isDocstring }: Comment): Block[] {
  const near = withoutIndented(prose);
  const plain = isDocstring ? inDocstring(near) : near;
  const left = frozenParts.reduce((part, frozen) => part.replace(frozen, blank), plain);
  return paragraphs(left)
    .map((paragraph): Block => {
      const [from, to] = [paragraph.start, paragraph.start + paragraph.raw.length];
      const lead = prose.slice(prose.lastIndexOf('\n', from - 1) + 1, from);
      const isNote = behindCode || !paragraph.raw.includes('\n') || /\S/.test(lead);
      return {
        kind: isNote ? 'listItem' : 'paragraph',
        start: start + from,
        end: start + to,
        atoms: atomsOf(text.slice(start + from, start + to), paragraph.raw),
      };
    })
    .filter(({ atoms }) => atoms.some(({ kind, raw }) => kind === 'text' && /\p{L}/u.test(raw)));
}

/** Paragraphs that stand in further than the rest are code in Markdown. */
function withoutIndented(prose: string): string {
  const width = (line: string): number =>
    (/^[ \t]*/.exec(line)?.[0] ?? '').replace(/\t/g, ' '.repeat(8)).length;
  const lines = prose.split('\n');
  const [, ...others] = lines.filter((line) => line.trim() !== '');
  const least = Math.min(...others.map(width));
  let indented = false;
  return lines
    .map((line, at) => {
      if (line.trim() === '') return line;
      const isDeep = at > 0 && width(line) >= least + 4;
      indented = isDeep && (indented || (lines[at - 1] ?? '').trim() === '');
      return indented ? blank(line) : line;
    })
    .join('\n');
}

/** A line break holds the mark of the line behind it. @param prose the same with spaces for the marks */
function atomsOf(raw: string, prose: string): Atom[] {
  const atoms: Atom[] = [];
  let at = 0;
  for (const { 0: found, index } of prose.matchAll(/\r?\n[ \t]*/g)) {
    atoms.push(...frozenAtoms(raw.slice(at, index), /[ \t]*/, frozenWords));
    at = index + found.length;
    atoms.push({ kind: 'text', raw: raw.slice(index, at), visible: ' ' });
  }
  return [...atoms, ...frozenAtoms(raw.slice(at), /[ \t]*/, frozenWords)];
}
