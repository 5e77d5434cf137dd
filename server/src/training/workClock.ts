/** @file A clock that stands while a run waits for the writer, or the machine sleeps: what learning may take is time that it worked. */

/**
 * No step takes so long: a large model reads the prompts of eight texts in some minutes on two cores. What lies longer between two steps
 * was sleep, of which on some systems the clock knows nothing.
 */
const longestStepMs = 15 * 60_000;

export class WorkClock {
  readonly #now: () => number;
  #waitedMs = 0;
  #waitingSince: number | undefined;
  #lastStep: number;

  /** @param now monotonic, ms */
  constructor(now: () => number) {
    this.#now = now;
    this.#lastStep = now();
  }

  /** Milliseconds of work. */
  get elapsed(): number {
    const now = this.#now();
    const asleep = this.#sleptFrom(now) ? this.#lastStep : now;
    return (this.#waitingSince ?? asleep) - this.#waitedMs;
  }

  stop(): void {
    this.#passSleep();
    this.#waitingSince ??= this.#now();
  }

  /** Called between steps, also where nothing was waited for. */
  go(): void {
    if (this.#waitingSince === undefined) {
      this.#passSleep();
      return;
    }
    this.#lastStep = this.#now();
    this.#waitedMs += this.#lastStep - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  #passSleep(): void {
    if (this.#waitingSince !== undefined) return;
    const now = this.#now();
    if (this.#sleptFrom(now)) this.#waitedMs += now - this.#lastStep;
    this.#lastStep = now;
  }

  #sleptFrom(now: number): boolean {
    return now - this.#lastStep > longestStepMs;
  }
}
