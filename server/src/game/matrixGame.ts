/** @file Games with finitely many contexts and actions: one pool per context, with the antisymmetry of preferences checked on entry. */
import { createPool, poolValue, solvePool } from './pool.ts';
import type { PoolInput } from './pool.ts';
import { GameError } from './types.ts';
import type { Pool, Strategies } from './types.ts';

export interface MatrixGame {
  /** [X]: one square pool per context. */
  readonly contexts: readonly Pool[];
  /** [X]: the probability of each context; sums to 1. */
  readonly contextWeights: Float64Array;
  readonly actions: number;
}

/** One context; `preference` is square, antisymmetric (p + pᵀ = 1), with ½ on its diagonal. */
type MatrixContext = Omit<PoolInput, 'tauLeader' | 'tauFollower'>;

export interface MatrixGameInput {
  readonly contexts: readonly MatrixContext[];
  /** [X]; uniform when left out. */
  readonly contextWeights?: ArrayLike<number>;
  readonly tauLeader: number;
  readonly tauFollower: number;
}

const antisymmetryTolerance = 1e-9;

/** Copies and checks. Throws a {@link GameError} that names the entry it cannot take. */
export function createMatrixGame(input: MatrixGameInput): MatrixGame {
  const actions = input.contexts[0]?.preference.length;
  if (actions === undefined) throw new GameError('contexts', 'is empty');
  const contexts = input.contexts.map((context, x) => {
    const where = `contexts[${x}].`;
    const pool = named(where, () =>
      createPool({ ...context, tauLeader: input.tauLeader, tauFollower: input.tauFollower }),
    );
    if (pool.leaders !== actions || pool.followers !== actions) {
      throw new GameError(
        `${where}preference`,
        `is ${pool.leaders}×${pool.followers}, not ${actions}×${actions}`,
      );
    }
    for (let a = 0; a < actions; a++) {
      for (let b = a; b < actions; b++) {
        const sum = pool.preference[a * actions + b]! + pool.preference[b * actions + a]!; // index is in range
        if (Math.abs(sum - 1) > antisymmetryTolerance) {
          throw new GameError(`${where}preference[${a},${b}]`, `and its mirror add up to ${sum}, not 1`);
        }
      }
    }
    return pool;
  });
  const contextWeights = new Float64Array(contexts.length).fill(1 / contexts.length);
  if (input.contextWeights) {
    const given = Float64Array.from(input.contextWeights);
    if (given.length !== contexts.length) {
      throw new GameError('contextWeights', `has ${given.length} entries, not ${contexts.length}`);
    }
    given.forEach((weight, x) => {
      if (!(weight >= 0 && weight <= 1))
        throw new GameError(`contextWeights[${x}]`, `is ${weight}, not a probability`);
    });
    const sum = given.reduce((total, weight) => total + weight, 0);
    if (Math.abs(sum - 1) > 1e-9) throw new GameError('contextWeights', `sums to ${sum}, not 1`);
    contextWeights.set(given);
  }
  return { contexts, contextWeights, actions };
}

function named<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof GameError) || error.entry.startsWith('tau')) throw error;
    throw new GameError(where + error.entry, error.message.slice(error.entry.length + 1));
  }
}

/** The closed form of every context: they do not interact. */
export function solveGame(game: MatrixGame): Strategies[] {
  return game.contexts.map(solvePool);
}

/** f(π, ω) = E_x of the value of each context. */
export function gameValue(game: MatrixGame, strategies: readonly Strategies[]): number {
  return game.contexts.reduce(
    (sum, pool, x) => sum + game.contextWeights[x]! * poolValue(pool, strategies[x]!), // one pair per context
    0,
  );
}
