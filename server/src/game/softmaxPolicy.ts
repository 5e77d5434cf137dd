/** @file The tabular policy: one softmax per row. It trains through the same seam as the language model, so the losses are checked on it. */
import { softmaxInto } from './pool.ts';
import { GameError } from './types.ts';
import type { TrainablePolicy, Vector } from './types.ts';

/**
 * A text of the table: token t is `actions[t]`, drawn in row `rows[t]`. A leader's move is one token in its context's row; a follower's
 * is one token in the row of what it was shown; a text of several tokens has the row of each prefix.
 */
export interface TabularSequence {
  readonly rows: readonly number[];
  readonly actions: readonly number[];
}

export class TabularSoftmaxPolicy implements TrainablePolicy<TabularSequence> {
  readonly rows: number;
  readonly actions: number;
  /** [rows, actions]: θ. */
  readonly logits: Float64Array;
  /** [rows, actions]: accumulated by {@link backward}; the caller steps with it and clears it. */
  readonly gradient: Float64Array;
  readonly #logReference: Float64Array;
  readonly #row: Float64Array;

  /** Starts at the reference: [rows, actions] log-probs, each row normalised. */
  constructor(logReference: Float64Array, actions: number) {
    if (!(actions > 0) || logReference.length % actions !== 0) {
      throw new GameError('logReference', `has ${logReference.length} entries, not rows of ${actions}`);
    }
    logReference.forEach((value, i) => {
      if (!Number.isFinite(value))
        throw new GameError(`logReference[${i}]`, `is ${value}: a reference needs full support`);
    });
    this.rows = logReference.length / actions;
    this.actions = actions;
    this.#logReference = logReference.slice();
    this.logits = logReference.slice();
    this.gradient = new Float64Array(logReference.length);
    this.#row = new Float64Array(actions);
  }

  /** π(·|row), in an array that the next call overwrites. */
  probabilities(row: number): Float64Array {
    const start = row * this.actions;
    for (let i = 0; i < this.actions; i++) this.#row[i] = this.logits[start + i]!; // index is in range
    softmaxInto(this.#row, this.#row, 0, this.actions);
    return this.#row;
  }

  logProbs({ rows, actions }: TabularSequence): Float64Array {
    return Float64Array.from(rows, (row, t) => Math.log(this.probabilities(row)[actions[t]!]!)); // one action per row
  }

  referenceLogProbs({ rows, actions }: TabularSequence): Float64Array {
    return Float64Array.from(rows, (row, t) => this.#logReference[row * this.actions + actions[t]!]!); // one action per row
  }

  /** ∂(−Σ w_t log π(a_t|s_t))/∂θ_s,a = Σ_t w_t (π(a|s_t) − [a = a_t]) in the rows that were visited. */
  backward({ rows, actions }: TabularSequence, weights: Vector): void {
    for (let t = 0; t < rows.length; t++) {
      const start = rows[t]! * this.actions; // index is in range, here and below
      const p = this.probabilities(rows[t]!);
      for (let a = 0; a < this.actions; a++) this.gradient[start + a]! += weights[t]! * p[a]!;
      this.gradient[start + actions[t]!]! -= weights[t]!;
    }
  }
}
