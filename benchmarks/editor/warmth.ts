/**
 * @file A warmer register by rule: contractions, plain words in place of formal ones, "please", regret where something is refused, thanks.
 * Each only where its neighbours say that it is meant. Made pairs of these texts teach the style `friendly`; nothing of this runs in the product.
 */

/** Not at the end of a clause: "It is." */
const goesOn = /^\s(?!(?:and|but|or|that|when|where|if)\b)\p{L}/u;

const contractions: readonly (readonly [RegExp, string])[] = [
  [/\b(do|does|did|is|are|was|were|have|has|had|should|could|would) not\b/giu, "$1n't"],
  [/\bcan ?not\b/giu, "can't"],
  [/\bwill not\b/giu, "won't"],
  [/\b(I) am\b(?=\s\p{L})/gu, "$1'm"],
  [/\b(you|we|they) are\b(?=\s\p{L})/giu, "$1're"],
  [/\b(it|that|there|here|what|who|he|she) is\b(?=\s\p{L})/giu, "$1's"],
  [/\b(you|we|they|I) have\b(?=\s(?:already|been|not|never|just|made|seen|had|received|found|done|created|added|built|learned|worked|written)\b)/giu, "$1've"], // prettier-ignore
  [/\b(you|we|they|I|it|he|she) will\b(?=\s\p{L})/giu, "$1'll"],
  [/\bLet us\b(?=\s\p{L})/gu, "Let's"],
];

/** Formal → plain, whole words, in both spellings of their beginning. */
const plainer: readonly (readonly [RegExp, string])[] = [
  [/\butili[sz]e(s|d)?\b/giu, 'use$1'],
  [/\butili[sz]ing\b/giu, 'using'],
  [/\bassist(s|ed|ing)?\b(?=\s(?:you|us|them|me|with|in|people|users|the)\b)/giu, 'help$1'],
  [/\bpurchase(?=\s)/giu, 'buy'],
  [/\bcommence(s?)\b/giu, 'start$1'],
  [/\bobtain\b/giu, 'get'],
  [/\bregarding\b/giu, 'about'],
  [/\bapproximately\b/giu, 'about'],
  [/\bnumerous\b/giu, 'many'],
  [/\bprior to\b/giu, 'before'],
  [/\bin order to\b/giu, 'to'],
  [/\binform (you|us|me|them)\b/giu, 'tell $1'],
  [/\bprovide (you|us|me|them) with\b/giu, 'give $1'],
  [/\bensure\b(?=\s(?:that|the|your|you|all|it|they|we)\b)/giu, 'make sure'],
  [/\bindividuals\b/giu, 'people'],
  [/\bdemonstrate(s?)\b/giu, 'show$1'],
  [/\badditional (information|details|questions|help|time)\b/giu, 'more $1'],
  [/\b(must|are required to)\b(?=\s(?:have|use|make|do|get|include|provide|follow|take|keep|give)\b)/giu, 'need to'], // prettier-ignore
];

/** Verbs that begin a request, and what asks for nothing. */
const request =
  /^(?:Send|Submit|Contact|Complete|Provide|Sign|Call|Email|Write|Tell|Bring|Wait|Reply|Return|Include|Check|Review|Visit|Fill|Enter|Ask|Give|Let|Follow|Report|Update|Join|Register|Share|Save|Keep|Note|Remember|Do not|Don't)\s(?!your own\b)/u;
const refusal =
  /^(?:We (?:can(?:not|'t)(?! (?:wait|say|make)\b)|(?:do not|don't) (?:have|offer|accept|support|provide|allow)|are unable|aren't able|were unable|will not be able)|(?:Your|The) [\w ]{3,24} (?:has been|was|is|were|have been|cannot be|can't be) (?:rejected|denied|declined|cancelled|canceled|refused|returned|closed|accepted late|delayed|sold out))\b/u;

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence behind "Please" or "Unfortunately," begins small, but for I, names and abbreviations. */
function behind(opening: string, sentence: string): string {
  return `${opening} ${/^(?:I\b|\p{Lu}{2})/u.test(sentence) ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1)}`;
}

function warmer(sentence: string): string {
  let text = sentence;
  if (/^You must (?!be\b|have\b|not\b)\p{Ll}/u.test(text)) text = text.replace(/^You must /u, 'Please ');
  else if (request.test(text)) text = behind('Please', text);
  else if (refusal.test(text)) text = behind('Unfortunately,', text);
  text = text
    .replace(/\bThank you for\b/gu, 'Thanks so much for')
    .replace(/\bthank you for\b/gu, 'thanks so much for')
    .replace(/^(Thank you|Thanks|Welcome|Congratulations|Good luck)\.$/u, '$1!');
  for (const [formal, plain] of [...plainer, ...contractions]) {
    text = text.replace(formal, (match: string, ...rest: unknown[]) => {
      const [stem] = rest;
      const at = rest.find((one) => typeof one === 'number') ?? 0;
      if (plain.startsWith("$1'") && !goesOn.test(text.slice(at + match.length))) return match;
      const made = plain.replace('$1', typeof stem === 'string' ? stem : '');
      return /^\p{Lu}/u.test(match) ? capitalised(made) : made;
    });
  }
  return text;
}

/** `text` in a warmer register; the same where nothing of it can be. */
export function warmly(text: string): string {
  return text.replace(/[^.!?\n]+(?:[.!?]+(?=\s|$)|$|\n)/gu, (part) => {
    const [, lead = '', sentence = ''] = /^(\s*)([\s\S]*)$/u.exec(part) ?? [];
    return lead + warmer(sentence);
  });
}

const subjects = ['Your request', 'Your application', 'Your order', 'Your claim', 'The proposal', 'Your payment', 'The appointment', 'The event']; // prettier-ignore
const turnedDown = ['has been rejected', 'was declined', 'has been cancelled', 'was returned', 'is delayed', 'was denied']; // prettier-ignore
const welcome = ['has been accepted', 'was received', 'is ready', 'has been approved', 'was sent today'];
const impossible = ['We cannot refund the purchase', 'We are unable to open the file', 'We do not have a free room', 'We cannot change the date', 'We do not accept cash', 'We will not be able to deliver it']; // prettier-ignore
const reasons = ['because the form was not filled in correctly', 'because a signature is missing', 'because it arrived too late', 'before the end of the month', 'because the period has ended', 'as the office is closed', 'because we did not hear from you', 'at the moment']; // prettier-ignore

/** Sentences that refuse, and as many of the same kind that do not, so that the one is told from the other. */
export function refusals(): string[] {
  const first = subjects.flatMap((subject) => turnedDown.map((what) => `${subject} ${what}`));
  const refused = [...first, ...impossible, ...impossible].map(
    (clause, i) => `${clause} ${reasons[i % reasons.length]!}.`,
  ); // in range
  const granted = subjects.flatMap((subject) => welcome.map((what) => `${subject} ${what}.`));
  return [...refused, ...granted];
}
