/**
 * @file Small edits of an English text in one direction of taste each: more formal, more casual, shorter. Candidates that a model which was
 * taught to correct would hardly draw by itself; the preference model says which of them the writer would like, poolWriter.ts asks for them.
 */

type Replacement = readonly [from: string, to: string];

const contractions: readonly Replacement[] = [
  ["can't", 'cannot'],
  ["won't", 'will not'],
  ["shan't", 'shall not'],
  ["let's", 'let us'],
  ["it's", 'it is'],
  ["that's", 'that is'],
  ["there's", 'there is'],
  ["what's", 'what is'],
  ["I'm", 'I am'],
  ["(\\w+)n't", '$1 not'],
  ["(\\w+)'re", '$1 are'],
  ["(\\w+)'ve", '$1 have'],
  ["(\\w+)'ll", '$1 will'],
];

/** Plain word, formal word. */
const registers: readonly Replacement[] = [
  ['a lot of', 'many'],
  ['lots of', 'many'],
  ['kids', 'children'],
  ['get', 'obtain'],
  ['gets', 'obtains'],
  ['got', 'obtained'],
  ['help', 'assist'],
  ['helps', 'assists'],
  ['helped', 'assisted'],
  ['need', 'require'],
  ['needs', 'requires'],
  ['needed', 'required'],
  ['show', 'demonstrate'],
  ['shows', 'demonstrates'],
  ['showed', 'demonstrated'],
  ['use', 'utilize'],
  ['uses', 'utilizes'],
  ['used', 'utilized'],
  ['buy', 'purchase'],
  ['start', 'commence'],
  ['ask', 'request'],
  ['tell', 'inform'],
  ['try', 'attempt'],
  ['many', 'numerous'],
  ['big', 'substantial'],
  ['large', 'substantial'],
  ['enough', 'sufficient'],
  ['good', 'beneficial'],
  ['before', 'prior to'],
  ['later', 'subsequently'],
  ['about(?= \\d)', 'approximately'],
  ['about', 'regarding'],
];

const connectives: readonly Replacement[] = [
  [', so', '; therefore,'],
  ['So,?', 'Therefore,'],
  [', but', '; however,'],
  ['But,?', 'However,'],
  ['Also,?', 'Furthermore,'],
];

const wordy: readonly Replacement[] = [
  ['due to the fact that', 'because'],
  ['because of the fact that', 'because'],
  ['in spite of the fact that', 'although'],
  ['in order to', 'to'],
  ['so as to', 'to'],
  ['for the purpose of', 'for'],
  ['in the event that', 'if'],
  ['at this point in time', 'now'],
  ['at the present time', 'now'],
  ['with regard to', 'about'],
  ['(?:is|are) able to', 'can'],
  ['(?:has|have) the ability to', 'can'],
  ['a number of', 'some'],
  ['the majority of', 'most'],
  ['as well as', 'and'],
  ['there (?:is|are) (.+?) (?:that|who|which)', '$1'],
];

const fillers =
  'very|really|quite|just|rather|also|actually|basically|certainly|clearly|completely|definitely|entirely|essentially|extremely|fairly|generally|highly|literally|obviously|perhaps|possibly|probably|simply|somewhat|totally|truly|various|several';

function replaceAll(text: string, list: readonly Replacement[]): string {
  return list.reduce((result, [from, to]) => {
    const whole = new RegExp(`${from.startsWith(',') ? '' : "(?<![\\w’'])"}${from}(?![\\w’'])`, 'gi');
    return result.replace(whole, (found: string, group: unknown) => {
      const put = to.replace('$1', typeof group === 'string' ? group : '');
      return /^\p{Lu}/u.test(found) ? put.charAt(0).toUpperCase() + put.slice(1) : put;
    });
  }, text);
}

const reversed = (list: readonly Replacement[]): Replacement[] =>
  list.filter(([from]) => /^[\w ]+$/.test(from)).map(([from, to]) => [to, from]);

/** Spaces and the first letter as they should be after words were dropped. */
function tidied(text: string, original: string): string {
  const spaced = text
    .replace(/ {2,}/g, ' ')
    .replace(/ +([,.;:!?])/g, '$1')
    .replace(/^[\s,;]+/, '');
  return /^\p{Lu}/u.test(original) ? spaced.charAt(0).toUpperCase() + spaced.slice(1) : spaced;
}

function formal(text: string): string {
  return replaceAll(replaceAll(replaceAll(text, contractions), connectives), registers);
}

function casual(text: string): string {
  return replaceAll(text, reversed([...contractions.slice(0, 9), ...registers]));
}

function shorter(text: string): string {
  const cut = replaceAll(text, wordy)
    .replace(/\s*\([^()]*\)/g, '')
    .replace(new RegExp(`\\b(?:${fillers})\\b,? ?`, 'gi'), '')
    .replace(/\b(?:[Oo]f course|[Ii]n fact|[Aa]s a matter of fact|[Ii]n general),? /g, '');
  return tidied(cut, text);
}

/** Other versions of `text`, each different from it and from the others. */
export function registerMoves(text: string): string[] {
  const versions = [formal(text), shorter(text), formal(shorter(text)), casual(text)];
  return [...new Set(versions)].filter((version) => version !== text && version !== '');
}
