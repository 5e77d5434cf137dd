/**
 * @file From a pool of candidates to one weight for each token: how the product learns, and what it is compared with. Everything that is
 * SLHF comes from game/, the code that is checked against the closed form. Weights are those of −Σ w_t log π(token_t).
 */
import { advantageHalf, advantageLeaveOneOut, normaliseGroups } from '../game/advantage.ts';
import { clippedTokenWeights, poolAdvantages, sequenceLogRatio } from '../game/losses.ts';
import { createPool, solvePool } from '../game/pool.ts';
import type { Pool } from '../game/types.ts';
import { preferenceOf, type CandidateSet, type ContextPool, type Preference } from './candidates.ts';

/**
 * `distil`: the closed form of the game on the pool, fitted by weighted likelihood. `sgda`: exact expectations over the pool, normalised
 * advantages, clipped ratios. `oneSample`: plain SGDA, one draft and one reply a context. Controls: `rloo`, a scalar Bradley–Terry reward
 * with leave-one-out baselines, and `dpo`, online DPO on the best and the worst of a pool; both know no follower's game.
 */
export type Method = 'distil' | 'sgda' | 'oneSample' | 'rloo' | 'dpo';

export interface MethodConfig {
  readonly method: Method;
  /** τ of the leader and of the follower: how much a nat of KL costs. */
  readonly betaLeader: number;
  readonly betaFollower: number;
  /** Weight of the follower's loss. */
  readonly kappa: number;
  /** PPO's ε. */
  readonly clip: number;
}

/** Log-probs of a set's answers, one number for each token. */
export interface SetScores {
  readonly now: readonly Float32Array[];
  readonly old: readonly Float32Array[];
  readonly reference: readonly Float32Array[];
}

export interface ScoredPool {
  readonly pool: ContextPool;
  readonly leader: SetScores;
  readonly followers: readonly SetScores[];
}

/** `weights[s][k]`: of answer k of set s (leader first, then the followers); a number stands for all tokens of the answer. */
export type SetWeights = readonly (readonly (number | Float32Array)[])[];

export interface Weighed {
  readonly weights: SetWeights;
  /** Mean reward of both roles, for the record. */
  readonly leaderReward: number;
  readonly followerReward: number;
}

/** The smallest weights that together are this share of all teach nothing worth their time. */
export const negligibleShare = 0.02;

export function weigh(scored: ScoredPool, preference: Preference, config: MethodConfig): Weighed {
  const game = gameOf(scored, preference, config);
  const rewards = rewardsOf(scored, game);
  const weights = {
    distil: () => distil(game),
    sgda: () => sgda(scored, game, config),
    oneSample: () => oneSample(scored, game, config),
    rloo: () => rloo(scored, preference, config),
    dpo: () => dpo(scored, preference, config),
  }[config.method]();
  return { weights, ...rewards };
}

interface PoolGame {
  /** The leader's texts against every text that was written as a reply. */
  readonly leader: Pool;
  /** One row for each draft that was answered: the follower's own replies. */
  readonly replies: readonly Pool[];
  readonly kappa: number;
}

/**
 * The game on what was drawn. The follower's actions against any draft of the leader are the replies to all drafts together; how likely
 * each is under the reference is what the replies to that very draft say, or else the mean over the drafts that were answered.
 */
