/** @file How often a crashed server is started again before the writer is asked. Pure. */
export class CrashBudget {
  readonly #allowed: number;
  readonly #withinMs: number;
  readonly #now: () => number;
  #times: number[] = [];

  /** The crash number `allowed` within `withinMs` is the one after which nothing is restarted. */
  constructor(allowed: number, withinMs: number, now: () => number) {
    this.#allowed = allowed;
    this.#withinMs = withinMs;
    this.#now = now;
  }

  /** Notes a crash; true when the server may be started again. */
  spend(): boolean {
    const time = this.#now();
    this.#times = [...this.#times.filter((earlier) => time - earlier < this.#withinMs), time];
    return this.#times.length < this.#allowed;
  }

  reset(): void {
    this.#times = [];
  }
}
