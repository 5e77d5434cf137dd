/** @file What is drawn of each candidate, worked out once: while the next one is written, and while the writer types elsewhere, it stays the same. */
import { wordEdits, type OffsetEdit } from '../text/edits.ts';
import { diffWords, shareChanged } from '../text/wordDiff.ts';
import { candidateMarkdown, plainAbove } from './wordDiffMarkdown.ts';

interface Drawn {
  readonly markdown: string;
  /** What of the text goes with it; none where it is written anew. */
  readonly removed: readonly OffsetEdit[];
}

export class DrawnDiffs {
  #text: string | undefined;
  readonly #drawn = new Map<string, Drawn>();

  /** Of a candidate against the text as it is now. */
  of(text: string, candidate: string): Drawn {
    if (text !== this.#text) this.#drawn.clear();
    this.#text = text;
    let drawn = this.#drawn.get(candidate);
    if (!drawn) {
      drawn = { markdown: candidateMarkdown(text, candidate), removed: removedFrom(text, candidate) };
      this.#drawn.set(candidate, drawn);
    }
    return drawn;
  }
}

function removedFrom(text: string, candidate: string): readonly OffsetEdit[] {
  if (shareChanged(diffWords(text, candidate)) > plainAbove) return [];
  return wordEdits(text, candidate).filter((edit) => edit.end > edit.start);
}
