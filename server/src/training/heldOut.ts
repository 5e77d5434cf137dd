/** @file The games of the promotion gate: new against active on texts that training left out, judged for reasons that were found without the decisions on them. */
import { fitClaimJudge, type ClaimStrength } from '../preferences/claimJudge.ts';
import type { CrossFit } from '../preferences/crossFit.ts';
import type { ShownAnswer } from './answers.ts';
import { preferenceOf } from './candidates.ts';
import type { HeldOutGame } from './promotion.ts';

export interface HeldOutGames {
  readonly games: HeldOutGame[];
  /** How strongly decisions bear out what teachers that did not see them hold of the new adapter. */
  readonly strength: ClaimStrength;
}

/** A game for each text. */
export function playGames(
  after: readonly ShownAnswer[],
  before: readonly ShownAnswer[],
  { folds }: Pick<CrossFit, 'folds'>,
): HeldOutGames {
  const pairs = after.map(({ context, text }, i) => ({ context, text, other: before[i]!.text })); // the same texts
  const changes = pairs.flatMap(({ context: { original }, text, other }) =>
    text === null || other === null ? [] : [{ original, after: text, before: other }],
  );
  const judge = fitClaimJudge(folds, changes);
  const games = pairs.map(({ context: { original, document, group }, text, other }): HeldOutGame => {
    const judged = judge.comparing(original, text ?? original, other ?? original, group);
    return {
      document,
      winProbability: (deviations) => preferenceOf(() => judged(deviations), original, text, other),
    };
  });
  return { games, strength: judge.strength };
}
