/** @file The words that game/ and its callers share: vectors, the policy seam, the game on a finite pool, the error for bad input. */

/** Numbers side by side; matrices are row-major. Single precision comes from models, double from tables. */
export type Vector = Float32Array | Float64Array;

/** The two players. The leader maximises f, the follower minimises it (ALGORITHM.md §1). */
export type Role = 'leader' | 'follower';

/** An input that the game cannot be played with; `entry` names the offending number, such as `preference[0,2]`. */
export class GameError extends Error {
  readonly entry: string;

  constructor(entry: string, problem: string) {
    super(`${entry} ${problem}`);
    this.name = 'GameError';
    this.entry = entry;
  }
}

/**
 * What a policy must offer to be trained (ARCHITECTURE.md §2). losses.ts makes one weight per generated token, the policy turns
 * weights into a gradient. {@link TabularSoftmaxPolicy} and the LoRA language model implement it, so that the losses which are
 * checked against the closed form are the losses that train the model.
 *
 * `Sequence` is whatever the policy can score: a prompt and the tokens of its answer, or a row and one action.
 */
export interface TrainablePolicy<Sequence> {
  /** log π_θ(token_t | prompt, tokens before t) of every generated token; length T. */
  logProbs(sequence: Sequence): Vector;
  /** The same under the frozen reference policy; length T. */
  referenceLogProbs(sequence: Sequence): Vector;
  /** Adds the gradient of −Σ_t w_t · log π_θ(token_t) to the policy's accumulated gradient; `weights` has length T and is constant. */
  backward(sequence: Sequence, weights: Vector): void;
}

/**
 * The game of one context over finitely many texts: K texts of the leader, and for each M replies of the follower.
 * A matrix game has K = M = its actions; for a language model the texts are sampled candidates.
 */
export interface Pool {
  /** K. */
  readonly leaders: number;
  /** M. */
  readonly followers: number;
  /** [K, M]: p(y_k ≻ y'_km), in [0, 1]. */
  readonly preference: Float64Array;
  /** [K]: log π_ref over the pool; its exponentials sum to 1. */
  readonly leaderLogReference: Float64Array;
  /** [K, M]: log ω_ref(·|y_k); the exponentials of every row sum to 1. */
  readonly followerLogReference: Float64Array;
  /** τ_L > 0. */
  readonly tauLeader: number;
  /** τ_F > 0. */
  readonly tauFollower: number;
}

/** A pair of strategies on a pool, as probabilities. */
export interface Strategies {
  /** [K]: π. */
  readonly leader: Float64Array;
  /** [K, M]: ω(·|y_k). */
  readonly follower: Float64Array;
}
