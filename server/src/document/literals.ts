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
  const isWords = block.atoms.some(({ kind, raw }) => kind === 'text' && /\p{L}/u.test(raw));
  return isWords ? { literal: { dialect, block: whole, quotes }, block } : undefined;
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
  const special = quotes === '' ? /:(?=\s|$)|\s#/g : /[\\$`{}%]/g;
  const count = (value: string): number => (value.replace(/\\["'`]/g, '').match(special) ?? []).length;
  return isThere && count(after) <= count(before);
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

/** Escapes, and what is filled in: `${name}`, `#{name}`, `{name}`, `%s`, `<b>`. */
const frozen =
  /\\(?:u\{[^}\n]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])|[$#]?\{[^{}\n]*\}|\$\w+|%(?:\(\w+\))?[-+#0-9.]*[a-zA-Z@]|<\/?[a-zA-Z][^<>\n]*>/g;

function atomsOf(raw: string, quotes: string, dialect: CodeDialect): Atom[] {
  const mark = commentMarks(dialect).escapes?.[quotes] ?? '';
  const pattern = mark === '' ? frozen : new RegExp(`${mark.replaceAll('\\', '\\\\')}|${frozen.source}`, 'g');
  return frozenAtoms(raw, /[ \t]*/, pattern).map((atom) =>
    atom.raw === mark ? { kind: 'text', raw: mark, visible: quotes } : atom,
  );
}
