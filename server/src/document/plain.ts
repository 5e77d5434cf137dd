/** @file Plain text, commit messages and LaTeX → blocks of prose. */
import type { Atom } from './atoms.ts';
import { textAtoms, type Block } from './blocks.ts';

const indentation = /[ \t]*/;

/** Paragraphs divided by blank lines. */
export function plainBlocks(text: string): Block[] {
  return paragraphs(text).map(({ start, raw }) => ({
    kind: 'paragraph',
    start,
    end: start + raw.length,
    atoms: textAtoms(raw, indentation, false),
  }));
}

/** The subject is a block of its own; lines that begin with `#` are comments, `key: value` trailers stay as they are. */
export function commitBlocks(text: string): Block[] {
  const cut = text.search(/^# -+ >8 -+/m);
  const message = (cut < 0 ? text : text.slice(0, cut)).replace(/^#.*$/gm, (line) => ' '.repeat(line.length));
  const blocks: Block[] = [];
  const subjectEnd = message.indexOf('\n');
  const subject = subjectEnd < 0 ? message : message.slice(0, subjectEnd);
  if (subject.trim() !== '') {
    const start = subject.length - subject.trimStart().length;
    const raw = subject.trim();
    blocks.push({
      kind: 'heading',
      start,
      end: start + raw.length,
      atoms: textAtoms(raw, indentation, false),
    });
  }
  if (subjectEnd >= 0) {
    for (const { start, raw } of paragraphs(message.slice(subjectEnd))) {
      if (/^[A-Z][\w-]+: /.test(raw)) continue;
      const from = subjectEnd + start;
      blocks.push({
        kind: 'paragraph',
        start: from,
        end: from + raw.length,
        atoms: textAtoms(raw, indentation, false),
      });
    }
  }
  return blocks;
}

function paragraphs(text: string): { start: number; raw: string }[] {
  return Array.from(text.matchAll(/[^\s](?:[^\n]|\n(?![ \t]*\r?(?:\n|$)))*/g), (match) => ({
    start: match.index,
    raw: match[0].trimEnd(),
  })).filter(({ raw }) => raw !== '');
}

/** What divides paragraphs and is no prose itself: whole environments, headings, list items. */
const latexDividers = new RegExp(
  [
    '\\\\begin\\{(equation|align|gather|multline|eqnarray|math|displaymath|verbatim|lstlisting|minted|tabular|tabularx|table|figure|tikzpicture|array|matrix|comment|thebibliography|filecontents)(\\*?)\\}[\\s\\S]*?\\\\end\\{\\1\\2\\}',
    '\\\\(?:begin|end)\\{[^}]*\\}(?:\\[[^\\]]*\\])?',
    '\\\\item\\b(?:\\[[^\\]]*\\])?',
    '\\\\(?:part|chapter|(?:sub)*section|paragraph|title|author|date)\\*?(?:\\[[^\\]]*\\])?\\{[^}]*\\}',
    '^[ \\t]*%.*$',
  ].join('|'),
  'gm',
);

/** Inline LaTeX: math, comments, commands whose argument is no prose, then opening and closing of commands around prose. */
const inlineLatex = new RegExp(
  [
    '(?<math>\\$\\$[\\s\\S]*?\\$\\$|\\$(?:\\\\.|[^$\\\\])*\\$|\\\\\\([\\s\\S]*?\\\\\\)|\\\\\\[[\\s\\S]*?\\\\\\])',
    '(?<comment>(?<!\\\\)%[^\\n]*\\n?[ \\t]*)',
    '(?<reference>~?\\\\(?:[a-zA-Z]*ref|[a-zA-Z]*cite[a-zA-Z]*|label|url|input|include|includegraphics|bibliography|usepackage|documentclass|begin|end|item|verb\\|[^|]*\\|)\\*?(?:\\[[^\\]]*\\])*(?:\\{[^}]*\\})*)',
    '(?<escape>\\\\[%&#_${}])',
    '(?<open>\\\\(?:emph|textbf|textit|texttt|textsc|underline|footnote|href\\{[^}]*\\})\\{)',
    '(?<close>\\})',
    '(?<command>\\\\[a-zA-Z]+\\*?(?:\\[[^\\]]*\\])*(?:\\{[^}]*\\})*|\\\\[^a-zA-Z]|[{~])',
  ].join('|'),
  'g',
);

export function latexBlocks(text: string): Block[] {
  const body = /\\begin\{document\}/.exec(text);
  const from = body ? body.index + body[0].length : 0;
  // What is no prose becomes blank lines of the same length, so that offsets stay.
  const blank = (raw: string): string => '\n'.repeat(raw.length);
  const prose = blank(text.slice(0, from)) + text.slice(from).replace(latexDividers, blank);
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
        emphasis: !/footnote|href/.test(text),
      });
    } else if (match.groups?.close !== undefined) {
      const pair = opened.pop() ?? ++pairs;
      const opener = atoms.find((atom) => atom.kind === 'open' && atom.pair === pair);
      atoms.push({ kind: 'close', raw: text, visible: '', pair, emphasis: opener?.emphasis === true });
    } else if (match.groups?.escape !== undefined) {
      atoms.push({ kind: 'text', raw: text, visible: text.slice(1) });
    } else if (match.groups?.math !== undefined) {
      atoms.push({ kind: 'frozen', raw: text, visible: text });
    } else {
      atoms.push({ kind: 'open', raw: text, visible: '', pair: ++pairs, emphasis: false });
    }
  }
  if (at < raw.length) atoms.push(...textAtoms(raw.slice(at), indentation, false));
  return atoms;
}
