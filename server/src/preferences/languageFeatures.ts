/** @file Features from the language model's log-probs of the original and of a candidate; the caller measures them. */

/** Log-probs of a text's tokens after the start token: how many, their sum, the lowest. Natural logarithm. */
export interface TokenScores {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
}

export interface LanguageFeatures {
  readonly lmSum: number;
  readonly lmWorst: number;
  readonly lmEdit: number;
}

const none: LanguageFeatures = { lmSum: 0, lmWorst: 0, lmEdit: 0 };

function clip(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

/** Candidate minus original; all zero where either was not measured, and for equal scores. */
export function languageFeatures(original?: TokenScores, candidate?: TokenScores): LanguageFeatures {
  if (!original || !candidate) return none;
  const difference = candidate.sum - original.sum;
  return {
    lmSum: Math.sign(difference) * Math.log1p(Math.abs(difference)),
    lmWorst: clip(candidate.min - original.min, 8) / 4,
    lmEdit: clip(difference / (Math.abs(candidate.count - original.count) + 3), 3),
  };
}
