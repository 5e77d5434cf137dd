/**
 * @file `npm run bench:game`: SLHF beside its peers on the same finite games; writes docs/figures/condorcet.svg.
 * Every algorithm gets exact gradients and the best of one grid of rates on each game, and must come within 1e-6 (total variation) of its
 * own solution: SLHF of the Stackelberg closed form, the others of the regularised Nash policy. Nash-MD goes by its paper's schedule.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { condorcetGame } from '../server/src/game/condorcet.ts';
import { exploitability } from '../server/src/game/diagnostics.ts';
import { entropy, totalVariation } from '../server/src/game/kl.ts';
import { createMatrixGame } from '../server/src/game/matrixGame.ts';
import type { MatrixGame } from '../server/src/game/matrixGame.ts';
import { solvePool } from '../server/src/game/pool.ts';
import { createRng } from '../server/src/game/rng.ts';
import { distanceTo, iterationsTo, Sgda, stableRate } from '../server/src/game/sgda.ts';
import type { Parametrisation } from '../server/src/game/sgda.ts';
import type { Pool } from '../server/src/game/types.ts';
import { figure } from './game/figure.ts';
import { egpo, nashMd, onlineIpo, regularisedNash, rlhf } from './game/peers.ts';
import type { PeerStep } from './game/peers.ts';
import { printResult } from './support.ts';

const tolerance = 1e-6;
const limit = 20_000;
const rates = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Nash-MD's theorem promises 1 / t, so it gets more time than what converges geometrically. */
const nashMdLimit = 1_000_000;
const games = 30;

function randomSquare(seed: number, actions: number, tau: number): MatrixGame {
  const rng = createRng(seed);
  const preference = Array.from({ length: actions }, () => new Array<number>(actions).fill(0.5));
  for (let a = 0; a < actions; a++) {
    for (let b = a + 1; b < actions; b++) {
      preference[a]![b] = rng.next(); // index is in range
      preference[b]![a] = 1 - preference[a]![b]!;
    }
  }
  return createMatrixGame({ contexts: [{ preference }], tauLeader: tau, tauFollower: tau });
}

function peerIterations(pool: Pool, target: Float64Array, step: PeerStep, most: number): number | null {
  const policy = pool.leaderLogReference.map(Math.exp);
  for (let t = 0; t <= most; t++) {
    const distance = totalVariation(policy, target);
    if (distance <= tolerance) return t;
    if (Number.isNaN(distance)) return null;
    step(policy);
  }
  return null;
}

/** The fewest iterations over the grid of rates; null when no rate arrives. */
function fewest(run: (rate: number, most: number) => number | null): number | null {
  let best: number | null = null;
  for (const rate of rates) {
    const found = run(rate, best ?? limit);
    if (found !== null && (best === null || found < best)) best = found;
  }
  return best;
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
  return middle === Infinity ? null : middle;
}

const sgda =
  (parametrisation: Parametrisation, kappa: number) =>
  (game: MatrixGame): number | null =>
    fewest((leaderRate, most) =>
      iterationsTo(
        game,
        { parametrisation, leaderRate, kappa: { as: 'rateRatio', value: kappa } },
        tolerance,
        most,
      ),
    );
const peer =
  (make: (pool: Pool, rate: number) => PeerStep) =>
  (game: MatrixGame): number | null => {
    const pool = game.contexts[0]!; // one context
    const target = regularisedNash(pool);
    return fewest((rate, most) => peerIterations(pool, target, make(pool, rate), most));
  };

/** By the schedule of its theorem: at a constant rate it never comes within the tolerance. */
function nashMdIterations(game: MatrixGame): number | null {
  const pool = game.contexts[0]!; // one context
  return peerIterations(pool, regularisedNash(pool), nashMd(pool, 'decaying'), nashMdLimit);
}

const contenders: Readonly<Record<string, (game: MatrixGame) => number | null>> = {
  'SLHF natural κ=1': sgda('natural', 1),
  'SLHF natural κ=5': sgda('natural', 5),
  'SLHF natural κ=20': sgda('natural', 20),
  'SLHF softmax κ=5': sgda('softmax', 5),
  'SLHF direct κ=5': sgda('direct', 5),
  'Nash-MD': nashMdIterations,
  EGPO: peer(egpo),
  'Online IPO': peer(onlineIpo),
};

