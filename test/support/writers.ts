/**
 * @file Four simulated writers with exact probabilities p(a ≻ b | x), and candidates to ask them about. Everything is a pure
 * function of the texts or of the seed; nothing here uses the features of the preference model.
 */

export type WriterName = 'concise' | 'formal' | 'ownVoice' | 'cyclic';

export type WriterProbability = (original: string, a: string, b: string) => number;

/** What the writers look at in a text y for an original x; each about 0 to 1. */
export interface Traits {
  /** ln of how much shorter it is. */
  readonly brief: number;
  /** Formal minus informal words and contractions, against the original; signed log. */
  readonly formal: number;
  /** Share of both texts' words that are kept. */
  readonly own: number;
}

const casualOf: Readonly<Record<string, string>> = {
  'do not': "don't",
  'does not': "doesn't",
  'is not': "isn't",
  'it is': "it's",
  therefore: 'so',
  however: 'but',
  obtained: 'got',
  demonstrates: 'shows',
  requires: 'needs',
  utilizes: 'uses',
  numerous: 'lots of',
  substantial: 'big',
  assist: 'help',
};
const formalOf: Readonly<Record<string, string>> = {
  "don't": 'do not',
  "isn't": 'is not',
  so: 'therefore',
  but: 'however',
  got: 'obtained',
  shows: 'demonstrates',
  needs: 'requires',
  uses: 'utilizes',
  many: 'numerous',
  big: 'substantial',
  help: 'assist',
  about: 'approximately',
};
const formalWords = new Set([
  ...Object.values(formalOf).filter((word) => !word.includes(' ')),
  ...'ensure significant significantly additionally furthermore moreover consequently regarding utilize utilized utilizing obtain obtains demonstrate demonstrated require required individuals children assistance inquire provide provides sufficient'.split(
    ' ',
  ),
]);
const informalWords = new Set([
  ...Object.keys(formalOf),
  ...'really lots lot kids kid get gets getting gotten thing things stuff guys ok okay pretty maybe show need use used using sure enough'.split(
    ' ',
  ),
]);
/** What is said of somebody's own ("the clerk's") is none. */
const contraction = /n['’]t$|['’](?:re|ve|ll|m|d)$|^(?:it|that|there|here|what|who|he|she|let)['’]s$/;
const fillers = /^(?:very|really|quite|also|just|rather|only|new|several|various|\p{L}{4,}ly)$/iu;

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
}

/** Length of the longest common subsequence. */
function common(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const row = [0];
    b.forEach((other, j) =>
      row.push(word === other ? (above[j] ?? 0) + 1 : Math.max(above[j + 1] ?? 0, row[j] ?? 0)),
    );
    above = row;
  }
  return above.at(-1) ?? 0;
}

export function traits(original: string, text: string): Traits {
  const a = wordsOf(original);
  const b = wordsOf(text);
  const register = (list: readonly string[]) =>
    list.reduce(
      (sum, word) =>
        sum + Number(formalWords.has(word)) - Number(informalWords.has(word) || contraction.test(word)),
      0,
    );
  const formal = register(b) - register(a);
  return {
    brief: Math.log((a.length + 1) / (b.length + 1)),
    formal: Math.sign(formal) * Math.log1p(Math.abs(formal)),
    own: (2 * common(a, b)) / Math.max(1, a.length + b.length),
  };
}

/** One choice in ten is made at random. */
function noisy(logit: number): number {
  return 0.9 / (1 + Math.exp(-logit)) + 0.05;
}

function by(utility: (traits: Traits) => number): WriterProbability {
  return (original, a, b) => noisy(utility(traits(original, a)) - utility(traits(original, b)));
}

function share(value: number): number {
  return Math.max(0, Math.min(1, value));
}

/** Brief: 1 when a sixth of the words is gone; formal: 1 at two formal words more; own: 0 from 12 % changed words. */
function corners(original: string, text: string): [brief: number, formal: number, own: number] {
  const { brief, formal, own } = traits(original, text);
  return [share(6 * brief), share(formal), share(1 - (1 - own) / 0.12)];
}

