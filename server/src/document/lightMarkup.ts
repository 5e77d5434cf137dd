/** @file reStructuredText, AsciiDoc, Org and Typst → blocks of prose: code, headings, directives, tables and mathematics are blanked out. */
import type { Block } from './blocks.ts';
import { itemsOf, paragraphs } from './plain.ts';

export type LightMarkup = 'restructuredtext' | 'asciidoc' | 'org' | 'typst';

/** Whole lines that are no prose; what is not closed yet goes on to the end. */
const frozenLines: Readonly<Record<LightMarkup, readonly RegExp[]>> = {
  restructuredtext: [
    /^([ \t]*)\.\. .*(?:\n(?:[ \t]*\n)*\1[ \t]+\S.*)*/gm, // directives and comments, with what is indented below
    /(?<=::[ \t]*\n)(?:[ \t]*\n)+([ \t]+)\S.*(?:\n(?:\1.*|[ \t]*(?=\n)))*/g, // literal blocks
    /^([=\-~^"'#*+.`:_])\1{2,}[ \t]*\n[ \t]*\S.*\n\1{3,}[ \t]*$/gm, // titles between two lines
    /^(?:([=\-~^"'#*+.`:_])\1{2,}[ \t]*\n)?\S.*\n([=\-~^"'#*+.`:_])\2{2,}[ \t]*$/gm, // headings
    /^[ \t]*(?:\+[-=]|\|(?=[ \t]|$)|={3,}[ \t=]*$).*$/gm, // tables
    /^:[\w -]+:(?=[ \t]|$).*$/gm, // fields
    /^>>> .*(?:\n\S.*)*/gm,
  ],
  asciidoc: [
    /^(?:={1,6}|#{1,6}) .*$/gm,
    /^:!?[\w-]+!?:(?=[ \t]|$).*$/gm,
    /^\[.*\][ \t]*$/gm,
    /^\.[^\s.].*$/gm, // titles of blocks
    /^[a-z]\w*::\S*\[.*\][ \t]*$/gm,
    /^\/\/.*$/gm,
    /^\S.*(?::{2,4}|;;)[ \t]*$(?=\n[ \t]*$)/gm, // what is described below a blank line
    /^(?:={4,}|_{4,}|\*{4,}|--|""|\+)[ \t]*$/gm, // the lines round a block, or between an item's paragraphs
    /(?<=\n[ \t]*\n) +\S.*(?:\n.*\S.*)*/g, // literal paragraphs
  ],
  org: [
    /^[ \t]*#\+begin_(\w+)[\s\S]*?(?:^[ \t]*#\+end_\1.*$|(?![\s\S]))/gim,
    /^[ \t]*#(?:\+| |$).*$/gm,
    /^\*+ .*$/gm,
    /^[ \t]*:[\w-]+:(?=[ \t]|$).*$/gm,
    /^[ \t]*(?:\||: ).*$/gm,
    /^[ \t]*(?:SCHEDULED|DEADLINE|CLOSED):.*$/gm,
  ],
  typst: [
    /^[ \t]*(`{3,})[\s\S]*?(?:\1|(?![\s\S]))/gm,
    /^=+ .*$/gm,
    /^[ \t]*#(?:let|set|show|import|include|figure|table|image|align|grid|bibliography|outline|pagebreak|v|h)\b.*(?:\n(?:[ \t]+\S.*|[ \t]*[)\]}].*))*/gm,
    /^[ \t]*\$\s(?:\\.|[^$\\])*?(?:\s\$|(?![\s\S]))/gm, // mathematics on lines of its own
    /^[ \t]*\/\/.*$/gm,
  ],
};

/** Parts of a line that are no prose. */
const frozenWords: Readonly<Record<LightMarkup, RegExp>> = {
  restructuredtext:
    /``[^`]*``|:[\w:-]+:`[^`]*`|`[^`]*`__?|\|[^|\s][^|]*\|_?|\[[#*\w][\w.-]*\]_|(?<![\w`])[a-zA-Z][\w.-]*(?<=[a-zA-Z0-9])__?(?![\w`])/g,
  asciidoc: /`[^`]*`|\+[^+\s][^+]*\+|\b[a-z]{1,20}:[^\s[]*\[[^\]]*\]|<<[^>]*>>|\{[\w-]+\}/g,
  org: /=[^=\s](?:[^=\n]*[^=\s])?=|~[^~\s](?:[^~\n]*[^~\s])?~|\[\[[^\]]*\](?:\[[^\]]*\])?\]|\$[^$\n]+\$|\\\(.*?\\\)/g,
  typst: /`[^`]*`|\\[^\w\s]|(?<!\\)\$(?:\\.|[^$\\])*\$|@[\w:-]+|<[\w:-]+>|#[a-z]\w*(?:\([^)]*\))?/g,
};

/** What begins an item of a list where other marks than in plain text do. */
const markers: Readonly<Partial<Record<LightMarkup, RegExp>>> = {
  restructuredtext: /^[ \t]*(?:[-*+•]|(?:\d{1,2}|#)[.)])[ \t]+(?=\S)/gm,
  asciidoc:
    /^[ \t]*(?:(?:\*{1,5}|-|\.{1,5}|\d{1,2}\.|<(?:\d{1,2}|\.)>|(?:NOTE|TIP|IMPORTANT|CAUTION|WARNING):)[ \t]+(?:\[[ xX*]\][ \t]+)?|(?![*.-]+[ \t]|:)\S[^\n]*?(?::{2,4}|;;)(?:[ \t]+|[ \t]*\r?\n[ \t]*))(?=\S)/gm,
};

/** Of a list that begins so; a sentence may go on with one on a line of its own. */
const enumerated = /^[ \t]*\((?:\d{1,2}|#|[a-zA-Z]|[ivx]{2,5})\)[ \t]+(?=\S)/gm;

/** A title over a line of dashes, and a block between two of them, which begins alike: a title's line is as long as the title. */
const asciidocBlocks =
  /(?<title>^(?![[.|+]|\/\/)(?<words>\S.*)\n(?<line>([-~^+=.])\4{2,})[ \t]*$)|^(-{4,}|\.{4,}|\+{4,}|\/{4,}|\|={3,}|```).*\n(?:[\s\S]*?\n\5[ \t]*$|[\s\S]*)/gm;

function withoutBlocks(text: string, blank: (raw: string) => string): string {
  let left = '';
  let at = 0;
  asciidocBlocks.lastIndex = 0;
  for (let match = asciidocBlocks.exec(text); match; match = asciidocBlocks.exec(text)) {
    const { words, line } = match.groups ?? {};
    if (words !== undefined && line !== undefined && Math.abs(words.trimEnd().length - line.length) > 1) {
      asciidocBlocks.lastIndex = match.index + words.length + 1; // no title: its second line may begin a block
      continue;
    }
    left += text.slice(at, match.index) + blank(match[0]);
    at = match.index + match[0].length;
    asciidocBlocks.lastIndex = at;
  }
  return left + text.slice(at);
}

export function lightBlocks(text: string, markup: LightMarkup): Block[] {
  // Blank lines of the same length, so that offsets stay.
  const blank = (raw: string): string => '\n'.repeat(raw.length);
  const lines = text.replace(/\r(?=\n)/g, ' ');
  const whole = markup === 'asciidoc' ? withoutBlocks(lines, blank) : lines;
  const prose = frozenLines[markup].reduce((left, frozen) => left.replace(frozen, blank), whole);
  return paragraphs(prose).flatMap(({ start, raw }) => {
    const isEnumerated = markup === 'restructuredtext' && raw.search(enumerated) === 0;
    return itemsOf(
      { start, raw: text.slice(start, start + raw.length) },
      { frozen: frozenWords[markup], marker: isEnumerated ? enumerated : markers[markup] },
    );
  });
}
