/** @file That somebody types, as the server sees it by itself: for editors that don't send `secondDraft/presence`. Built in server.ts. */

/** Keys in between tell nothing new: learning makes way for much longer. */
const everyMs = 2000;

export class TypingSignal {
  readonly #now: () => number;
  readonly #typed: () => void;
  #clientTells = false;
  #last = -Infinity;

  /** @param typed is called at the first key, and now and then while more follow */
  constructor(now: () => number, typed: () => void) {
    this.#now = now;
    this.#typed = typed;
  }

  /** A document was changed. */
  changed(): void {
    if (this.#clientTells || Math.abs(this.#now() - this.#last) < everyMs) return;
    this.#last = this.#now();
    this.#typed();
  }

  /** The client says itself when somebody types; it knows better. */
  clientTells(): void {
    this.#clientTells = true;
  }
}