/** Brevity over formality, formality over the writer's own words, those over brevity: no order explains it. */
function cyclic(original: string, a: string, b: string): number {
  const [briefA, formalA, ownA] = corners(original, a);
  const [briefB, formalB, ownB] = corners(original, b);
  const turn =
    briefA * formalB - formalA * briefB + (formalA * ownB - ownA * formalB) + (ownA * briefB - briefA * ownB);
  return noisy(4 * turn);
}

export const writers: Readonly<Record<WriterName, WriterProbability>> = {
  concise: by(({ brief }) => 10 * brief),
  formal: by(({ formal }) => 2.5 * formal),
  /** Wants to keep the own words: the smaller the edit, the better. */
  ownVoice: by(({ own }) => 12 * own),
  cyclic,
};

type Random = () => number;

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function replaced(text: string, by: Readonly<Record<string, string>>, random: Random): string {
  return Object.entries(by).reduce(
    (result, [from, to]) =>
      result.replace(new RegExp(`\\b${from}\\b`, 'g'), (found) => (random() < 0.75 ? to : found)),
    text,
  );
}

function shortened(text: string, random: Random): string {
  return text
    .split(' ')
    .filter((word, i) => i === 0 || !fillers.test(word) || random() > 0.8)
    .join(' ');
}

const operations: readonly ((text: string, random: Random) => string)[] = [
  shortened,
  (text, random) => replaced(text, formalOf, random),
  (text, random) => replaced(text, casualOf, random),
  (text, random) => text.replace(/ (is|are|was|were) /, random() < 0.5 ? ' perhaps $1 ' : ' $1 probably '),
];

/** A rewrite of the original by one to three random operations; now and then the original itself. */
export function rewriteOf(original: string, random: Random): string {
  let text = original;
  const times = 1 + Math.floor(random() * 3);
  for (let i = 0; i < times; i++) text = pick(operations, random)(text, random);
  return text;
}

const people = ['the clerk', 'the new editor', 'our neighbour', 'the old teacher', 'the city council'];
const casualActs = [
  'uses many maps',
  'needs help with big plans',
  'shows many papers',
  "got a map but don't",
];
const topics = ['the harbour', 'the winter market', 'a long bridge', 'the public garden', 'the night train'];
const adverbs = ['really', 'very often', 'quite openly', 'rather slowly', 'almost certainly'];
const endings = ['so the work is ready', 'but the town is not sure', 'and about ten people are glad'];

/** A sentence that can be cut, made formal and made casual; `group` keeps those of training and test apart. */
export function contextOf(random: Random, group: string): string {
  return (
    `In ${group} ${Math.floor(random() * 900 + 100)} ${pick(people, random)} ${pick(adverbs, random)} ${pick(casualActs, random)} ` +
    `for ${pick(topics, random)}, ${pick(adverbs, random)} also near ${pick(topics, random)}, ${pick(endings, random)} at last.`
  );
}

export interface SimulatedPair {
  readonly original: string;
  readonly a: string;
  readonly b: string;
  /** Exactly p(a ≻ b | original). */
  readonly p: number;
  /** Drawn from p. */
  readonly prefersA: boolean;
}

/** One corner each: much shorter, much more formal, untouched. */
function triangle(original: string, random: Random): readonly [string, string, string] {
  const shorter = shortened(shortened(original, random), random);
  const formal = replaced(replaced(original, formalOf, random), formalOf, random);
  return [shorter, formal, original];
}

/** `count` pairs and this writer's choices. Four of five pairs of the cyclic writer are two corners of a triangle. */
export function decisionsOf(name: WriterName, count: number, random: Random, group: string): SimulatedPair[] {
  const pairs: SimulatedPair[] = [];
  while (pairs.length < count) {
    const original = contextOf(random, group);
    let pair: readonly [string, string];
    if (name === 'cyclic' && random() < 0.8) {
      const corner = triangle(original, random);
      const at = Math.floor(random() * 3);
      pair = [corner[at] ?? original, corner[(at + 1) % 3] ?? original];
    } else pair = [rewriteOf(original, random), random() < 0.5 ? original : rewriteOf(original, random)];
    if (pair[0] === pair[1]) continue;
    const [a, b] = random() < 0.5 ? pair : [pair[1], pair[0]];
    const p = writers[name](original, a, b);
    pairs.push({ original, a, b, p, prefersA: random() < p });
  }
  return pairs;
}
