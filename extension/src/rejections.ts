/** @file Whether the writer has rejected so much lately that going back to the adapter before is worth offering. Pure. */
import type { DecisionKind } from '../../server/protocol/messages.ts';

const remembered = 12;
const tooMany = 10;

export class Rejections {
  #last: boolean[] = [];

  /** Notes a decision; true when it is the tenth rejection in the last twelve decisions on refines. */
  note(kind: DecisionKind): boolean {
    if (kind !== 'accepted' && kind !== 'acceptedInPart' && kind !== 'rejected') return false;
    this.#last = [...this.#last, kind === 'rejected'].slice(-remembered);
    if (this.#last.filter(Boolean).length < tooMany) return false;
    this.#last = [];
    return true;
  }
}
