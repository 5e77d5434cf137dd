/** @file reStructuredText, AsciiDoc, Org and Typst → blocks of prose: code, headings, directives, tables and mathematics are blanked out. */
import { frozenWithin, type Block } from './blocks.ts';
import { itemsOf, paragraphs } from './plain.ts';

export type LightMarkup = 'restructuredtext' | 'asciidoc' | 'org' | 'typst';

/** Whole lines that are no prose; what is not closed yet goes on to the end. */
const frozenLines: Readonly<Record<LightMarkup, readonly RegExp[]>> = {
  restructuredtext: [
    /^[ \t]*\.\. .*(?:\n(?:[ \t]*\n)*[ \t]+\S.*)*/gm, // directives and comments, with what is indented below
    /(?<=::[ \t]*\n(?:[ \t]*\n)+)[ \t]+\S.*(?:\n(?:[ \t]+\S.*|[ \t]*(?=\n)))*/g, // literal blocks
    /^(?:([=\-~^"'#*+.`:_])\1{2,}[ \t]*\n)?\S.*\n([=\-~^"'#*+.`:_])\2{2,}[ \t]*$/gm, // headings
    /^[ \t]*(?:[+|]|={3,}[ \t=]*$).*$/gm, // tables
    /^:[\w -]+:.*$/gm,
    /^>>> .*(?:\n\S.*)*/gm,
  ],
  asciidoc: [
    /^(-{4,}|\.{4,}|\+{4,}|\/{4,}|\|={3,}|```.*)\n(?:[\s\S]*?\n\1[ \t]*$|[\s\S]*)/gm,
    /^(?:={1,6}|#{1,6}) .*$/gm,
    /^:!?[\w-]+!?:.*$/gm,
    /^\[.*\][ \t]*$/gm,
    /^\.[^\s.].*$/gm, // titles of blocks
    /^[a-z]\w*::\S*\[.*\][ \t]*$/gm,
    /^\/\/.*$/gm,
    /(?<=\n[ \t]*\n) +\S.*(?:\n.*\S.*)*/g, // literal paragraphs
  ],
  org: [
    /^[ \t]*#\+begin_(\w+)[\s\S]*?(?:^[ \t]*#\+end_\1.*$|(?![\s\S]))/gim,
    /^[ \t]*#(?:\+| |$).*$/gm,
    /^\*+ .*$/gm,
    /^[ \t]*:[\w-]+:.*$/gm,
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
  restructuredtext: /``[^`]*``|:[\w:-]+:`[^`]*`|`[^`]*`__?|\|[^|\s][^|]*\|_?|\[[#\w]+\]_/g,
  asciidoc: /`[^`]*`|\+[^+\s][^+]*\+|\b[a-z]\w*:\S*\[[^\]]*\]|<<[^>]*>>|\{[\w-]+\}/g,
  org: /=[^=\s](?:[^=\n]*[^=\s])?=|~[^~\s](?:[^~\n]*[^~\s])?~|\[\[[^\]]*\](?:\[[^\]]*\])?\]|\$[^$\n]+\$|\\\(.*?\\\)/g,
  typst: /`[^`]*`|\$[^$]*\$|@[\w:-]+|<[\w:-]+>|#[a-z]\w*(?:\([^)]*\))?/g,
};

export function lightBlocks(text: string, markup: LightMarkup): Block[] {
  // Blank lines of the same length, so that offsets stay.
  const blank = (raw: string): string => '\n'.repeat(raw.length);
  const prose = frozenLines[markup].reduce((left, lines) => left.replace(lines, blank), text);
  return paragraphs(prose)
    .flatMap(itemsOf)
    .map((block) => ({ ...block, atoms: frozenWithin(block.atoms, frozenWords[markup]) }));
}
