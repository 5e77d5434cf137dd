/** @file The edit features φ(x, y) of a candidate y for an original x; φ(x, x) = 0 in every component. */
import { languageFeatures, type TokenScores } from './languageFeatures.ts';
import { align, countMatches, isWord, words } from './words.ts';

/** Order of the components of φ, of the weights and of prior.json. */
export const featureNames = [
  'changed',
  'lengthRatio',
  'contentDeleted',
  'onlyDelete',
  'onlyPunct',
  'onlyCase',
  'onlySpace',
  'nearWord',
  'namesLost',
  'numbersLost',
  'negation',
  'comma',
  'endMark',
  'lowerStart',
  'longWords',
  'first',
  'lmSum',
  'lmWorst',
  'lmEdit',
  'contractions',
  'informal',
  'formal',
  'exclaim',
  'firstPerson',
  'adverbs',
  'passive',
  'register',
  'rewritten',
] as const;

export type FeatureName = (typeof featureNames)[number];
export type Features = Readonly<Record<FeatureName, number>>;

function setOf(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

const stopWords = setOf(
  "a an the of to in on at by for with from as is are was were be been being am do does did have has had will would can could may might shall should must not no nor and or but if so than then that this these those there here it its it's he she they we you i his her their our your my me him them us who which what when where while also very just only too into over under about after before between during such because since although though however both each more most other some any all",
);
const informalWords = setOf(
  'really very pretty lot lots stuff thing things kind sort guy guys gonna wanna gotta yeah ok okay cool awesome super totally basically actually just kids big huge get gets got getting show shows help helps need needs use uses bad good so',
);
const formalWords = setOf(
  'therefore however moreover furthermore consequently thus hence utilise utilize utilises utilizes demonstrate demonstrates require requires obtain obtains obtained assist assists substantial substantially considerable numerous approximately commence prior subsequently regarding concerning additionally nevertheless shall ensure beneficial adverse children',
);

/** A difference of counts: sign·ln(1 + |difference|). */
function signedLog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

function capitalised(tokens: readonly string[]): string[] {
  return tokens.filter((token, i) => i > 0 && /^\p{Lu}/u.test(token)).map((token) => token.toLowerCase());
}

/** How many of `wanted` are not in `present`, as multisets. */
function missing(wanted: readonly string[], present: readonly string[]): number {
  const left = new Map<string, number>();
  for (const token of present) left.set(token, (left.get(token) ?? 0) + 1);
  let count = 0;
  for (const token of wanted) {
    const have = left.get(token) ?? 0;
    if (have > 0) left.set(token, have - 1);
    else count++;
  }
  return count;
}

/** A word, in lower case, that negates; "dont" too, which is only misspelt. */
export function isNegation(token: string): boolean {
  return /^(?:not|no|never|none|nobody|nothing|without|cannot|(?:do|does|did|is|are|was|were|has|have|had|ca|wo|would|could|should|must|need|might|ought|ai)nt)$|n['’]t$/.test(
    token,
  );
}

function endsClosed(text: string): number {
  return /[.!?:;]["”’)\]]*\s*$/.test(text) ? 1 : 0;
}

function startsLower(text: string): number {
  return /^[^\p{L}\p{N}_]*\p{Ll}/u.test(text) ? 1 : 0;
}

/** Of a word with an s behind an apostrophe only those that stand for "is", "has" or "us": what is somebody's is no contraction. */
function isContraction(word: string): boolean {
  return /['’](?:t|re|ve|ll|d|m)$|^(?:it|that|there|here|what|who|where|how|he|she|let)['’]s$/.test(word);
}

/** Signed-log style counts of one text pair: what a writer's taste is about. */
function styleFeatures(x: string, y: string, wordsX: readonly string[], wordsY: readonly string[]) {
  const more = (test: (word: string) => boolean) => wordsY.filter(test).length - wordsX.filter(test).length;
  const byWord = (test: (word: string) => boolean) => signedLog(more(test));
  const byText = (pattern: RegExp) => signedLog(countMatches(y, pattern) - countMatches(x, pattern));
  return {
    contractions: byWord(isContraction),
    informal: byWord((word) => informalWords.has(word)),
    formal: byWord((word) => formalWords.has(word)),
    // What formal writers want is one thing, however many signs it has.
    register: signedLog(
      more((word) => formalWords.has(word)) - more((word) => informalWords.has(word) || isContraction(word)),
    ),
    exclaim: byText(/!/g),
    firstPerson: byWord((word) => /^(?:i|we|my|our|me|us)$/.test(word)),
    adverbs: byWord((word) => /.{3}ly$/.test(word)),
    passive: byText(/\b(?:is|are|was|were|been|being|be)\s+(?:\w+ly\s+)?\w+(?:ed|en)\b/gi),
  };
}

/** What of φ is about style alone: how a text is put, whatever its length. */
const styleNames: ReadonlySet<FeatureName> = new Set<FeatureName>([
  'comma',
  'longWords',
  'contractions',
  'informal',
  'formal',
  'exclaim',
  'firstPerson',
  'adverbs',
  'passive',
  'register',
]);

/** φ of an unfinished sentence x and a text y that goes on with it: the style of what was added, 0 in every other component. */
export function continuationFeatures(x: string, y: string): Features {
  const features = editFeatures(x, y);
  const style = featureNames.map((name) => [name, styleNames.has(name) ? features[name] : 0]);
  return Object.fromEntries(style) as Features;
}

const zero: Features = Object.fromEntries(featureNames.map((name) => [name, 0])) as Record<
  FeatureName,
  number
>;

/** Raw φ(x, y) (PREFERENCES.md §2). The language-model part is 0 where scores are missing. */
export function editFeatures(x: string, y: string, scoresX?: TokenScores, scoresY?: TokenScores): Features {
  if (x === y) return zero;
  const tokensX = words(x);
  const tokensY = words(y);
  const lowerX = tokensX.map((token) => token.toLowerCase());
  const lowerY = tokensY.map((token) => token.toLowerCase());
  const { keptA, keptB, first } = align(lowerX, lowerY);
  const deleted = lowerX.filter((_, i) => !keptA[i]);
  const inserted = lowerY.filter((_, i) => !keptB[i]);
  const deletedWords = deleted.filter(isWord);
  const insertedWords = inserted.filter(isWord);
  const wordsX = lowerX.filter(isWord);
  const wordsY = lowerY.filter(isWord);
  const sameWords = deletedWords.length === 0 && insertedWords.length === 0;
  const edits = deleted.length + inserted.length;
  const onlySpace = x.replace(/\s+/g, '') === y.replace(/\s+/g, '');
  const long = (list: readonly string[]) => list.filter((word) => word.length > 8).length;
  const numbers = (list: readonly string[]) => list.filter((token) => /\d/.test(token));
  const near = insertedWords.filter(
    (word) =>
      word.length > 2 &&
      deletedWords.some((other) => other !== word && other.slice(0, 3) === word.slice(0, 3)),
  );
  return {
    changed: 1,
    lengthRatio: Math.log((wordsY.length + 1) / (wordsX.length + 1)),
    contentDeleted: Math.log1p(deletedWords.filter((word) => !stopWords.has(word)).length),
    onlyDelete: deletedWords.length > 0 && insertedWords.length === 0 ? 1 : 0,
    onlyPunct: sameWords && edits > 0 ? 1 : 0,
    onlyCase: sameWords && edits === 0 && !onlySpace ? 1 : 0,
    onlySpace: onlySpace ? 1 : 0,
    // A word that shares its first letters with a deleted one: inflection or spelling, not a new word.
    nearWord: Math.log1p(near.length),
    namesLost: Math.log1p(missing(capitalised(tokensX), lowerY)),
    numbersLost: Math.log1p(missing(numbers(lowerX), numbers(lowerY))),
    negation: Math.abs(lowerX.filter(isNegation).length - lowerY.filter(isNegation).length),
    comma: signedLog(countMatches(y, /,/g) - countMatches(x, /,/g)),
    endMark: endsClosed(y) - endsClosed(x),
    lowerStart: startsLower(y) - startsLower(x),
    longWords: signedLog(long(wordsY) - long(wordsX)),
    first: first / (tokensX.length || 1) - 0.5,
    ...languageFeatures(scoresX, scoresY),
    ...styleFeatures(x, y, wordsX, wordsY),
    rewritten: edits / (tokensX.length + tokensY.length || 1),
  };
}
