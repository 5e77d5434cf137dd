/** @file Whether the writer has rejected so much lately that going back to the adapter before is worth offering. Pure. */
import type { DecisionKind } from '../../../server/protocol/decisions.ts';

const remembered = 12;
const tooMany = 10;

export class Rejections {
  #last: boolean[] = [];

  /**
   * Notes a decision; true, and counted anew, when ten of the last twelve decisions on refines were rejections.
   * @param hasLearned whether there is an adapter to go back from; undefined: not known now, the next decision asks again
   */
  note(kind: DecisionKind, hasLearned: boolean | undefined): boolean {
    if (kind !== 'accepted' && kind !== 'acceptedInPart' && kind !== 'rejected') return false;
    this.#last = [...this.#last, kind === 'rejected'].slice(-remembered);
    if (hasLearned === undefined || this.#last.filter(Boolean).length < tooMany) return false;
    this.#last = [];
    return hasLearned;
  }
}
