/** @file The values of YAML without quotation marks: on the line of their key or dash and on those further in, or below `|` and `>`. */

/** UTF-16 offsets in the document. */
export interface YamlValue {
  readonly start: number;
  readonly end: number;
}

interface Line {
  readonly start: number;
  /** Without what ends it. */
  readonly raw: string;
  /** Spaces before its first word; Infinity where there is none. */
  readonly indent: number;
}

/** Dashes, a key, an anchor or a tag, and what stands behind. */
const entry =
  /^(?<dashes> *(?:- +)*)(?:(?<key>"[^"]*" *|'[^']*' *|(?:[^\s"'#|>&*!{[\]}%@`,:?-]|[-?:](?=\S))(?:[^:#]|:(?=\S)|(?<=\S)#)*):(?:[ \t]+|$))?(?:[&!]\S*(?:[ \t]+|$))*(?<value>.*)$/;
const blockHeader = /^[|>][-+]?(?<indent>\d?)[-+]?(?:[ \t]+#.*)?$/;
/** What none can begin with. */
const marked = /^(?:["'#|>&*!{[\]}%@`,]|[-?:](?:[ \t]|$)|---|\.\.\.)/;

export function yamlValues(text: string): YamlValue[] {
  const lines = linesOf(text);
  const values: YamlValue[] = [];
  let empty = -1; // the column of a key whose value may stand below it
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!; // it is there
    if (line.indent === Infinity || line.raw[line.indent] === '#') continue;
    const { dashes = '', key, value = '' } = entry.exec(line.raw)?.groups ?? {};
    const dash = key === undefined ? dashes.lastIndexOf('-') : dashes.length;
    const column = dash < 0 && line.indent > empty ? empty : dash;
    empty = value === '' || value.startsWith('#') ? column : -1;
    if (column < 0 || empty >= 0) continue;
    const from = line.start + line.raw.length - value.length;
    const header = blockHeader.exec(value);
    if (header) {
      const last = endOfBlock(lines, at, column, Number(header.groups?.indent));
      const first = lines.slice(at + 1, last + 1).find(({ indent }) => indent < Infinity);
      if (first) values.push({ start: first.start + first.indent, end: endOf(lines[last]!) });
      at = last;
    } else if (/^[[{]/.test(value)) at = endOfBrackets(lines, at);
    else {
      const last = endOfScalar(lines, at, column, /^["']/.test(value));
      const end = endOf({ ...lines[last]!, raw: withoutComment(lines[last]!.raw) });
      if (!marked.test(value)) values.push({ start: from, end });
      at = last;
    }
  }
  return values;
}

function linesOf(text: string): Line[] {
  return Array.from(text.matchAll(/[^\n]*(?:\n|$)/g), ({ 0: whole, index }) => {
    const raw = whole.trimEnd();
    return { start: index, raw, indent: raw === '' ? Infinity : raw.search(/[^ ]/) };
  });
}

function endOf({ start, raw }: Line): number {
  return start + raw.length;
}

function withoutComment(raw: string): string {
  return raw.replace(/[ \t]#.*$/, '').trimEnd();
}

/** The last line with words below `|` or `>`. @param more how much further in than its key it is said to stand; 0 where nothing is */
function endOfBlock(lines: readonly Line[], at: number, column: number, more: number): number {
  let last = at;
  let least = more > 0 ? column + more : undefined;
  for (let next = at + 1; next < lines.length; next += 1) {
    const { indent } = lines[next]!;
    if (indent === Infinity) continue;
    least ??= Math.max(indent, column + 1);
    if (indent < least) break;
    last = next;
  }
  return last;
}

/** The last line of a value that goes on further in. */
function endOfScalar(lines: readonly Line[], at: number, column: number, isQuoted: boolean): number {
  let last = at;
  for (let next = at + 1; next < lines.length; next += 1) {
    const { indent, raw } = lines[next]!;
    if (indent === Infinity && isQuoted) continue;
    const isOver = raw[indent] === '#' || withoutComment(lines[last]!.raw) !== lines[last]!.raw;
    if (indent === Infinity || indent <= column || (isOver && !isQuoted)) break;
    last = next;
  }
  return last;
}

/** The line that closes what one opens; the same one where none does. */
function endOfBrackets(lines: readonly Line[], at: number): number {
  let depth = 0;
  for (let next = at; next < lines.length; next += 1) {
    for (const mark of lines[next]!.raw.match(/[[\]{}]/g) ?? []) depth += /[[{]/.test(mark) ? 1 : -1;
    if (depth <= 0) return next;
  }
  return at;
}
