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
  const words = block.atoms.map(({ kind, raw }) => (kind === 'text' ? raw : '')).join('\n');
  const isCut = (quotes === '`' ? /[{}]/ : /[$#]\{/).test(words); // by a quotation mark in what is filled in
  return /\p{L}/u.test(words) && !isCut ? { literal: { dialect, block: whole, quotes }, block } : undefined;
}

/** New words as they are written between these quotation marks. */
export function escapeInLiteral({ dialect, quotes }: Literal, words: string): string {
  const escape = commentMarks(dialect).escapes?.[quotes];
  return escape === undefined ? words : words.replaceAll(quotes, escape);
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
  const special = quotes === '' ? /:(?=\s|$)|\s#/g : /[\\$`{}%@]/g;
  const specials = (value: string): string[] => value.replace(/\\["'`]/g, '').match(special) ?? [];
  const count = (value: string, mark: string): number => specials(value).filter((one) => one === mark).length;
  return isThere && specials(after).every((mark) => count(after, mark) <= count(before, mark));
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly quotes: string;
}

/** All that begin before an offset. */
function literalsOf(text: string, dialect: CodeDialect, before: number): Span[] {
  const marks = commentMarks(dialect);
  const spans: Span[] = [];
  for (const { 0: raw, index, groups = {} } of text.matchAll(patternOf(marks))) {
    if (index >= before) break;
    const { line, block, quotes = raw[0] ?? '' } = groups;
    if (line !== undefined || block !== undefined || quotes === '/') continue;
    spans.push({ start: index + quotes.length, end: index + raw.length - quotes.length, quotes });
  }
  if (marks.values !== undefined) {
    for (const { 0: raw, index, groups } of text.matchAll(marks.values)) {
      const value = groups?.value ?? groups?.lines ?? '';
      const start = index + raw.length - value.length;
      spans.push({ start, end: start + value.trimEnd().length, quotes: '' });
    }
  }
  return spans;
}

/** What stands between two marks, with pairs of them in it. */
function nested(open: string, close: string): string {
  const other = `[^${open}${close}]`;
  const pair = (inner: string): string => `\\${open}(?:${other}${inner})*\\${close}`;
  return pair(`|${pair(`|${pair('')}`)}`);
}

/**
 * Escapes (of colours too), and what is filled in: `${name}`, `#{name}`, `{name}`, `\(name)`, `$(name)`, `$name`, `@name`, `%s`; code and tags.
 */
const frozen = [
  String.raw`\\(?:u\{[^}\n]*\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|(?!\()(?:\r\n|[\s\S]))(?:\[[\d;]*m)?`,
  String.raw`[$#%]?${nested('{', '}')}`,
  String.raw`[$\\]${nested('(', ')')}|\\[\s\S]`,
  String.raw`\$(?:\w+(?:(?:->|::?)\w+|\[[^\]\n]*\])*|[@*#?!$-])`,
  String.raw`(?<![\w.+-])@[a-zA-Z_]\w*`,
  String.raw`%%|%(?:\(\w+\)|\d+\$)?[-+#0-9.,*]*(?:hh?|ll?|[jLqtz])?[a-zA-Z@]`,
  '`[^`\n]+`',
  String.raw`<\/?[a-zA-Z][^<>\n]*>`,
].join('|');

function atomsOf(raw: string, quotes: string, dialect: CodeDialect): Atom[] {
  const mark = commentMarks(dialect).escapes?.[quotes] ?? '';
  const pattern = new RegExp(mark === '' ? frozen : `${mark.replaceAll('\\', '\\\\')}|${frozen}`, 'g');
  return frozenAtoms(raw, /[ \t]*/, pattern).map((atom) =>
    atom.raw === mark ? { kind: 'text', raw: mark, visible: quotes } : atom,
  );
}
