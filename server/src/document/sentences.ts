/** @file Sentence boundaries: Intl.Segmenter, with the pieces joined again that it splits after an abbreviation. */

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Ends of a piece after which a sentence goes on. */
const abbreviation =
  /(?:^|[\s(“"'])(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|cf|approx|No|Nos|Fig|Figs|Eq|Sec|Ch|Vol|pp?|al|Inc|Ltd|Co|Corp|Gen|Sen|Rep|Gov|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z])\.\s*$/u;

/** The sentences of a text with the space behind each; joined they are the text again. */
export function sentences(text: string): string[] {
  const result: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const last = result.at(-1);
    if (last !== undefined && abbreviation.test(last) && !/\n\s*$/.test(last))
      result[result.length - 1] = last + segment;
    else result.push(segment);
  }
  return result;
}
