/**
 * @file Words in a string of code, or in a value of YAML: refined only where the writer selects them, since most strings are no prose.
 * The rewrite stands in the same string, escaped as its language writes it, or not at all.
 */
import type { Atom } from './atoms.ts';
import { clipBlock, frozenAtoms, type Block } from './blocks.ts';
import { commentMarks, type CodeDialect } from './codeLanguages.ts';
import { patternOf } from './comments.ts';

export interface Literal {
  readonly dialect: CodeDialect;
  /** All of it, without what begins and ends it. */
  readonly block: Block;
  /** What begins and ends it; '' round a value of YAML. */
  readonly quotes: string;
  /** Such a mark in new words; undefined where it can't be written. */
  readonly escape?: string;
}

/** The string or value that holds the selection, whose quotation marks may be selected too. */
export function literalAt(
  text: string,
  dialect: CodeDialect,
  start: number,
  end: number,
): { readonly literal: Literal; readonly block: Block } | undefined {
  const found = literalsOf(text, dialect, end).findLast(
    (one) => one.start - one.quotes.length <= start && end <= one.end + one.quotes.length,
  );
  if (!found) return undefined;
  const { quotes, start: from, end: to } = found;
  const whole: Block = {
    kind: 'listItem', // it ends without a full stop where it did
    start: from,
    end: to,
    atoms: atomsOf(text.slice(from, to), quotes, dialect),
  };
  const block = clipBlock(whole, Math.max(start, from), Math.min(end, to));
  const words = (atoms: readonly Atom[]): string =>
    atoms.map(({ kind, raw }) => (kind === 'text' ? raw : '')).join('\n');
  const isCut = (quotes === '`' ? /[{}]/ : /[$#]\{/).test(words(whole.atoms)); // by a quotation mark in what is filled in
  return /\p{L}/u.test(words(block.atoms)) && !isCut
    ? { literal: { dialect, block: whole, quotes, ...escapeOf(text, dialect, found) }, block }
    : undefined;
}

/** New words as they are written between these quotation marks. */
export function escapeInLiteral({ quotes, escape }: Literal, words: string): string {
  return escape === undefined ? words : words.replaceAll(quotes, escape);
}

/** What stands before a string in which no escape is one: `r"`, `R"(`, `raw"`, `r#"`, `@"`, `"""`. */
const raw = /(?:(?<!\w)(?:\w{0,2}[rR]\w?|raw)#*|[#@"']|@\$)$/;

/** None in one that is raw, in what may be an attribute of a tag, and between backticks, which have none in Go. */
function escapeOf(text: string, dialect: CodeDialect, { start, quotes }: Span): { escape?: string } {
  const escape = commentMarks(dialect).escapes?.[quotes];
  const before = text.slice(Math.max(0, start - 8), start - quotes.length);
  const isAttribute = /^code-slashes(?:-and-tags)?$/.test(dialect) && /[\w-]=$/.test(before);
  return escape === undefined || quotes === '`' || raw.test(before) || isAttribute ? {} : { escape };
}

/** Whether the changed document holds the same string from the same place to where it should end, and nothing in it means more than words. */
export function keepsLiteral(
  { dialect, block, quotes }: Literal,
  document: string,
  changed: string,
): boolean {
  const end = block.end + changed.length - document.length;
  const [before, after] = [document.slice(block.start, block.end), changed.slice(block.start, end)];
  const isThere = literalsOf(changed, dialect, end).some(
    (one) => one.start === block.start && one.end === end && one.quotes === quotes,
  );
  const special = specialMarks(quotes, before);
  const marksIn = (value: string): Map<string, number> =>
    countsOf((quotes === '' ? value : value.replace(/\\["'`]/g, '')).match(special) ?? []);
  const had = marksIn(before);
  const isText = quotes !== '' || !typed.test(after) || typed.test(before);
  return isThere && isText && [...marksIn(after)].every(([mark, count]) => count <= (had.get(mark) ?? 0));
}

/** What may mean more than words, and so may not come to a text. */
function specialMarks(quotes: string, text: string): RegExp {
  if (quotes !== '') {
    // Between single ones may stand the beginning of a string: a lifetime of Rust began it. Between double ones text of a tag.
    return quotes === "'" ? /[\\$`{}%@<"]/g : /[\\$`{}%@<]/g;
  }
  // A value of YAML may be a program, with strings of its own.
  const own = [...(text.includes('"') ? ['"'] : []), ...(/(?<!\p{L})'/u.test(text) ? ["'"] : [])];
  return new RegExp(['[\\\\$`]', ':(?=\\s|$)', '\\s#', ...own].join('|'), 'g');
}

function countsOf(marks: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}

/** A value of YAML that is no text: nothing, a truth, a number, a date. */
const typed =
  /^(?:~|null|true|false|yes|no|on|off|[yn]|\.nan|[-+]?\.inf|[-+]?(?:0[box])?\.?\d[\d_.,:a-f]*(?:e[-+]?\d+)?|\d{4}-[\d-]+.*)$/i;

interface Span {
  readonly start: number;
  readonly end: number;
  readonly quotes: string;
}

/** What may stand right before a quotation mark that begins a string; behind another letter it is an apostrophe of a text between tags. */
const prefix = /(?<![\p{L}\p{N}_])(?:[bBEfFLNrRuU]|[bBfF][rR]|[rR][bBfF]|u8)$/u;

function isApostrophe(text: string, at: number): boolean {
  return (
    text[at] === "'" && /\p{L}/u.test(text[at - 1] ?? '') && !prefix.test(text.slice(Math.max(0, at - 4), at))
  );
}

/** All that begin before an offset. */
function literalsOf(text: string, dialect: CodeDialect, before: number): Span[] {
  const marks = commentMarks(dialect);
  const spans: Span[] = [];
  for (const { 0: raw, index, groups = {} } of text.matchAll(patternOf(marks))) {
    if (index >= before) break;
    const { line, block, quotes = raw[0] ?? '' } = groups;
    if (line !== undefined || block !== undefined || quotes === '/' || isApostrophe(text, index)) continue;
    spans.push({ start: index + quotes.length, end: index + raw.length - quotes.length, quotes });
  }
  for (const value of marks.values?.(text) ?? []) spans.push({ ...value, quotes: '' });
  return spans;
}

/** What stands between two marks, with pairs of them in it. */
function nested(open: string, close: string): string {
  const other = `[^${open}${close}]`;
  const pair = (inner: string): string => `\\${open}(?:${other}${inner})*\\${close}`;
  return pair(`|${pair(`|${pair('')}`)}`);
}

/** What begins an item of a list. */
const item = String.raw`(?:[-*+•]|\d{1,2}[.)])[ \t]+`;

/**
 * The ends of paragraphs and items, escapes (of colours too), and what is filled in: `${name}`, `#{name}`, `{name}`, `\(name)`, `$(name)`, `$name`, `@name`, `%s`; code and tags.
 */
const frozen = [
  String.raw`(?:\r?\n[ \t]*){2,}(?:${item})?|\r?\n[ \t]*${item}`,
  String.raw`\\(?:u\{[^}\n]*\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|(?!\()(?:\r\n|[\s\S]))(?:\[[\d;]*m)?`,
  String.raw`[$#%]?${nested('{', '}')}`,
  String.raw`[$\\]${nested('(', ')')}|\\[\s\S]`,
  String.raw`\$(?:\w+(?:(?:->|::?)\w+|\[[^\]\n]*\])*|[@*#?!$-])`,
  String.raw`(?<![\w.+-])@[a-zA-Z_]\w*`,
  String.raw`%%|%(?:\(\w+\)|\d+\$)?[-+#0-9.,*]*(?:hh?|ll?|[jLqtz])?[a-zA-Z@]`,
  '`[^`\n]+`',
  String.raw`<\/?[a-zA-Z][^<>\n]*>`,
].join('|');

function atomsOf(words: string, quotes: string, dialect: CodeDialect): Atom[] {
  const mark = commentMarks(dialect).escapes?.[quotes] ?? '';
  const pattern = new RegExp(mark === '' ? frozen : `${mark.replaceAll('\\', '\\\\')}|${frozen}`, 'g');
  return frozenAtoms(words, /[ \t]*/, pattern).map((atom) =>
    atom.raw === mark ? { kind: 'text', raw: mark, visible: quotes } : atom,
  );
}
