/**
 * @file What one more token in a batch costs here, as a share of a step with one token: measured while the model writes, since it
 * is .1 on one machine and .4 on the next. decode.ts asks it how long a guess pays.
 */

/** Before anything was measured. */
const expected = 0.2;
/** Each step fades the ones before it by this much. */
const memory = 0.97;
/** Steps after which the measurement is believed. */
const enough = 8;
/** A step that takes this many times what it should was held up by something else. */
const outlier = 2;

export class StepCost {
  /** Faded sums of a line through (tokens − 1, milliseconds). */
  #n = 0;
  #x = 0;
  #y = 0;
  #xx = 0;
  #xy = 0;

  /** @param tokens evaluated in one step, at least 1 @param ms that it took */
  note(tokens: number, ms: number): void {
    const line = this.#line();
    const x = tokens - 1;
    const y = line ? Math.min(ms, outlier * (line.base + line.each * x)) : ms;
    this.#n = memory * this.#n + 1;
    this.#x = memory * this.#x + x;
    this.#y = memory * this.#y + y;
    this.#xx = memory * this.#xx + x * x;
    this.#xy = memory * this.#xy + x * y;
  }

  /** 0 (further tokens are free) to 1 (they cost as much as steps of their own). */
  get share(): number {
    const line = this.#line();
    return line ? Math.min(1, Math.max(0.02, line.each / line.base)) : expected;
  }

  /** The least-squares line; undefined while steps of one length only were seen, or the line makes no sense. */
  #line(): { readonly base: number; readonly each: number } | undefined {
    const spread = this.#n * this.#xx - this.#x * this.#x;
    if (this.#n < enough || spread < 1e-6 * this.#n * this.#n) return undefined;
    const each = (this.#n * this.#xy - this.#x * this.#y) / spread;
    const base = (this.#y - each * this.#x) / this.#n;
    return base > 0 && each >= 0 ? { base, each } : undefined;
  }
}
