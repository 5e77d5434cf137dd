/**
 * @file Rules that no learned weight overrules: a candidate that trips one loses to the original (PREFERENCES.md §4),
 * so that training cannot profit from degenerate texts. Each looks only for what the original does not already have.
 */
import { changesFigure } from '../util/figures.ts';
import { isNegation } from './editFeatures.ts';
import { align, countMatches, isWord, words, type Alignment } from './words.ts';

export type GuardName =
  | 'empty'
  | 'preamble'
  | 'chatter'
  | 'markup'
  | 'quoted'
  | 'loop'
  | 'language'
  | 'unrelated'
  | 'exploded'
  | 'collapsed'
  | 'truncated'
  | 'cutShort'
  | 'lines'
  | 'question'
  | 'remark'
  | 'filler'
  | 'scrambled'
  | 'shouting'
  | 'number'
  | 'negation'
  | 'misspelling';

export interface GuardTrip {
  readonly guard: GuardName;
  /** Upper bound of p(candidate ≻ original): 0.03 for hard guards, 0.1 for soft ones. */
  readonly cap: number;
}

export interface GuardOptions {
  /** A spell checker; without one the misspelling guard never trips. */
  readonly misspelt?: (word: string) => boolean;
}

/** Both texts, split once for all guards. */
interface Pair {
  readonly x: string;
  readonly y: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly wordsA: readonly string[];
  readonly wordsB: readonly string[];
  readonly alignment: Alignment;
  /** Share of the original's words that are kept in order. */
  readonly keptShare: number;
  readonly options: GuardOptions;
}

type Test = (pair: Pair) => boolean;

