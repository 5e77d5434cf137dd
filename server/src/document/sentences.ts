/** @file Sentence boundaries: Intl.Segmenter, with the pieces joined again that it splits after an abbreviation or within a sentence that quotes one. */

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Ends of a piece after which a sentence goes on. */
const abbreviation =
  /(?:^|[\s(“"'])(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|cf|approx|No|Nos|Fig|Figs|Eq|Sec|Ch|Vol|pp?|al|Inc|Ltd|Co|Corp|Gen|Sen|Rep|Gov|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z])\.\s*$/u;

/** Behind "Dr." or "e.g.", which also end a sentence now and then. */
export function endsWithAbbreviation(text: string): boolean {
  return abbreviation.test(text);
}

/** A question or an exclamation that is quoted or put in brackets; in lower case the sentence round it goes on. */
const quoted = /[!?…]["”’'»)]+\s*$/u;

function goesOn(last: string, next: string): boolean {
  if (/\n\s*$/.test(last)) return false;
  return abbreviation.test(last) || (quoted.test(last) && /^\p{Ll}/u.test(next));
}

/** The sentences of a text with the space behind each; joined they are the text again. */
export function sentences(text: string): string[] {
  const result: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const last = result.at(-1);
    if (last !== undefined && goesOn(last, segment)) result[result.length - 1] = last + segment;
    else result.push(segment);
  }
  return result;
}
