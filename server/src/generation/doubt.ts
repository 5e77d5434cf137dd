/**
 * @file Takes back what the model itself does not prefer. Greedy decoding never looks back: it begins a change that seems likely word by
 * word, though the sentence is likelier without it. So each change of a draft is weighed against leaving it (docs/decisions/prompts.md).
 */
import { applyEdits, separateEdits } from '../document/edits.ts';
import type { Role } from '../../protocol/common.ts';
import type { TextModel, WeighOptions } from './textModel.ts';

/** By how many nats a change must be likelier than none; chosen on valid.jsonl. Of a corrected draft fewer changes are right. */
const leastMargin = { leader: 0.25, follower: 0.5 } as const;
/** The same for a word that is new, or stands for one that is spelt in another way: fewer of these are right. */
const leastMarginOfNewWord = 1;
/** A text with more changes was written anew: none of them can be left out by itself. */
const mostChanges = 12;

/**
 * @param before the text that was to be rewritten, as the model was shown it
 * @param after its rewrite
 * @param asked the conversation that was answered with it
 * @returns the rewrite with those changes alone that the model prefers to none
 */
export async function withoutDoubtful(
  model: TextModel,
  before: string,
  after: string,
  asked: Omit<WeighOptions, 'text' | 'others'> & { readonly role: Role },
): Promise<string> {
  const changes = separateEdits(before, after);
  if (changes.length === 0 || changes.length > mostChanges) return after;
  const others = changes.map((change) =>
    applyEdits(
      before,
      changes.filter((other) => other !== change),
    ),
  );
  const margins = await model.weigh({ ...asked, text: after, others });
  if (!margins) return after;
  return applyEdits(
    before,
    changes.filter((change, at) => {
      const least = isNewWord(before.slice(change.start, change.end), change.text)
        ? leastMarginOfNewWord
        : leastMargin[asked.role];
      return (margins[at] ?? 0) >= least;
    }),
  );
}

/** Whether more than a small word, such as an article, comes in where none stood, or one word takes the place of another that neither begins nor ends like it. */
function isNewWord(before: string, after: string): boolean {
  const [old, now] = [before.trim().toLowerCase(), after.trim().toLowerCase()];
  if (old === '') return /\p{L}{4}/u.test(now);
  if (now === '' || /\s/.test(old) || /\s/.test(now)) return false;
  if (old.startsWith(now) || now.startsWith(old)) return false; // "a", "an"
  return !(old.slice(0, 2) === now.slice(0, 2) || old.slice(-3) === now.slice(-3));
}