function gameOf(
  { pool, leader, followers }: ScoredPool,
  preference: Preference,
  config: MethodConfig,
): PoolGame {
  const { original } = pool.context;
  const { betaLeader: tauLeader, betaFollower: tauFollower, kappa } = config;
  const taus = { tauLeader, tauFollower };
  const references = followers.map(({ reference }) => poolReference(reference));
  const replies = pool.followers.map((set, i) =>
    createPool({
      ...taus,
      preference: [set.texts.map((reply) => preferenceOf(preference, original, set.draft, reply))],
      followerReference: [references[i]!], // one for each set
    }),
  );
  const actions = [
    ...new Set((pool.followers.length > 0 ? pool.followers : [pool.leader]).flatMap(({ texts }) => texts)),
  ];
  const massOf = pool.followers.map(({ texts }, i) => massByText(texts, references[i]!, actions)); // one for each set
  const meanMass = normalise(actions.map((_, m) => 1e-3 + massOf.reduce((sum, mass) => sum + mass[m]!, 0)));
  const leaderGame = createPool({
    ...taus,
    preference: pool.leader.texts.map((y) =>
      actions.map((reply) => preferenceOf(preference, original, y, reply)),
    ),
    leaderReference: poolReference(leader.reference),
    followerReference: pool.leader.texts.map((y) => {
      const answered = pool.followers.findIndex(({ draft }) => draft === y);
      return answered < 0 ? meanMass : normalise(massOf[answered]!.map((mass) => 1e-3 + mass)); // found
    }),
  });
  return { leader: leaderGame, replies, kappa };
}

/** How much of the reference's mass each of `actions` has. */
function massByText(
  texts: CandidateSet['texts'],
  reference: Float64Array,
  actions: CandidateSet['texts'],
): number[] {
  return actions.map((action) =>
    texts.reduce((sum, text, k) => (text === action ? sum + reference[k]! : sum), 0),
  );
}

function normalise(mass: readonly number[]): number[] {
  const total = mass.reduce((sum, x) => sum + x, 0);
  return mass.map((x) => x / total);
}

/** The reference policy over the pool: its log-probs of whole answers, normalised; none has less than a thousandth. */
function poolReference(reference: readonly Float32Array[]): Float64Array {
  const sums = Float64Array.from(reference, (tokens) => tokens.reduce((sum, x) => sum + x, 0));
  const largest = Math.max(...sums);
  const p = sums.map((sum) => Math.max(1e-3, Math.exp(sum - largest)));
  return Float64Array.from(normalise(Array.from(p)));
}

function rewardsOf({ pool }: ScoredPool, game: PoolGame): { leaderReward: number; followerReward: number } {
  const mean = (values: Float64Array): number =>
    values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
  const replies = game.replies.map(({ preference }) => 1 - mean(preference));
  return {
    leaderReward: mean(game.leader.preference),
    followerReward:
      pool.followers.length === 0 ? 0.5 : replies.reduce((sum, x) => sum + x, 0) / replies.length,
  };
}

/** The closed form's probabilities as likelihood weights; they sum to 1 for the leader and to κ over the drafts for the follower. */
function distil({ leader, replies, kappa }: PoolGame): SetWeights {
  const solved = solvePool(leader);
  const share = kappa / Math.max(1, replies.length);
  return [
    Array.from(solved.leader),
    ...replies.map((pool) => Array.from(solvePool(pool).follower, (p) => share * p)),
  ];
}

/** Advantages over the pool; the strategies are uniform, because the candidates were drawn from the policies. */
function sgda(scored: ScoredPool, { leader, replies, kappa }: PoolGame, config: MethodConfig): SetWeights {
  const drawn = (pool: Pool) => ({
    leader: new Float64Array(pool.leaders).fill(1 / pool.leaders),
    follower: new Float64Array(pool.leaders * pool.followers).fill(1 / pool.followers),
  });
  const ofLeader = new Float64Array(leader.leaders);
  poolAdvantages(leader, drawn(leader), ofLeader, new Float64Array(leader.preference.length));
  normaliseGroups(ofLeader, ofLeader.length);
  const sets = [clippedSet(ofLeader, scored.leader, config.betaLeader, config.clip, 1 / ofLeader.length)];
  replies.forEach((pool, i) => {
    const advantages = new Float64Array(pool.followers);
    poolAdvantages(pool, drawn(pool), new Float64Array(1), advantages);
    normaliseGroups(advantages, advantages.length);
    const share = kappa / (replies.length * advantages.length);
    sets.push(clippedSet(advantages, scored.followers[i]!, config.betaFollower, config.clip, share)); // one for each pool
  });
  return sets;
}

