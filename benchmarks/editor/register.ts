/**
 * @file A formal register by rule: contractions are written out and plain words replaced by formal ones, each only where its neighbours
 * say that it is meant. Made pairs of these texts teach the style `formal`; nothing of this runs in the product.
 */

const contractions: Readonly<Record<string, string>> = {
  "can't": 'cannot',
  "won't": 'will not',
  "don't": 'do not',
  "doesn't": 'does not',
  "didn't": 'did not',
  "isn't": 'is not',
  "aren't": 'are not',
  "wasn't": 'was not',
  "weren't": 'were not',
  "haven't": 'have not',
  "hasn't": 'has not',
  "shouldn't": 'should not',
  "couldn't": 'could not',
  "wouldn't": 'would not',
  "it's": 'it is',
  "that's": 'that is',
  "there's": 'there is',
  "we're": 'we are',
  "we've": 'we have',
  "we'll": 'we will',
  "you're": 'you are',
  "you'll": 'you will',
  "they're": 'they are',
  "i'm": 'I am',
  "i've": 'I have',
  "let's": 'let us',
};

interface Rule {
  readonly to: string;
  /** What must stand right before and after. */
  readonly before?: RegExp;
  readonly after?: RegExp;
  readonly notBefore?: RegExp;
  readonly notAfter?: RegExp;
}

const article = /\b(?:the|an?|of|in|at|your|our|their|its)\s$/i;
const verbal = /\b(?:to|can|could|will|would|should|may|might|must|we|you|they|I|and)\s$/i;
const sentenceStart = /(?:^|[.!?]\s)$/;
const number =
  /^\s(?:\d+|a dozen|half|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|a hundred)\b/;

const rules: Readonly<Record<string, Rule>> = {
  but: { to: 'however,', before: sentenceStart, notAfter: /^,/ },
  so: { to: 'therefore,', before: sentenceStart, notAfter: /^(?:,|\s(?:that|far|much|many)\b)/ },
  also: { to: 'additionally,', before: sentenceStart, notAfter: /^,/ },
  about: { to: 'approximately', after: number },
  show: { to: 'demonstrate', notBefore: article },
  shows: { to: 'demonstrates', notBefore: article },
  need: { to: 'require', before: verbal, notAfter: /^\s(?:to|for)\b/ },
  needs: { to: 'requires', notBefore: article, notAfter: /^\s(?:to|for)\b/ },
  use: { to: 'utilize', before: verbal },
  uses: { to: 'utilizes', notBefore: article },
  used: { to: 'utilized', notAfter: /^\sto\b/ },
  help: { to: 'assist', after: /^\s(?:with|in)\b/ },
  start: { to: 'commence', before: verbal },
  begin: { to: 'commence', before: verbal },
  began: { to: 'commenced' },
  buy: { to: 'purchase' },
  try: { to: 'attempt', before: verbal, after: /^\sto\b/ },
  big: { to: 'substantial' },
  large: { to: 'substantial' },
  many: { to: 'numerous', notBefore: /\b(?:how|as|so|too|very|the)\s$/i, notAfter: /^\sof\b/ },
  kids: { to: 'children' },
  'lots of': { to: 'numerous' },
  'make sure': { to: 'ensure' },
  'find out': { to: 'determine' },
};

const wanted = new RegExp(`\\b(?:lots of|make sure|find out|\\p{L}+(?:'\\p{L}+)?)\\b`, 'giu');

function fits({ before, after, notBefore, notAfter }: Rule, left: string, right: string): boolean {
  return (
    (before?.test(left) ?? true) &&
    (after?.test(right) ?? true) &&
    !(notBefore?.test(left) ?? false) &&
    !(notAfter?.test(right) ?? false)
  );
}

function formalOf(word: string, left: string, right: string): string | undefined {
  const key = word.toLowerCase();
  const rule = rules[key];
  if (rule && fits(rule, left, right)) return rule.to;
  return contractions[key];
}

/** `text` in a formal register; the same where there is nothing to replace. */
export function formally(text: string): string {
  return text.replace(wanted, (word, at: number) => {
    const [left, right] = [text.slice(0, at), text.slice(at + word.length)];
    const formal = formalOf(word, left, right);
    if (formal === undefined) return word;
    return /^\p{Lu}/u.test(word) ? formal.charAt(0).toUpperCase() + formal.slice(1) : formal;
  });
}
