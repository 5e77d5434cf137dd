/** @file The texts that a decision was about as a model was asked about them, which is how training asks. Pure. */
import { surrounded } from '../document/surroundings.ts';
import { bySentence, findTarget } from '../document/target.ts';
import { cutAtSentences, maxPieceWords } from '../document/pieces.ts';
import { countWords } from '../document/words.ts';
import type { PromptFormat } from '../generation/prompts.ts';
import type { NewContext } from '../storage/preferenceStore.ts';
import { DraftError } from '../util/errors.ts';

/** What holds no sentence teaches nothing, nor does one without an end. */
const words = { least: 3, most: 2 * maxPieceWords };

type TextInPlace = Pick<NewContext, 'language' | 'before' | 'original' | 'after'>;

/** One by one what a refine of the context asks; of a part of a sentence that is the whole sentence. */
export function textsOf(context: TextInPlace, format: PromptFormat): string[] {
  return asked(context, format)
    .map((text) => text.trim())
    .filter((text) => countWords(text) >= words.least && countWords(text) <= words.most);
}

function asked({ language, before, original, after }: TextInPlace, format: PromptFormat): string[] {
  if (original.trim() === '') return [];
  try {
    const start = before.length;
    const target = findTarget(before + original + after, language, start, start + original.length);
    const { pieces } = format === 'instructions' ? target : bySentence(target);
    return pieces.map(({ text, around }) => surrounded(text, around));
  } catch (error) {
    // What stands around it is kept cut off, and may read as code then.
    if (!(error instanceof DraftError)) throw error;
    return cutAtSentences(original, format === 'instructions' ? maxPieceWords : 0);
  }
}
