/** @file A clock that stands while a run waits for the writer: what learning may take is time that it worked. */
export class WorkClock {
  readonly #now: () => number;
  #waitedMs = 0;
  #waitingSince: number | undefined;

  /** @param now monotonic, ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds of work. */
  get elapsed(): number {
    return (this.#waitingSince ?? this.#now()) - this.#waitedMs;
  }

  stop(): void {
    this.#waitingSince ??= this.#now();
  }

  go(): void {
    if (this.#waitingSince === undefined) return;
    this.#waitedMs += this.#now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }
}
