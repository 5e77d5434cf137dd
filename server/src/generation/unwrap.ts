/** @file Takes off what a model puts round its answer: thoughts, preambles, fences, quotation marks, remarks, repetitions. One small rule each. */
import { sentences } from '../document/sentences.ts';
import { beginnings, lettersOf, stems } from './wordStems.ts';

/**
 * Without what a reasoning model thinks before it answers: from `<think>`, or from the beginning where its prompt ends with that, to
 * `</think>`. What is still being thought is nothing yet.
 */
export function withoutThinking(text: string): string {
  return text.replace(/^\s*<think>[\s\S]*?(?:<\/think>\s*|$)|^[\s\S]*?<\/think>\s*/, '');
}

/** Without what a model puts round its answer, however that is nested. */
export function unwrapped(text: string, source: string): string {
  let inner = text;
  for (const rule of [cutRemarks, stripPreamble, stripFences, stripQuotes, ownParagraphs])
    inner = rule(inner, source).trim();
  return inner === text ? text : unwrapped(inner, source);
}

/** ```lang … ``` round the whole. */
export function stripFences(text: string, source: string): string {
  if (source.includes('```')) return text;
  return /^```[\w-]*\n([\s\S]*?)\n?```$/.exec(text)?.[1]?.trim() ?? text;
}

