/** @file How far a pair of strategies is from the solution, and what it looks like: for tests, benchmarks and the interactive page. */
import { entropy, klToLog } from './kl.ts';
import { distanceTo } from './sgda.ts';
import { solveGame } from './matrixGame.ts';
import type { MatrixGame } from './matrixGame.ts';
import { payoff, solvePool } from './pool.ts';
import type { Pool, Strategies } from './types.ts';

export interface Diagnostics {
  /** What both players together could still gain: ≥ 0, and 0 at the solution alone. */
  readonly exploitability: number;
  /** The largest total variation to the closed form. */
  readonly distance: number;
  /** E_x KL(π ‖ π_ref). */
  readonly leaderKl: number;
  /** E_x E_{y~π} KL(ω ‖ ω_ref). */
  readonly followerKl: number;
  /** E_x H(π), in nats. */
  readonly leaderEntropy: number;
}

/** max over π' of f(π', ω) for a fixed ω: τ_L · log Σ π_ref exp(payoff/τ_L). */
function bestLeaderValue(pool: Pool, follower: Float64Array): number {
  const scaled = Array.from(
    { length: pool.leaders },
    (_, k) => pool.leaderLogReference[k]! + payoff(pool, follower, k) / pool.tauLeader, // index is in range
  );
  const max = Math.max(...scaled);
  return pool.tauLeader * (max + Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - max), 0)));
}

/** min over ω' of f(π, ω'): every row plays its best reply, so the payoff is V. */
function bestFollowerValue(pool: Pool, leader: Float64Array, value: Float64Array): number {
  const regularised = -pool.tauLeader * klToLog(leader, pool.leaderLogReference, 0, pool.leaders);
  return leader.reduce((sum, pk, k) => sum + pk * value[k]!, regularised); // same length
}

/** max_π' f(π', ω) − min_ω' f(π, ω') of one context, the duality gap. */
export function exploitability(pool: Pool, { leader, follower }: Strategies): number {
  return bestLeaderValue(pool, follower) - bestFollowerValue(pool, leader, solvePool(pool).value);
}

/** All figures, as expectations over the contexts. */
export function diagnose(game: MatrixGame, strategies: readonly Strategies[]): Diagnostics {
  const mean = (figure: (pool: Pool, pair: Strategies) => number): number =>
    game.contexts.reduce((sum, pool, x) => sum + game.contextWeights[x]! * figure(pool, strategies[x]!), 0); // one pair per context
  return {
    exploitability: mean(exploitability),
    distance: distanceTo(game, solveGame(game), strategies),
    leaderKl: mean((pool, { leader }) => klToLog(leader, pool.leaderLogReference, 0, pool.leaders)),
    followerKl: mean((pool, { leader, follower }) =>
      leader.reduce(
        (sum, pk, k) => sum + pk * klToLog(follower, pool.followerLogReference, k, pool.followers),
        0,
      ),
    ),
    leaderEntropy: mean((_, { leader }) => entropy(leader)),
  };
}
