/** @file Whether the machine runs on mains, as last heard: asking takes a while, and nobody waits for it. */

const heardForMs = 5 * 60_000;

export class LastKnownPower {
  readonly #ask: () => Promise<boolean>;
  readonly #now: () => number;
  #onMains = true;
  #askedAt = -Infinity;

  constructor(ask: () => Promise<boolean>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** True until something else is known; asks again in the background when the answer is old. */
  get onMains(): boolean {
    if (this.#now() - this.#askedAt >= heardForMs) {
      this.#askedAt = this.#now();
      void this.#ask().then(
        (onMains) => (this.#onMains = onMains),
        () => undefined, // who can't tell stays with what was known
      );
    }
    return this.#onMains;
  }
}