const preamble =
  /^\**(?:(?:sure|certainly|of course|okay|ok|absolutely)\b[^:\n]{0,60}[!.,:]?\s*)?(?:here(?:'s| is| are)|the (?:improved|corrected|revised|rewritten|shorter|better|formal|friendlier)|(?:improved|corrected|revised|rewritten|better) (?:version|sentence|text))\b[^:\n]{0,80}:\**\s*/i;
const named = String.raw`\**(?:corrected|revised|rewritten|improved|answer|output)(?: \w+){0,2}\**:`;
const label = new RegExp(String.raw`^${named}\**\s*`, 'i');
/** The source said again before the answer. */
const echo = new RegExp(String.raw`^\**(?:original|input)(?: \w+){0,2}\**:[\s\S]*?\n\s*(?=${named})`, 'i');
const assent = /^(?:sure|certainly|of course)!\s+(?=\S)/i;

/** "Sure! Here is the improved version:" and the like. */
export function stripPreamble(text: string, source: string): string {
  const match = [preamble, label]
    .filter((pattern) => !pattern.test(source))
    .map((pattern) => pattern.exec(text)?.[0] ?? '')
    .find((opening) => opening !== '' && !announces(opening, text, source));
  const opening = match ?? (echoOf(text, source) || assentOf(text, source));
  return opening === '' ? text : text.slice(opening.length).trim();
}

/** What may be one before it is whole: no colon and no end of a sentence yet. */
const beginning =
  /^\**(sure|certainly|of course|okay|absolutely|here|(?:the )?(?:improved|corrected|revised|rewritten))\b[^:\n]{0,100}$/i;
const fence = /^```[\w-]*(?:\n|$)/;
const wrapper = /^(?:```[\w-]*(?:\n|$)|["“«]|\*\*)/;

/**
 * What of an answer that is being written can be shown: no thoughts, fence, quotation mark or announcement before it, and nothing yet where
 * it may become one. Only {@link cleanDraft}, which knows the end, knows for certain.
 */
export function streamedDraft(text: string, source: string): string {
  const answer = withoutThinking(text).trimStart();
  const own = source.trimStart();
  const isLikeSource = own !== '' && answer.slice(0, 2).toLowerCase() === own.slice(0, 2).toLowerCase();
  if (isLikeSource) return answer;
  const [opening] = [preamble, label, assent].flatMap((pattern) =>
    pattern.test(source) ? [] : (pattern.exec(answer)?.slice(0, 1) ?? []),
  );
  const isOwn = opening !== undefined && colonsIn(source) > 0 && namesItsSubject(opening, source);
  const rest = answer.slice(isOwn ? 0 : (opening?.length ?? 0));
  const isAnnounced = opening?.includes(':') === true;
  const [, word] = beginning.exec(rest) ?? [];
  if (!isAnnounced && word !== undefined && !hasWord(source, word) && !/[.?]\s/.test(rest)) return '';
  return wrapper.test(own) ? rest : withoutOpeningMark(rest.replace(fence, '').trimStart());
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(String.raw`\b${word}\b`, 'i').test(text);
}

/** Without the quotation mark or the mark of bold text that it begins with, unless that ends before the text does. */
function withoutOpeningMark(text: string): string {
  const [open, close] = quotePairs.find((pair) => wrapper.test(pair[0]) && text.startsWith(pair[0])) ?? [];
  if (open === undefined || close === undefined) return text;
  const inner = text.slice(open.length).trimEnd();
  const end = inner.indexOf(close);
  if (end < 0) return inner.trimStart();
  return end + close.length < inner.length ? text : inner.slice(0, end).trim();
}

function echoOf(text: string, source: string): string {
  return /^\W*(?:original|input)\b/i.test(source) ? '' : (echo.exec(text)?.[0] ?? '');
}

/** "Sure!" where the source does not begin with it ("Ofcourse", "For sure"). */
function assentOf(text: string, source: string): string {
  const match = assent.exec(text)?.[0] ?? '';
  const [asked, start] = [lettersOf(match), lettersOf(source).split(' ').slice(0, 3).join(' ')];
  const joined = (words: string): string => words.replaceAll(' ', '');
  return ` ${start} `.includes(` ${asked} `) || joined(start).startsWith(joined(asked)) ? '' : match;
}

/** Colons that are no eyes of a smiley. */
const colonsIn = (text: string): number => text.match(/:(?!['’]?-?[()DPp](?![\p{L}\p{N}]))/gu)?.length ?? 0;

/**
 * What stands before the colon is the writer's own, however it is spelt in the source: that has as many colons, and begins alike or has a word
 * of it before the first one; or the text behind the colon lacks the source's first word, or much of it, which stands there.
 */
function announces(opening: string, text: string, source: string): boolean {
  const start = source.trim().toLowerCase();
  if (colonsIn(text) <= colonsIn(source) && text.slice(0, 2).toLowerCase() === start.slice(0, 2)) return true;
  const own = stems(opening);
  if (colonsIn(text) === colonsIn(source) && namesItsSubject(opening, source)) return true;
  const wanted = stems(source);
  const rest = stems(text.slice(opening.length));
  const lost = (stem: string): boolean => own.has(stem) && !rest.has(stem);
  if ([...wanted].slice(0, 1).some(lost)) return true;
  const covered = [...wanted].filter((stem) => rest.has(stem)).length;
  return covered < (2 / 3) * wanted.size && [...wanted].some(lost);
}

/** Whether it has a word of what stands before the first colon of the source. */
function namesItsSubject(opening: string, source: string): boolean {
  const first = stems(source.trim().toLowerCase().split(':')[0] ?? '');
  return [...stems(opening)].some((stem) => first.has(stem));
}

const remarkBelow = /\n\s*[*_(]*(note|explanation|changes?)\b[^\n:]*:[\s\S]*$/i;
const remarkBehind = /\s*\((?:i(?:['’]ve| have)? )?(changed|corrected|replaced)\b[^()]*\)\.?$/i;

/** What the model says of its answer below or behind it, where the source says nothing of the kind. */
function cutRemarks(text: string, source: string): string {
  let answer = text;
  const below = remarkBelow.exec(answer);
  const says = (word = ''): boolean => new RegExp(String.raw`\b${word}\b[^\n:]*:`, 'i').test(source);
  if (below && colonsIn(text) > colonsIn(source) && !says(below[1])) answer = answer.slice(0, below.index);
  const behind = remarkBehind.exec(answer);
  if (behind && !tellsOf(source, behind)) answer = answer.slice(0, behind.index);
  return answer;
}

/** The source has the remark's verb, in whatever form, unless the remark quotes words and the source none. */
function tellsOf(source: string, [remark, verb = '']: readonly string[]): boolean {
  const quotes = /["“”]/;
  return (
    source.toLowerCase().includes(verb.slice(0, 5).toLowerCase()) &&
    (!quotes.test(remark ?? '') || quotes.test(source))
  );
}

const quotePairs: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ['“', '”'],
  ["'", "'"],
  ['‘', '’'],
  ['«', '»'],
  ['**', '**'],
];

/** Quotation marks, or the marks of bold text, round the whole that the source does not have. */
export function stripQuotes(text: string, source: string): string {
  const trimmed = source.trim();
  for (const [open, close] of quotePairs) {
    if (
      trimmed.startsWith(open) ||
      !text.startsWith(open) ||
      !text.endsWith(close) ||
      text.length <= open.length + close.length
    )
      continue;
    const inner = text.slice(open.length, -close.length);
    if (!inner.includes(open) && !inner.includes(close)) return inner.trim();
  }
  return text;
}

/** A source of one line gets an answer of one line. */
export function collapseLines(text: string, source: string): string {
  return source.trim().includes('\n') ? text : text.replace(/\s*\n\s*/g, ' ');
}

/**
 * Those paragraphs, joined, that rewrite a source of one line. Leading ones ("Sure!") are left out where others say what they have of the source,
 * following ones (explanations) unless they go on with words of it behind all that was said. Half of each is to be the source's.
 */
function ownParagraphs(text: string, source: string): string {
  if (source.trim().includes('\n')) return text;
  const inSource = beginnings(source);
  const order = [...(stems(source).size < 4 ? inSource : stems(source))];
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => {
    const own = beginnings(paragraph);
    const shared = [...own].filter((word) => inSource.has(word));
    const last = order.findLastIndex((word) => own.has(word));
    return { paragraph: paragraph.trim(), shared, last, isOwn: shared.length >= own.size / 2 };
  });
  const first = paragraphs.findIndex(({ shared, isOwn }, i) => {
    const later = new Set(paragraphs.slice(i + 1).flatMap((other) => (other.isOwn ? other.shared : [])));
    return isOwn || later.size === 0 || shared.some((word) => !later.has(word));
  });
  const kept: string[] = [];
  let said = -1;
  for (const { paragraph, last, isOwn } of paragraphs.slice(first)) {
    if (kept.length > 0 && !(isOwn && last > said)) break;
    kept.push(paragraph);
    said = Math.max(said, last);
  }
  return kept.join(' ');
}

/** A sentence that stands there twice, where the source does not repeat it. */
export function dropRepeats(text: string, source: string): string {
  const seen = new Set<string>();
  const inSource = new Map<string, number>();
  for (const sentence of sentences(source))
    inSource.set(key(sentence), (inSource.get(key(sentence)) ?? 0) + 1);
  let kept = '';
  for (const sentence of sentences(text)) {
    const name = key(sentence);
    if (seen.has(name) && (inSource.get(name) ?? 0) < 2) continue;
    seen.add(name);
    kept += sentence;
  }
  return kept.trim();
}

function key(sentence: string): string {
  return sentence
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
