/** @file Random games for the tests of game/: seeded, so that a failure names a game that can be made again. */
import { createMatrixGame } from '../../../server/src/game/matrixGame.ts';
import type { MatrixGame } from '../../../server/src/game/matrixGame.ts';
import type { Rng } from '../../../server/src/game/rng.ts';

/** Positive numbers that sum to 1, none below a quarter of uniform. */
export function randomDistribution(rng: Rng, count: number): number[] {
  const raw = Array.from({ length: count }, () => 0.3 + rng.next());
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value / sum);
}

/** 2 to 8 actions, one or two contexts, references of full support, temperatures in [0.4, 2.4). */
export function randomGame(rng: Rng, actions = 2 + Math.floor(rng.next() * 7)): MatrixGame {
  const contexts = Array.from({ length: 1 + Math.floor(rng.next() * 2) }, () => {
    const preference = Array.from({ length: actions }, () => new Array<number>(actions).fill(0.5));
    for (let a = 0; a < actions; a++) {
      for (let b = a + 1; b < actions; b++) {
        const p = rng.next();
        preference[a]![b] = p;
        preference[b]![a] = 1 - p;
      }
    }
    return {
      preference,
      leaderReference: randomDistribution(rng, actions),
      followerReference: preference.map(() => randomDistribution(rng, actions)),
    };
  });
  return createMatrixGame({
    contexts,
    contextWeights: randomDistribution(rng, contexts.length),
    tauLeader: 0.4 + 2 * rng.next(),
    tauFollower: 0.4 + 2 * rng.next(),
  });
}