const opening =
  /^\W*(?:(?:here(?:'s|’s| is| are)\b[^.]{0,60}(?:version|text|sentence|paragraph|revision|rewrite|draft|edit|suggestion))|sure[,!.]|certainly[,!.]|of course[,!.]|okay[,!.]|absolutely[,!.]|i(?:'m|’m| am) (?:sorry|unable|an ai)|as an ai\b|i (?:can(?:no|['’])t|would|have) (?:help|suggest|rewr|revis|assist)|(?:the )?(?:revised|improved|rewritten|corrected|edited|refined|final|updated)(?: \w+){0,2}\s*:|(?:rewrite|improve|answer|output|text|original|input|assistant|user)\s*:)/i;
const closing =
  /(?:let me know if|i hope (?:this|that)|hope this helps|feel free to|(?:^|\n)\s*(?:note|explanation|changes?)\s*:|i(?:['’]ve| have)? (?:changed|made|corrected|improved|replaced|removed|rewr\w+) (?:the|some|it|this|a few)|is there anything else|(?:this|the) (?:revised|improved|new) version)/i;
const filler =
  /\b(?:it (?:should|must) be (?:noted|emphasi[sz]ed|mentioned) that|it is (?:important|worth|essential|crucial) (?:to|noting)\b|as a matter of fact|needless to say|at the end of the day|in today['’]s (?:world|society))/i;
const tokens = /<\|[^|]*\||<\/?(?:s|bos|eos|think|start_of_turn|end_of_turn)>|```|\[\/?INST\]|⁇|\uFFFD/g;
const lists = /\*\*|^\s*(?:[-*•]|\d+[.)])\s/m;
const endMark = /[.!?…:;]["”’')\]]*\s*$/;

function only(pattern: RegExp): Test {
  return ({ x, y }) => pattern.test(y) && !pattern.test(x);
}

/** An opening line or clause ("Rewritten for clarity:") none of whose words are the original's. */
function newOpening({ x, y, alignment }: Pair): boolean {
  const lead = /^\s*\**[^\n:!?]{1,90}?(?::|!)\**(?=\s)|^[^\n]{1,90}\n/.exec(y)?.[0];
  if (lead === undefined || x.slice(0, 100).includes(lead.trim().slice(-1))) return false;
  const length = words(lead).length - 1;
  return length > 0 && alignment.keptB.slice(0, length).every((kept) => !kept);
}

function mostRepeatedTrigram(list: readonly string[]): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (let i = 0; i + 2 < list.length; i++) {
    const key = list.slice(i, i + 3).join(' ');
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    most = Math.max(most, count);
  }
  return most;
}

function repeatedBigrams(list: readonly string[]): number {
  if (list.length < 2) return 0;
  const seen = new Set(list.slice(1).map((word, i) => `${list[i] ?? ''} ${word}`));
  return 1 - seen.size / (list.length - 1);
}

function loops({ x, y, wordsA, wordsB }: Pair): boolean {
  const most = mostRepeatedTrigram(wordsB);
  const run = /(.)\1{6,}/u;
  return (
    (most >= 3 && most > mostRepeatedTrigram(wordsA)) ||
    (wordsB.length >= 8 && repeatedBigrams(wordsB) > repeatedBigrams(wordsA) + 0.2) ||
    (run.test(y) && !run.test(x))
  );
}

const functionWords: readonly (readonly [string, ReadonlySet<string>])[] = Object.entries({
  en: 'the of and to in is that for was on with as are be this by from at it an have has',
  fr: 'le la les des est une dans que pour pas sur avec du au qui ce il elle sont et',
  de: 'der die das und ist nicht ein eine mit auf für von dem den sich im zu werden wird auch',
  es: 'el la los las una que por con para no del se su como más pero en lo al es',
  it: 'il lo la gli che di una per non con del della sono è nel alla si come più ed',
  pt: 'o os as uma que não para com do da em por mais como dos se no na ao é',
  nl: 'de het een van en is dat op te in niet zijn met voor aan er die om ook als',
}).map(([name, list]) => [name, new Set(list.split(' '))] as const);

/** A European language by its little words, all lower case; undefined where there are too few of them to tell. */
export function languageOf(list: readonly string[]): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const [name, set] of functionWords) {
    const count = list.filter((word) => set.has(word)).length;
    if (count > most) {
      most = count;
      best = name;
    }
  }
  return most >= Math.max(2, list.length * 0.12) ? best : undefined;
}

const scripts = [
  /\p{Script=Latin}/gu,
  /\p{Script=Cyrillic}/gu,
  /\p{Script=Greek}/gu,
  /\p{Script=Han}/gu,
  /\p{Script=Arabic}/gu,
  /\p{Script=Hebrew}/gu,
  /\p{Script=Devanagari}/gu,
  /\p{Script=Hiragana}/gu,
  /\p{Script=Katakana}/gu,
  /\p{Script=Hangul}/gu,
  /\p{Script=Thai}/gu,
];

function otherLanguage({ x, y, wordsA, wordsB }: Pair): boolean {
  const letters = (text: string) => countMatches(text, /\p{L}/gu) || 1;
  const lettersX = letters(x);
  const lettersY = letters(y);
  const otherScript = scripts.some(
    (script) => Math.abs(countMatches(x, script) / lettersX - countMatches(y, script) / lettersY) > 0.4,
  );
  const from = languageOf(wordsA);
  const to = languageOf(wordsB);
  return otherScript || (from !== undefined && to !== undefined && from !== to);
}

/** Share of the original's longer words that occur anywhere in the candidate. */
function overlap({ wordsA, wordsB }: Pair): number {
  const content = wordsA.filter((word) => word.length > 3);
  const present = new Set(wordsB);
  return content.filter((word) => present.has(word)).length / Math.max(1, content.length);
}

function lostTail({ a, alignment }: Pair): number {
  let lost = 0;
  for (let i = a.length - 1; i >= 0 && !alignment.keptA[i]; i--) if (isWord(a[i] ?? '')) lost++;
  return lost;
}

function truncated(pair: Pair): boolean {
  const { x, y, wordsA, alignment } = pair;
  return (
    wordsA.length >= 6 &&
    endMark.test(x) &&
    !endMark.test(y) &&
    alignment.keptB.at(-1) === true &&
    lostTail(pair) >= 4
  );
}

/** The last few words are gone, or the last word is cut in the middle. */
function cutShort(pair: Pair): boolean {
  const { x, y, a, wordsA, wordsB } = pair;
  if (wordsA.length < 6 || !endMark.test(x) || endMark.test(y) || wordsB.length >= wordsA.length)
    return false;
  const lost = lostTail(pair);
  const last = wordsB.at(-1) ?? '';
  return lost >= 2 || (lost === 1 && a.some((word) => word !== last && word.startsWith(last)));
}

/** A sentence of its own before or after a text that is otherwise kept. */
function addsRemark({ b, wordsA, alignment, keptShare }: Pair): boolean {
  if (wordsA.length < 6 || keptShare < 0.9) return false;
  const lead = (kept: readonly boolean[]) => {
    const end = kept.indexOf(true);
    return end < 0 ? kept.length : end;
  };
  const head = lead(alignment.keptB);
  const foot = lead(alignment.keptB.toReversed());
  const beforeFoot = (b[b.length - foot - 1] ?? '') + (b[b.length - foot] ?? '');
  return (
    (head >= 3 && /[.!?]/.test(b[head - 1] ?? '')) ||
    (foot >= 4 && /[.!?)]/.test(b.at(-1) ?? '') && /[.!?(]/.test(beforeFoot))
  );
}

function shouts({ x, y }: Pair): boolean {
  const upper = (text: string) => countMatches(text, /\p{Lu}/gu) / Math.max(1, countMatches(text, /\p{L}/gu));
  return y.length > 12 && upper(y) > 0.6 && upper(x) < 0.4;
}

const interrogative =
  /^(?:what|who|whom|whose|which|when|where|why|how|am|is|are|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|haven['’]t|hasn['’]t|can['’]t|couldn['’]t|won['’]t|wouldn['’]t|shouldn['’]t)$/;

/** A question that was none; a mark that was missing at the end of one, which begins as questions do, is no such change. */
function asks({ x, y, a, b, alignment, keptShare }: Pair): boolean {
  if (!/\?\s*$/.test(y) || x.includes('?')) return false;
  const places = (list: readonly string[], kept: readonly boolean[]): string =>
    list.flatMap((token, i) => (isWord(token) ? [Number(kept[i])] : [])).join('');
  const respelt = keptShare > 0.5 && places(a, alignment.keptA) === places(b, alignment.keptB);
  const [first = '', asked = ''] = [a.find(isWord), b.find(isWord)];
  const wasQuestion = interrogative.test(asked) && first.startsWith(asked.slice(0, 1));
  return endMark.test(x) || !wasQuestion || !(keptShare === 1 || respelt);
}

/** What stands for a second negation in standard English. */
const polarity = /^(?:any(?:one|body|thing|where|more)?|ever|either)$/;

function negationsIn(list: readonly string[]): number {
  return list.filter((token) => isNegation(token) || token === 'neither' || token === 'nor').length;
}

/** "don't know nothing" was meant once: "don't know anything" is no change of meaning. */
function mendsDoubleNegation({ a, b }: Pair): boolean {
  return (
    negationsIn(a) > 1 && negationsIn(b) > 0 && b.some((token) => polarity.test(token) && !a.includes(token))
  );
}

function flipsNegation(pair: Pair): boolean {
  const { a, b, wordsA, wordsB, keptShare } = pair;
  return (
    (negationsIn(a) - negationsIn(b)) % 2 !== 0 &&
    Math.abs(wordsA.length - wordsB.length) <= 2 &&
    keptShare > 0.7 &&
    !mendsDoubleNegation(pair)
  );
}

function misspells({ a, y, options }: Pair): boolean {
  const { misspelt } = options;
  if (!misspelt) return false;
  const known = new Set(a);
  return words(y).some(
    (token) => isWord(token) && !/^\p{Lu}/u.test(token) && !known.has(token.toLowerCase()) && misspelt(token),
  );
}

const hardCap = 0.03;
const softCap = 0.1;

const quotes = /^\s*["“'‘«].*["”'’»]\s*$/s;

const rules: readonly (readonly [GuardName, number, Test])[] = [
  ['empty', hardCap, ({ wordsA, wordsB }) => wordsA.length > 0 && wordsB.length === 0],
  ['preamble', hardCap, (pair) => only(opening)(pair) || newOpening(pair)],
  ['chatter', hardCap, only(closing)],
  ['quoted', hardCap, only(quotes)],
  [
    'markup',
    hardCap,
    (pair) => only(lists)(pair) || countMatches(pair.y, tokens) > countMatches(pair.x, tokens),
  ],
  ['loop', hardCap, loops],
  ['language', hardCap, otherLanguage],
  ['unrelated', hardCap, (pair) => pair.wordsA.length >= 6 && pair.keptShare < 0.35 && overlap(pair) < 0.3],
  ['exploded', hardCap, ({ wordsA, wordsB }) => wordsA.length >= 8 && wordsB.length > 2 * wordsA.length],
  ['collapsed', hardCap, ({ wordsA, wordsB }) => wordsA.length >= 8 && wordsB.length < 0.35 * wordsA.length],
  ['truncated', hardCap, truncated],
  ['cutShort', softCap, cutShort],
  ['filler', softCap, only(filler)],
  ['lines', softCap, ({ x, y }) => y.trim().includes('\n') && !x.trim().includes('\n')],
  ['question', softCap, asks],
  ['scrambled', softCap, (pair) => pair.wordsA.length >= 6 && pair.keptShare < 0.45 && overlap(pair) > 0.7],
  ['remark', softCap, addsRemark],
  ['shouting', softCap, shouts],
  ['misspelling', softCap, misspells],
  ['number', softCap, ({ x, y }) => changesFigure(x, y)],
  ['negation', softCap, flipsNegation],
];

/** All guards that a model's candidate trips against its original; none for a copy. */
export function guardCandidate(original: string, candidate: string, options: GuardOptions = {}): GuardTrip[] {
  if (original === candidate) return [];
  const a = words(original).map((token) => token.toLowerCase());
  const b = words(candidate).map((token) => token.toLowerCase());
  const alignment = align(a, b);
  const wordsA = a.filter(isWord);
  const kept = a.filter((token, i) => alignment.keptA[i] && isWord(token)).length;
  const pair: Pair = {
    x: original,
    y: candidate,
    a,
    b,
    wordsA,
    wordsB: b.filter(isWord),
    alignment,
    keptShare: wordsA.length > 0 ? kept / wordsA.length : 1,
    options,
  };
  return rules.filter(([, , test]) => test(pair)).map(([guard, cap]) => ({ guard, cap }));
}

/** The lowest cap of the tripped guards; 1 when none trips. */
export function guardCap(trips: readonly GuardTrip[]): number {
  return Math.min(1, ...trips.map((trip) => trip.cap));
}
