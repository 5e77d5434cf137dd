/** @file Where ghost text may stand, what the writer has written up to there, and how a continuation fits in. Called by inlineHandlers. */
import { visibleText, type Atom } from './atoms.ts';
import { dialectOf, type Block, type BlockKind, type Dialect } from './blocks.ts';
import { isCode, type CodeDialect } from './codeLanguages.ts';
import { spellingHabits, spelt, type SpellingHabits } from './spelling.ts';
import { blocksOf } from './parse.ts';
import { countWords } from './words.ts';

export interface GhostPlace {
  readonly kind: BlockKind;
  /** What the reader sees before the caret, earlier paragraphs first. */
  readonly before: string;
  /** The rest of the caret's own paragraph as the reader sees it. */
  readonly after: string;
  /** How the document's prose spells. */
  readonly spelling: SpellingHabits;
  /** The other items of the same list end without a full stop. */
  readonly withoutStop: boolean;
}

/** Longer documents are left alone: they would be parsed at every pause. */
const maxCharacters = 1_000_000;
const contextCharacters = 1200;
/** Words of the paragraph that must stand before the caret. */
const minWords = 2;

/** The place of a caret in prose, or null where nothing is suggested: code, headings, math, links, comments, tables and the like. */
export function ghostPlace(text: string, languageId: string, offset: number): GhostPlace | null {
  if (text.length > maxCharacters || languageId === 'scminput') return null;
  const dialect = dialectOf(languageId);
  if (dialect === 'markdown' && isInOpenFrontMatter(text.slice(0, offset))) return null;
  const blocks = blocksOf(text, dialect);
  const index = blocks.findLastIndex((block) => block.start < offset && reaches(block, text, offset));
  const block = blocks[index];
  if (!block || block.kind === 'heading' || block.kind === 'cell') return null;
  const cut = cutAtoms(block, offset);
  if (!cut) return null;
  const typed = text.slice(block.start, offset);
  if (isInsideMarkup(typed.slice(typed.lastIndexOf('\n') + 1), typed, dialect)) return null;
  const space = /[ \t]*$/.exec(typed)?.[0] ?? '';
  const own = visibleText(cut.before).trimEnd() + (space === '' ? '' : ' ');
  if (countWords(own) < minWords) return null;
  const rest = visibleText(cut.after);
  if (/[\p{L}\p{N}]$/u.test(own) && /^[\p{L}\p{N}]/u.test(rest)) return null; // inside a word
  let before = own;
  for (let at = index - 1; at >= 0; at--) {
    if (blocks[at]?.kind === 'cell') continue;
    const earlier = visibleText(blocks[at]?.atoms ?? []);
    if (before.length + earlier.length > contextCharacters) break;
    // Items of a list stand together, as they do on the page.
    before = `${earlier.trim()}${inOneList(blocks[at], blocks[at + 1]) ? '\n' : '\n\n'}${before}`;
  }
  const siblings = siblingsOf(blocks, index);
  return {
    kind: block.kind,
    before,
    after: rest,
    spelling: spellingHabits(proseAround(blocks, index)),
    withoutStop: siblings.length > 0 && !siblings.some((text) => /[.!?…]["'”’)\]]*$/u.test(text)),
  };
}

function inOneList(one: Block | undefined, next: Block | undefined): boolean {
  return one?.kind === 'listItem' && next?.kind === 'listItem';
}

/** The texts of the other items of the block's list. */
function siblingsOf(blocks: readonly Block[], index: number): string[] {
  let [first, last] = [index, index];
  while (inOneList(blocks[first - 1], blocks[first])) first -= 1;
  while (inOneList(blocks[last], blocks[last + 1])) last += 1;
  return blocks
    .slice(first, last + 1)
    .filter((_, at) => first + at !== index)
    .map(({ atoms }) => visibleText(atoms).trim());
}

/** So much of the document tells its spelling, nearest paragraphs first; reading more would take longer than it is worth. */
const spellingCharacters = 60_000;

function proseAround(blocks: readonly Block[], index: number): string {
  let text = '';
  for (let away = 0; away < blocks.length && text.length < spellingCharacters; away++) {
    for (const block of [blocks[index - away], away === 0 ? undefined : blocks[index + away]]) {
      if (block) text += `${visibleText(block.atoms)}\n`;
    }
  }
  return text;
}

function isInOpenFrontMatter(before: string): boolean {
  const fence = /^(---|\+\+\+)[ \t]*\r?\n/.exec(before);
  return (
    fence !== null &&
    !before
      .slice(fence[0].length)
      .split(/\r?\n/)
      .includes(fence[1] ?? '')
  );
}

/** The caret is in the block, or behind it with nothing but spaces between. */
function reaches(block: Block, text: string, offset: number): boolean {
  return offset <= block.end || /^[ \t]*$/.test(text.slice(block.end, offset));
}

/** The atoms before and after the caret; null where it stands inside frozen text or a marker. */
function cutAtoms(block: Block, offset: number): { before: Atom[]; after: Atom[] } | null {
  const before: Atom[] = [];
  const after: Atom[] = [];
  let at = block.start;
  for (const atom of block.atoms) {
    const end = at + atom.raw.length;
    if (end <= offset) before.push(atom);
    else if (at >= offset) after.push(atom);
    else if (atom.kind !== 'text' || atom.raw !== atom.visible) return null;
    else {
      const visible = atom.raw.slice(0, offset - at);
      const rest = atom.raw.slice(offset - at);
      before.push({ kind: 'text', raw: visible, visible });
      after.push({ kind: 'text', raw: rest, visible: rest });
    }
    at = end;
  }
  return { before, after };
}

/** Markup that is being written and that no parser takes for markup yet. */
function isInsideMarkup(line: string, paragraph: string, dialect: Dialect): boolean {
  if (/(?:https?:\/\/|www\.)\S*$/.test(line)) return true;
  if (dialect === 'markdown') {
    return (
      (paragraph.match(/`/g)?.length ?? 0) % 2 === 1 ||
      /\]\([^)]*$|!?\[[^\]]*$|\]\[[^\]]*$|<[a-zA-Z/!][^>]*$|\[\^[^\]]*$|(?:^|\s)\$[^$]+$/.test(line) ||
      /^\s*\|/.test(line)
    );
  }
  if (dialect === 'latex') {
    return (
      /(?<!\\)%/.test(line) ||
      (paragraph.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1 ||
      /\\[a-zA-Z]*$|\\(?!emph|text[a-z]{2}|footnote|underline)[a-zA-Z]+\*?(?:\[[^\]]*\]?)*\{[^}]*$/.test(line)
    );
  }
  return false;
}

/** Characters that would be read as markup when they are put in. */
const markup: Readonly<Record<Exclude<Dialect, CodeDialect>, RegExp>> = {
  markdown: /[`*_<>[\]|\\$~]/,
  latex: /[\\{}$%&#_^~]/,
  commit: /[`]/,
  scminput: /[`]/,
  plain: /[`]/,
  restructuredtext: /[`*_|\\]/,
  asciidoc: /[`*_<>[\]|+#^~\\]/,
  org: /[=*_<>[\]|+~\\]/,
  typst: /[`*_<>[\]$#@\\]/,
};

/** What would be code within a comment, or end it. */
const codeMarkup = /[`"{}@\\]|\*\/|--/;

function markupOf(languageId: string): RegExp {
  const dialect = dialectOf(languageId);
  return isCode(dialect) ? codeMarkup : markup[dialect];
}

/**
 * A continuation as it may be put in at the caret: the right space at its beginning, nothing that already stands to the right, spelt and
 * ended as the document does.
 * @returns null when it does not fit
 */
export function fitGhost(continuation: string, place: GhostPlace, languageId: string): string | null {
  const { before, after } = place;
  let text = spelt(continuation, place.spelling).trimEnd();
  if (place.withoutStop) text = text.replace(/(?<!\.)\.$/, '');
  if (/\s$/.test(before)) {
    if (!/^\s/.test(continuation)) return null; // it goes on with a word that the writer has ended
    text = text.trimStart();
  }
  if (text.trim() === '' || text.includes('\n') || markupOf(languageId).test(text)) return null;
  const first = /\p{L}/u.exec(text)?.[0];
  const ended = /[.!?…]["'”’)]?\s*$/u.test(before.trimEnd());
  if (ended && first !== undefined && first !== first.toLocaleUpperCase()) return null;
  if (repeats(text, before)) return null;
  return withoutOverlap(text, after);
}

/** The writer has just written these words: a small model that goes round in circles. */
function repeats(text: string, before: string): boolean {
  const said = plain(text);
  return said.split(' ').length >= 4 && plain(before).includes(said);
}

/** Stops, closing brackets and quotes stand right behind a word. */
const needsNoSpace = /^(?:\s|[.,;:!?)\]}”’»]|["'](?![\p{L}\p{N}]))/u;

/** Cuts off what already stands behind the caret; null when nothing is left. */
function withoutOverlap(text: string, after: string): string | null {
  const rest = after.trimStart();
  if (rest === '') return text;
  const next = plain(rest).split(' ').slice(0, 3).join(' ');
  if (next !== '' && plain(text).startsWith(next)) return null;
  for (let length = Math.min(text.length, rest.length); length > 0; length--) {
    const tail = text.slice(-length).trimStart();
    if (!rest.startsWith(tail)) continue;
    if (isWithinWord(text, text.length - tail.length) || isWithinWord(rest, tail.length)) continue;
    const kept = text.slice(0, -length);
    return kept.trim() === '' ? null : kept.trimEnd() + (needsNoSpace.test(after) ? '' : ' ');
  }
  return needsNoSpace.test(after) ? text : `${text} `;
}

function isWithinWord(text: string, at: number): boolean {
  return /[\p{L}\p{N}]$/u.test(text.slice(0, at)) && /^[\p{L}\p{N}]/u.test(text.slice(at));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