// 1. Iterations, per temperature; the figures are those of τ = 0.5.
const medians = new Map<string, number | null>();
console.log(
  `Iterations to ${tolerance}, median of ${games} random 8×8 games and on the cycle (.40, .35, .25); "–": not within ${limit} (Nash-MD ${nashMdLimit})`,
);
for (const tau of [0.5, 0.2]) {
  const set = Array.from({ length: games }, (_, i) => randomSquare(1000 + i, 8, tau));
  const cycle = condorcetGame({ shares: [0.4, 0.35, 0.25], tauLeader: tau, tauFollower: tau });
  const rows = Object.entries(contenders).map(([name, iterations]) => {
    const counts = set.map(iterations);
    if (tau === 0.5) medians.set(name, median(counts));
    return {
      tau,
      algorithm: name,
      random: median(counts) ?? '–',
      arrived: `${counts.filter((count) => count !== null).length}/${games}`,
      cycle: iterations(cycle) ?? '–',
    };
  });
  console.table(rows);
}

// 2. Distance to the closed form at the stable rate, all κ and parametrisations.
let maxTv = 0;
for (let i = 0; i < games; i++) {
  const game = randomSquare(2000 + i, 8, 0.5);
  for (const parametrisation of ['direct', 'softmax', 'natural'] as const) {
    for (const kappa of [1, 5, 20]) {
      const leaderRate = stableRate(game, parametrisation, kappa);
      const run = new Sgda(game, { parametrisation, leaderRate, kappa: { as: 'rateRatio', value: kappa } });
      for (let t = 0; t < limit; t++) run.step();
      maxTv = Math.max(maxTv, distanceTo(game, game.contexts.map(solvePool), run.strategies));
    }
  }
}
console.log(`Largest distance to the closed form after ${limit} iterations: ${maxTv.toExponential(2)}`);

// 3. The answers on the cycle, and who beats whom.
const tau = 0.01;
const game = condorcetGame({ shares: [0.4, 0.35, 0.25], tauLeader: tau, tauFollower: tau });
const pool = game.contexts[0]!; // one context
const even = Float64Array.of(0, 1, 1, 1, 0, 1, 1, 1, 0);
// Pairs of A and B, or of B and C, shown fifty times as often as the others.
const often = (a: number, b: number): Float64Array => {
  const pairs = even.slice();
  pairs[a * 3 + b] = pairs[b * 3 + a] = 50;
  return pairs;
};
const slhf = solvePool(pool);
const answers: Readonly<Record<string, Float64Array>> = {
  'SLHF leader': slhf.leader,
  'NLHF (regularised Nash)': regularisedNash(pool),
  'RLHF, pairs evenly': rlhf(pool, even),
  'RLHF, A–B often': rlhf(pool, often(0, 1)),
  'RLHF, B–C often': rlhf(pool, often(1, 2)),
};
const wins = (a: Float64Array, b: Float64Array): number =>
  a.reduce(
    (sum, pa, i) => sum + b.reduce((inner, pb, j) => inner + pa * pb * pool.preference[i * 3 + j]!, 0),
    0,
  ); // index is in range
/** The follower's win rate when it sees a draft of `policy`. */
const followerWins = (policy: Float64Array): number =>
  1 -
  policy.reduce(
    (sum, pa, i) =>
      sum + pa * [0, 1, 2].reduce((s, j) => s + slhf.follower[i * 3 + j]! * pool.preference[i * 3 + j]!, 0),
    0,
  );
console.log(`\nAnswers on the cycle (.40, .35, .25), τ = ${tau}; win rate of the row against the column`);
console.table(
  Object.fromEntries(
    Object.entries(answers).map(([name, policy]) => [
      name,
      {
        A: policy[0]!.toFixed(3),
        B: policy[1]!.toFixed(3),
        C: policy[2]!.toFixed(3),
        entropy: entropy(policy).toFixed(3),
        exploitability: exploitability(pool, { leader: policy, follower: slhf.follower }).toFixed(3),
        ...Object.fromEntries(
          Object.entries(answers).map(([other, opponent]) => [
            `vs ${other}`,
            wins(policy, opponent).toFixed(3),
          ]),
        ),
        'SLHF follower wins': followerWins(policy).toFixed(3),
      },
    ]),
  ),
);

