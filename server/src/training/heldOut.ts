/** @file The games of the promotion gate: new against active on texts that neither teacher nor trainer saw, judged by another model. */
import type { ShownAnswer } from './answers.ts';
import { preferenceOf, type Preference } from './candidates.ts';
import type { HeldOutGame } from './promotion.ts';

/** p(new ≻ active) for each text, the mean over both orders. */
export function playGames(
  after: readonly ShownAnswer[],
  before: readonly ShownAnswer[],
  judge: Preference,
): HeldOutGame[] {
  return after.map(({ context, text }, i) => {
    const other = before[i]!.text; // the same texts
    const { original, document } = context;
    const wins = preferenceOf(judge, original, text, other);
    const losses = preferenceOf(judge, original, other, text);
    return { document, winProbability: (wins + 1 - losses) / 2 };
  });
}