/** The reference: the first draft and the first reply to it, P − ½. Stochastic beams are ordered as samples are. */
function oneSample(
  scored: ScoredPool,
  { leader, replies, kappa }: PoolGame,
  config: MethodConfig,
): SetWeights {
  const nothing = (set: CandidateSet): number[] => set.answers.map(() => 0);
  const weights: (number | Float32Array)[][] = [scored.pool.leader, ...scored.pool.followers].map(nothing);
  const reply = replies[0];
  const advantage = new Float64Array(1);
  const meanOfFirst =
    leader.preference.slice(0, leader.followers).reduce((sum, p) => sum + p, 0) / leader.followers;
  advantageHalf(Float64Array.of(reply ? reply.preference[0]! : meanOfFirst), advantage); // a pool has a reply
  const first = (scores: SetScores): SetScores => ({
    now: scores.now.slice(0, 1),
    old: scores.old.slice(0, 1),
    reference: scores.reference.slice(0, 1),
  });
  weights[0]![0] = clippedSet(advantage, first(scored.leader), config.betaLeader, config.clip, 1)[0]!; // one answer
  if (reply) {
    const opposite = Float64Array.of(-advantage[0]!);
    weights[1]![0] = clippedSet(
      opposite,
      first(scored.followers[0]!),
      config.betaFollower,
      config.clip,
      kappa,
    )[0]!;
  }
  return weights;
}

/** One scalar for each text: the log-odds of preferring it to the original. */
function scalarRewards(set: CandidateSet, original: string, preference: Preference): Float64Array {
  return Float64Array.from(set.texts, (text) => {
    const p = Math.min(0.98, Math.max(0.02, preferenceOf(preference, original, text, original)));
    return Math.log(p / (1 - p));
  });
}

function rloo(scored: ScoredPool, preference: Preference, config: MethodConfig): SetWeights {
  const { original } = scored.pool.context;
  const sets = [scored.pool.leader, ...scored.pool.followers];
  return sets.map((set, s) => {
    const scores = s === 0 ? scored.leader : scored.followers[s - 1]!; // one for each set
    const rewards = scalarRewards(set, original, preference);
    const advantages = new Float64Array(rewards.length);
    if (rewards.length < 2) return set.answers.map(() => 0);
    advantageLeaveOneOut(rewards, rewards.length, advantages);
    normaliseGroups(advantages, advantages.length);
    const share = (s === 0 ? 1 : config.kappa / (sets.length - 1)) / rewards.length;
    return clippedSet(advantages, scores, config.betaLeader, config.clip, share);
  });
}

/** −log σ(β (margin of log-ratios)) of the best against the worst by the preference model: w = ±β σ(−β margin). */
function dpo(scored: ScoredPool, preference: Preference, config: MethodConfig): SetWeights {
  const { original } = scored.pool.context;
  const sets = [scored.pool.leader, ...scored.pool.followers];
  return sets.map((set, s) => {
    const scores = s === 0 ? scored.leader : scored.followers[s - 1]!; // one for each set
    const rewards = scalarRewards(set, original, preference);
    const [best, worst] = [rewards.indexOf(Math.max(...rewards)), rewards.indexOf(Math.min(...rewards))];
    const weights = set.answers.map(() => 0);
    if (best === worst) return weights;
    const ratio = (k: number): number => sequenceLogRatio(scores.now[k]!, scores.reference[k]!); // one for each answer
    const pull = dpoBeta / (1 + Math.exp(dpoBeta * (ratio(best) - ratio(worst))));
    const share = s === 0 ? 1 : config.kappa / (sets.length - 1);
    weights[best] = share * pull;
    weights[worst] = -share * pull;
    return weights;
  });
}

/** DPO's β; the usual 0.1. */
const dpoBeta = 0.1;

function clippedSet(
  advantages: Float64Array,
  { now, old, reference }: SetScores,
  beta: number,
  clip: number,
  share: number,
): Float32Array[] {
  return now.map((logProbs, k) => {
    const out = new Float32Array(logProbs.length);
    clippedTokenWeights(advantages[k]!, beta, logProbs, old[k]!, reference[k]!, 'perToken', clip, out); // one for each answer
    for (let t = 0; t < out.length; t++) out[t]! *= share; // in range
    return out;
  });
}
