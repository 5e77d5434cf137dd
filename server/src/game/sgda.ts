/** @file Stackelberg gradient descent-ascent on a matrix game with exact gradients (ALGORITHM.md §2). Nothing is allocated in a step. */
import { totalVariation } from './kl.ts';
import { poolWeights } from './losses.ts';
import { gradientStep, playerRates } from './gradientStep.ts';
import type { Kappa } from './gradientStep.ts';
import type { MatrixGame } from './matrixGame.ts';
import { followerGradient, leaderGradient, referenceStrategies, softmaxInto, solvePool } from './pool.ts';
import { projectSimplex } from './projection.ts';
import type { Pool, Strategies } from './types.ts';

/**
 * `direct`: π ← Proj_Δ(π + η_L ∇_π f). `softmax`: the gradient step on logits, which the language model takes. `natural`: the step on
 * logits along ∇_π f itself, which is mirror ascent with entropy, the geometry of Nash-MD and EGPO.
 */
export type Parametrisation = 'direct' | 'softmax' | 'natural';

export interface SgdaOptions {
  readonly parametrisation: Parametrisation;
  readonly leaderRate: number;
  readonly kappa: Kappa;
}

/** One context's share of the state. */
interface Table {
  readonly pool: Pool;
  readonly strategies: Strategies;
  /** θ of the two players; unused by `direct`. */
  readonly leaderLogits: Float64Array;
  readonly followerLogits: Float64Array;
  readonly leaderGradient: Float64Array;
  readonly followerGradient: Float64Array;
  readonly leaderScratch: Float64Array;
  readonly followerScratch: Float64Array;
}

/**
 * Simultaneous steps of both players from the references. Each context has its own rows, so contexts are not weighted against each other,
 * and a follower's row is not weighted by π of the text it answers: the fixed point is the same, and no row starves.
 */
export class Sgda {
  /** [X]: current strategies; updated in place. */
  readonly strategies: readonly Strategies[];
  readonly #tables: readonly Table[];
  readonly #options: SgdaOptions;
  readonly #followerStep: number;

  constructor(game: MatrixGame, options: SgdaOptions) {
    const { followerRate, followerLossWeight } = playerRates(options.leaderRate, options.kappa);
    this.#options = options;
    this.#followerStep = followerRate * followerLossWeight;
    this.#tables = game.contexts.map((pool) => ({
      pool,
      strategies: referenceStrategies(pool),
      leaderLogits: pool.leaderLogReference.slice(),
      followerLogits: pool.followerLogReference.slice(),
      leaderGradient: new Float64Array(pool.leaders),
      followerGradient: new Float64Array(pool.leaders * pool.followers),
      leaderScratch: new Float64Array(pool.leaders),
      followerScratch: new Float64Array(pool.followers),
    }));
    this.strategies = this.#tables.map(({ strategies }) => strategies);
  }

  /** One step of both players in every context. */
  step(): void {
    for (const table of this.#tables) {
      if (this.#options.parametrisation === 'direct') this.#directStep(table);
      else this.#logitStep(table, this.#options.parametrisation);
    }
  }

  #directStep(table: Table): void {
    const { pool, strategies } = table;
    leaderGradient(pool, strategies, table.leaderGradient);
    followerGradient(pool, strategies, table.followerGradient);
    gradientStep(strategies.leader, table.leaderGradient, this.#options.leaderRate, 'ascent');
    gradientStep(strategies.follower, table.followerGradient, this.#followerStep, 'descent');
    projectSimplex(strategies.leader, 0, pool.leaders, table.leaderScratch);
    for (let k = 0; k < pool.leaders; k++) {
      projectSimplex(strategies.follower, k * pool.followers, pool.followers, table.followerScratch);
    }
  }

  #logitStep(table: Table, parametrisation: 'softmax' | 'natural'): void {
    const { pool, strategies } = table;
    if (parametrisation === 'softmax') {
      // The very weights that train a language model on a pool; both players step along them.
      poolWeights(pool, strategies, table.leaderGradient, table.followerGradient);
      gradientStep(table.followerLogits, table.followerGradient, this.#followerStep, 'ascent');
    } else {
      leaderGradient(pool, strategies, table.leaderGradient);
      followerGradient(pool, strategies, table.followerGradient);
      gradientStep(table.followerLogits, table.followerGradient, this.#followerStep, 'descent');
    }
    gradientStep(table.leaderLogits, table.leaderGradient, this.#options.leaderRate, 'ascent');
    softmaxInto(strategies.leader, table.leaderLogits, 0, pool.leaders);
    for (let k = 0; k < pool.leaders; k++) {
      softmaxInto(strategies.follower, table.followerLogits, k * pool.followers, pool.followers);
    }
  }
}

/**
 * A leader's rate at which both players are stable, the follower at κ times it. A step is stable where rate × curvature ≤ 1: for `direct`
 * the curvature is τ / (smallest probability of the solution), for `softmax` at most τ + ½, for `natural` τ.
 */
export function stableRate(game: MatrixGame, parametrisation: Parametrisation, kappa: number): number {
  let rate = Infinity;
  for (const pool of game.contexts) {
    const { leader, follower } = solvePool(pool);
    const limit = (p: Float64Array, tau: number): number => {
      if (parametrisation === 'direct') return p.reduce((least, pi) => Math.min(least, pi), 1) / tau;
      return parametrisation === 'softmax' ? 1 / (tau + 0.5) : 1 / tau;
    };
    rate = Math.min(rate, limit(leader, pool.tauLeader), limit(follower, pool.tauFollower) / kappa);
  }
  return rate;
}

/** The largest total variation to the closed form, over contexts, players and rows. */
export function distanceTo(
  game: MatrixGame,
  solution: readonly Strategies[],
  strategies: readonly Strategies[],
): number {
  let worst = 0;
  for (let x = 0; x < game.contexts.length; x++) {
    const pool = game.contexts[x]!; // index is in range, here and below
    worst = Math.max(worst, totalVariation(strategies[x]!.leader, solution[x]!.leader));
    for (let k = 0; k < pool.leaders; k++) {
      const rows = totalVariation(strategies[x]!.follower, solution[x]!.follower, k, pool.followers);
      worst = Math.max(worst, rows);
    }
  }
  return worst;
}

/** Steps until {@link distanceTo} the closed form is at most `tolerance`; the number of steps, or null when `limit` did not suffice. */
export function iterationsTo(
  game: MatrixGame,
  options: SgdaOptions,
  tolerance: number,
  limit: number,
): number | null {
  const solution = game.contexts.map(solvePool);
  const sgda = new Sgda(game, options);
  for (let t = 0; t <= limit; t++) {
    if (distanceTo(game, solution, sgda.strategies) <= tolerance) return t;
    sgda.step();
  }
  return null;
}
