/**
 * @file From what a writer did to "this ≻ that in this context", with a weight: how sure the deed makes us. The table is in docs/metrics.md.
 * Pure; the store calls it when comparisons are read, so that a better table also reads old decisions better.
 */
import type { DecisionKind } from '../../protocol/decisions.ts';

export interface EvidenceInput {
  readonly kind: DecisionKind;
  readonly original: string;
  /** The candidate that it is about; null for the writer's own wording. */
  readonly candidate: string | null;
  /** The text that stands at the end, where it is not the candidate's own. */
  readonly finalText: string | null;
  /** Share of the candidate that was taken, 0–1, for the partial kinds. */
  readonly share: number | null;
  /** Every candidate that was looked at. */
  readonly seen: readonly string[];
  /** How much the comparison with a seen text weighs, where it was imported with its own weight. */
  readonly weights?: ReadonlyMap<string, number>;
}

export interface EvidenceRow {
  readonly winner: string;
  readonly loser: string;
  /** In (0, 1]. */
  readonly weight: number;
}

/** Weights by kind; ghost text is compared with writing nothing: its `original` is what stood before the caret. */
export const evidenceWeight = {
  accepted: 1,
  acceptedOverSeen: 0.5,
  acceptedInPart: 0.7,
  rejected: 1,
  refinedAgain: 0.25,
  edited: 0.7,
  editedOverOriginal: 0.5,
  undone: 0.8,
  ownWording: 0.7,
  ghostAccepted: 1,
  ghostAcceptedInPart: 0.7,
  ghostTypedAsOffered: 0.5,
  ghostDismissed: 0.25,
  compared: 1,
} as const;

/** What of the text before a caret stands in the caret's own sentence; a sentence that has ended leaves nothing. */
export function unfinishedSentence(before: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const last = [...line.matchAll(/[.!?…]["'”’)\]]*(?:\s+|$)/gu)].at(-1);
  return last ? line.slice(last.index + last[0].length) : line;
}

/** The comparisons that a decision implies; equal texts and empty weights are left out. */
export function evidence(input: EvidenceInput): EvidenceRow[] {
  return rows(input).filter(({ winner, loser, weight }) => winner !== loser && weight > 0);
}

function rows({ kind, original, candidate, finalText, share, seen, weights }: EvidenceInput): EvidenceRow[] {
  const w = evidenceWeight;
  const over = (winner: string, loser: string, weight: number): EvidenceRow => ({ winner, loser, weight });
  const others = seen.filter((text) => text !== candidate);
  switch (kind) {
    case 'accepted':
      if (candidate === null) return [];
      return [
        over(candidate, original, w.accepted),
        ...others.map((text) => over(candidate, text, w.acceptedOverSeen)),
      ];
    case 'acceptedInPart':
      if (finalText === null) return [];
      return [
        over(finalText, original, w.acceptedInPart),
        ...(candidate === null ? [] : [over(finalText, candidate, w.acceptedInPart * (1 - (share ?? 0.5)))]),
      ];
    case 'rejected':
      return (seen.length > 0 ? seen : candidate === null ? [] : [candidate]).map((text) =>
        over(original, text, w.rejected),
      );
    case 'refinedAgain':
      return candidate === null ? [] : [over(original, candidate, w.refinedAgain)];
    case 'edited':
      if (finalText === null) return [];
      return [
        ...(candidate === null ? [] : [over(finalText, candidate, w.edited)]),
        over(finalText, original, w.editedOverOriginal),
      ];
    case 'undone':
      return candidate === null ? [] : [over(original, candidate, w.undone)];
    case 'ownWording':
      if (finalText === null) return [];
      return [
        ...seen.map((text) => over(finalText, text, w.ownWording)),
        over(finalText, original, w.editedOverOriginal),
      ];
    case 'ghostAccepted':
      return candidate === null ? [] : [over(candidate, original, w.ghostAccepted)];
    case 'ghostAcceptedInPart':
      return candidate === null ? [] : [over(candidate, original, w.ghostAcceptedInPart * (share ?? 0))];
    case 'ghostTypedAsOffered':
      return candidate === null ? [] : [over(candidate, original, w.ghostTypedAsOffered)];
    case 'ghostDismissed':
      return candidate === null ? [] : [over(original, candidate, w.ghostDismissed)];
    case 'compared':
      if (candidate === null) return [];
      return others.map((text) => over(candidate, text, w.compared * (weights?.get(text) ?? share ?? 1)));
  }
}
