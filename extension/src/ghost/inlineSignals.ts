/**
 * @file What became of ghost text, inferred from stable events only: the offer, the item's command, document changes, selection
 * changes. Pure; ghostText.ts feeds it the editor's events. The weights of the evidence are the server's.
 */
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import type { DecideParams } from '../../../server/protocol/decisions.ts';
import type { TextChange } from '../text/rangeTracking.ts';
import { countWords } from '../text/wordDiff.ts';

/** Shown for less than this, it may not have been seen at all. */
export const seenAfterMs = 750;
/** Retyping this many words of an offer is agreement, not coincidence. */
const typedWords = 3;

export interface Offer {
  readonly uri: string;
  /** Where the text would go, UTF-16. */
  readonly offset: number;
  readonly text: string;
  readonly contextId: ContextId;
  readonly candidateId: CandidateId;
}

/** How the caret came to its place: VS Code names the keyboard when somebody typed, and nothing when an edit moved it. */
export type SelectionCause = 'keyboard' | 'mouse' | 'command' | 'none';

export interface SignalListener {
  decided(decision: DecideParams): void;
  /** The text was seen and put away: it stays away in this place. */
  dismissed(offer: Offer): void;
  /** Anything but a dismissal. */
  welcomed(offer: Offer): void;
}

interface Live {
  readonly offer: Offer;
  readonly since: number;
  /** How much of the text stands in the document. */
  taken: number;
  takenByAccept: number;
  /** Inserted by the last change, until a selection event says how. */
  pending: number;
}

export class InlineSignals {
  readonly #listener: SignalListener;
  readonly #now: () => number;
  #live: Live | undefined;

  constructor(listener: SignalListener, now: () => number) {
    this.#listener = listener;
    this.#now = now;
  }

  /** The text that is still offered, with its place; what a new request at that place is answered with. */
  get remaining(): { offer: Offer; offset: number; text: string } | undefined {
    const live = this.#live;
    if (!live || live.taken >= live.offer.text.length) return undefined;
    return {
      offer: live.offer,
      offset: live.offer.offset + live.taken,
      text: live.offer.text.slice(live.taken),
    };
  }

  offered(offer: Offer): void {
    if (this.#live?.offer.candidateId === offer.candidateId) return;
    this.#end('replaced');
    this.#live = { offer, since: this.#now(), taken: 0, takenByAccept: 0, pending: 0 };
  }

  /** The item's command ran: Tab, or the word-wise accept that completed it. */
  accepted(candidateId: CandidateId): Offer | undefined {
    const live = this.#live;
    if (live?.offer.candidateId !== candidateId) return undefined;
    this.#live = undefined;
    const { contextId } = live.offer;
    this.#listener.decided({ contextId, candidateId, kind: 'ghostAccepted' });
    this.#listener.welcomed(live.offer);
    return live.offer;
  }

  changed(uri: string, changes: readonly TextChange[]): void {
    const live = this.#live;
    if (live?.offer.uri !== uri || changes.length === 0) return;
    this.#settle('keyboard');
    const [change] = changes;
    const more = changes.length === 1 && change !== undefined ? takenBy(change, live) : 0;
    if (more > 0) {
      live.pending = more;
      return;
    }
    // A paste, or another provider's text, says nothing about ours.
    const isTyping = changes.length === 1 && change !== undefined && change.text.length <= 2;
    this.#end(isTyping ? 'put away' : 'lost');
  }

  caretMoved(uri: string, caret: number, cause: SelectionCause): void {
    const live = this.#live;
    if (!live) return;
    if (live.offer.uri !== uri) {
      this.#end('lost');
      return;
    }
    this.#settle(cause);
    if (caret !== live.offer.offset + live.taken) this.#end('put away');
  }

  /** The window or the editor lost the focus. */
  lost(): void {
    this.#end('lost');
  }

  /** What the last change inserted was typed or accepted; the selection event that follows a change tells. */
  #settle(cause: SelectionCause): void {
    const live = this.#live;
    if (!live?.pending) return;
    live.taken += live.pending;
    if (cause !== 'keyboard') live.takenByAccept += live.pending;
    live.pending = 0;
  }

  #end(how: 'put away' | 'replaced' | 'lost'): void {
    const live = this.#live;
    if (!live) return;
    this.#settle('keyboard');
    this.#live = undefined;
    const { offer, taken, takenByAccept } = live;
    const { contextId, candidateId } = offer;
    if (takenByAccept > 0) {
      const share = takenByAccept / offer.text.length;
      const finalText = offer.text.slice(0, taken);
      this.#listener.decided({ contextId, candidateId, kind: 'ghostAcceptedInPart', share, finalText });
      this.#listener.welcomed(offer);
    } else if (countWords(offer.text.slice(0, taken)) >= typedWords) {
      this.#listener.decided({ contextId, candidateId, kind: 'ghostTypedAsOffered' });
      this.#listener.welcomed(offer);
    } else if (how === 'put away' && this.#now() - live.since >= seenAfterMs) {
      this.#listener.decided({ contextId, candidateId, kind: 'ghostDismissed' });
      this.#listener.dismissed(offer);
    }
  }
}

/**
 * How much more of the offered text stands in the document by this change; 0 where it is about something else. The accept that completes
 * a text writes again what was taken of it before.
 */
function takenBy(change: TextChange, { offer, taken }: Live): number {
  const from = change.offset - offer.offset;
  const to = from + change.text.length;
  const replacesTaken = from >= 0 && from + change.length === taken;
  return replacesTaken && to > taken && offer.text.slice(from, to) === change.text ? to - taken : 0;
}