// 4. Speed: 1,000 iterations of an 8×8 game.
const timed = (parametrisation: Parametrisation): number => {
  const eight = randomSquare(1, 8, 0.5);
  const times = Array.from({ length: 9 }, () => {
    const run = new Sgda(eight, { parametrisation, leaderRate: 0.01, kappa: { as: 'rateRatio', value: 5 } });
    const start = performance.now();
    for (let t = 0; t < 1000; t++) run.step();
    return performance.now() - start;
  });
  return median(times) ?? Infinity;
};
const speed = { direct: timed('direct'), softmax: timed('softmax'), natural: timed('natural') };
console.log(`ms per 1,000 iterations, 8×8, median of 9: ${JSON.stringify(speed)}`);

// 5. The figure.
const start = Float64Array.of(0.2, 0.5, 0.3);
function peerPath(step: PeerStep, from: Float64Array, count: number): Float64Array[] {
  const policy = from.slice();
  return Array.from({ length: count }, () => {
    const now = policy.slice();
    step(policy);
    return now;
  });
}
function slhfPath(): Float64Array[] {
  const from = createMatrixGame({
    contexts: [
      {
        preference: [0, 1, 2].map((a) => [...pool.preference.subarray(3 * a, 3 * a + 3)]),
        leaderReference: start,
      },
    ],
    tauLeader: tau,
    tauFollower: tau,
  });
  const run = new Sgda(from, {
    parametrisation: 'natural',
    leaderRate: 0.5,
    kappa: { as: 'rateRatio', value: 5 },
  });
  return Array.from({ length: 600 }, () => {
    const now = run.strategies[0]!.leader.slice(); // one context
    run.step();
    return now;
  });
}
const rlhfPath = (pairs: Float64Array): Float64Array[] => {
  // RLHF's own path: mirror ascent on the fitted reward from the same start.
  const end = rlhf(pool, pairs);
  return Array.from({ length: 200 }, (_, t) => {
    const s = t / 199;
    const mixed = start.map((p, a) => p ** (1 - s) * end[a]! ** s); // same length
    const sum = mixed.reduce((total, p) => total + p, 0);
    return mixed.map((p) => p / sum);
  });
};
const url = new URL('../docs/figures/condorcet.svg', import.meta.url);
mkdirSync(new URL('.', url), { recursive: true });
writeFileSync(
  url,
  figure([
    {
      title: 'SLHF',
      caption: 'a corner: the largest share',
      paths: [{ label: 'leader, SGDA κ = 5', points: slhfPath() }],
    },
    {
      title: 'NLHF',
      caption: 'the mixture that nobody beats',
      paths: [{ label: 'EGPO, η = 0.2', points: peerPath(egpo(pool, 0.2), start, 3000) }],
    },
    {
      title: 'RLHF',
      caption: 'depends on the pairs that were shown',
      paths: [
        { label: 'pairs evenly', points: rlhfPath(even) },
        { label: 'A–B fifty times as often', points: rlhfPath(often(0, 1)) },
        { label: 'B–C fifty times as often', points: rlhfPath(often(1, 2)) },
      ],
    },
  ]),
);

const result = (name: string): number | null => medians.get(name) ?? null;
printResult('game', null, {
  maxTvToClosedForm: maxTv,
  // κ and the rate are SLHF's to choose, as the rate is its peers'; at the default κ = 5 beside it.
  sgdaIterations: result('SLHF natural κ=1'),
  sgdaKappa5Iterations: result('SLHF natural κ=5'),
  sgdaSoftmaxIterations: result('SLHF softmax κ=5'),
  sgdaDirectIterations: result('SLHF direct κ=5'),
  nashMdIterations: result('Nash-MD'),
  egpoIterations: result('EGPO'),
  onlineIpoIterations: result('Online IPO'),
  msPer1000Iterations: speed.softmax,
});
