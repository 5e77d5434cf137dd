/**
 * @file The training loop of SLHF on a language model: draw contexts, write pools, weigh them by the game, step, keep the KL under its cap,
 * checkpoint. Resumes from its checkpoint with the same numbers. Knows no process and no protocol: trainerMain runs it.
 */
import { createRng, rngFromState, type Rng } from '../game/rng.ts';
import {
  adamwInit,
  adamwUpdate,
  clipScale,
  defaultAdamW,
  globalNorm,
  warmupCosine,
  type AdamWState,
} from '../tensor/adamw.ts';
import type { Transformer } from '../tensor/transformer.ts';
import type { CandidateSet, ContextPool, Preference, TrainingContext, Writing } from './candidates.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { AnswerGroup, LoraPolicy } from './loraPolicy.ts';
import {
  negligibleShare,
  weigh,
  type MethodConfig,
  type ScoredPool,
  type SetScores,
  type SetWeights,
} from './methods.ts';
import { writePools } from './poolWriter.ts';
import { fromPlain, plain, type PlainReadPool, type ReadPool, type Scores } from './readPool.ts';

export interface TrainerConfig extends MethodConfig {
  readonly seed: number;
  readonly steps: number;
  readonly contextsPerStep: number;
  /** Distinct candidates of each role for a context. */
  readonly groupSize: number;
  /** Candidates for each other wish beside them; see {@link PoolOptions.explored}. */
  readonly explored: number;
  /** Texts of a context that the follower answers in a round; 0 trains the leader alone. */
  readonly drafts: number;
  /** Of those, how many a step learns from, in turn: backward passes are what costs. */
  readonly taughtDrafts: number;
  /** Of the follower: replies to the leader's drafts, then to replies. */
  readonly rounds: number;
  readonly temperature: number;
  readonly learningRate: number;
  /** Updates in a row from the contexts of one step. */
  readonly epochs: number;
  /** Steps that learn from a context's pool before the policy, as it is then, writes a new one. */
  readonly reuse: number;
  /** Most nats per token that the policy may move from where it began. */
  readonly klCap: number;
}

export const defaultTrainerConfig: TrainerConfig = {
  method: 'distil',
  betaLeader: 0.01,
  betaFollower: 0.01,
  kappa: 5,
  clip: 0.2,
  seed: 1,
  steps: 20,
  contextsPerStep: 8,
  groupSize: 6,
  explored: 2,
  drafts: 2,
  taughtDrafts: 1,
  rounds: 1,
  temperature: 1,
  learningRate: 1e-3,
  epochs: 1,
  reuse: 4,
  klCap: 0.4,
};

export interface StepMetric {
  readonly step: number;
  readonly loss: number;
  readonly leaderReward: number;
  readonly followerReward: number;
  /** Mean nats per token of what was drawn, against the policy before training. */
  readonly klToReference: number;
  /** Cosine of the gradients of the two halves of the step's contexts: 1 all signal, 0 all noise. */
  readonly signal: number;
}

export interface TrainerParts {
  readonly transformer: Transformer;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  /** The teacher: fitted on decisions that the gate's judge never sees. */
  readonly preference: Preference;
  readonly contexts: readonly TrainingContext[];
  readonly config: TrainerConfig;
  /** Awaited between micro-steps: waits while paused, throws when cancelled. */
  readonly betweenSteps: () => Promise<void>;
  readonly onDoing: (doing: string) => void;
  /** Pools in place of the trainer's own writing: a benchmark writes those of the reference policy once for many runs. */
  readonly written?: (contexts: readonly TrainingContext[]) => readonly ReadPool[];
}

interface KeptPool extends ReadPool {
  /** Steps that learned from it. */
  used: number;
}

/** What a checkpoint remembers beside adapter, optimiser and generator. */
interface Progress {
  readonly step: number;
  /** Contexts that this sweep has yet to visit, by number. */
  readonly deck: readonly number[];
  readonly pools: readonly {
    readonly context: number;
    readonly used: number;
    readonly read: PlainReadPool;
  }[];
}

/** Parameters are pulled back a little further than the cap asks, so that the next step does not meet it again at once. */
const capSlack = 0.9;

export class Trainer {
  readonly #parts: TrainerParts;
  /** The parameters before training: the reference policy. */
  readonly #reference: readonly Float32Array[];
  readonly #pools: Map<number, KeptPool>;
  #deck: number[];
  #optimiser: AdamWState;
  #rng: Rng;
  #step = 0;

  /** @param resumed a checkpoint of the same run, whose adapter the transformer was loaded with; `reference` are the parameters it began with */
  constructor(
    parts: TrainerParts,
    resumed?: { readonly checkpoint: Checkpoint; readonly reference: readonly Float32Array[] },
  ) {
    if (parts.contexts.length === 0) throw new RangeError('There is no text to learn from.');
    this.#parts = parts;
    const { parameters } = parts.transformer;
    this.#reference = (resumed?.reference ?? parameters).map((values) => values.slice());
    this.#optimiser = resumed?.checkpoint.optimiser ?? adamwInit(parameters);
    this.#rng = resumed ? rngFromState(resumed.checkpoint.rng) : createRng(parts.config.seed);
    const { step, deck, pools } = progressOf(resumed?.checkpoint.progress);
    this.#step = step;
    this.#deck = [...deck];
    this.#pools = new Map(pools.map(({ context, used, read }) => [context, { ...fromPlain(read), used }]));
  }

  get step(): number {
    return this.#step;
  }

  get done(): boolean {
    return this.#step >= this.#parts.config.steps;
  }

  /** What {@link Trainer} needs to go on, but for the adapter's provenance, which the caller knows. */
  state(): Pick<Checkpoint, 'optimiser' | 'rng' | 'progress'> {
    const pools = [...this.#pools].map(([context, kept]) => ({
      context,
      used: kept.used,
      read: plain(kept),
    }));
    const progress: Progress = { step: this.#step, deck: this.#deck, pools };
    return { optimiser: this.#optimiser, rng: this.#rng.state(), progress };
  }

  /** A few contexts: written where that is due, weighed by the game, learned from. */
  async runStep(): Promise<StepMetric> {
    const { preference, config, onDoing } = this.#parts;
    const kept = await this.#poolsFor(this.#drawContexts());
    const pools = kept.map(({ pool }) => pool);
    const groups = pools.flatMap(({ leader, followers }) => [leader, ...followers]).map(groupOf);
    const reference = kept.flatMap((one) => one.reference);
    const old = kept.flatMap((one) => one.old);
    onDoing('learning from them');
    const taughtDrafts = config.method === 'oneSample' ? 1e9 : config.taughtDrafts; // its one reply is to the first
    let metric: Omit<StepMetric, 'step' | 'klToReference'> | undefined;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const fresh = epoch === 0 && kept.every(({ used }) => used === 0);
      const now = !needsOwnScores(config) ? reference : fresh ? old : await this.#score(groups);
      const scored = regroup(pools, now, old, reference);
      const weighed = scored.map((pool) => weigh(pool, preference, config));
      const weights = weighed.map((one, i) => inTurn(one.weights, kept[i]!.used, taughtDrafts)); // one for each
      const { loss, signal } = await this.#update(pools, weights);
      metric ??= {
        loss,
        signal,
        leaderReward: mean(weighed.map(({ leaderReward }) => leaderReward)),
        followerReward: mean(weighed.map(({ followerReward }) => followerReward)),
      };
    }
    for (const one of kept) one.used += 1;
    this.#step += 1;
    const klToReference = await this.#keepNear(pools[0]!, kept[0]!.reference); // a step has a context
    return { step: this.#step, klToReference, ...metric! }; // at least one epoch
  }

  /** Every context once, in an order of its own, before any comes again. */
  #drawContexts(): number[] {
    const { contexts, config } = this.#parts;
    const count = Math.min(config.contextsPerStep, contexts.length);
    const drawn: number[] = [];
    while (drawn.length < count) {
      if (this.#deck.length === 0) this.#deck = contexts.map((_, i) => i).filter((i) => !drawn.includes(i));
      drawn.push(...this.#deck.splice(Math.floor(this.#rng.next() * this.#deck.length), 1));
    }
    return drawn;
  }

  /** Those at hand, and new ones where there are none yet or where they were used often enough. */
  async #poolsFor(drawn: readonly number[]): Promise<KeptPool[]> {
    const { contexts, written, config, onDoing } = this.#parts;
    const due = drawn.filter((i) => (this.#pools.get(i)?.used ?? config.reuse) >= config.reuse);
    if (due.length > 0) {
      const asked = due.map((i) => contexts[i]!); // numbers of contexts
      onDoing('writing candidates');
      const read = written?.(asked) ?? (await this.#write(asked));
      due.forEach((i, at) => this.#pools.set(i, { ...read[at]!, used: 0 })); // one for each
    }
    return drawn.map((i) => this.#pools.get(i)!); // set just now, or before
  }

  async #write(contexts: readonly TrainingContext[]): Promise<ReadPool[]> {
    const { transformer, writing, config, betweenSteps, onDoing } = this.#parts;
    const pools = await writePools(transformer, writing, contexts, {
      ...config,
      rng: this.#rng,
      betweenSteps,
    });
    onDoing('reading them');
    const groups = pools.flatMap(({ leader, followers }) => [leader, ...followers]).map(groupOf);
    const reference = await this.#underReference(() => this.#score(groups));
    const old = needsOwnScores(config) ? await this.#score(groups) : reference;
    let at = 0;
    return pools.map((pool) => {
      const [from, to] = [at, (at += 1 + pool.followers.length)];
      return { pool, old: old.slice(from, to), reference: reference.slice(from, to) };
    });
  }

  async #score(groups: readonly AnswerGroup[]): Promise<Scores> {
    return (await this.#parts.policy.scoreGroups(groups)).map(({ logProbs }) => logProbs);
  }

  /**
   * The projection under the KL cap. The KL is estimated on the reference's own answers to one context of the step: mean log π_ref − log π a
   * token, weighed by the reference; where it is too much, all parameters move back.
   */
  async #keepNear({ leader }: ContextPool, reference: Scores): Promise<number> {
    const { klCap } = this.#parts.config;
    const [now] = await this.#score([
      { prompt: leader.prompt, answers: leader.answers.slice(0, leader.own) },
    ]);
    const kl = divergence(leader, reference[0]!, now!); // the leader's set comes first
    if (kl > klCap) this.#pullBack((capSlack * klCap) / kl);
    return kl;
  }

  /** Runs with the parameters from before training. */
  async #underReference<T>(work: () => Promise<T>): Promise<T> {
    const { transformer } = this.#parts;
    const current = transformer.parameters.map((values) => values.slice());
    this.#setParameters(this.#reference);
    try {
      return await work();
    } finally {
      this.#setParameters(current);
    }
  }

  #setParameters(values: readonly Float32Array[]): void {
    const { transformer } = this.#parts;
    transformer.parameters.forEach((parameter, i) => parameter.set(values[i]!)); // same order
    transformer.uploadParameters();
  }

  /** The gradient in two halves, whose agreement tells signal from noise; then one optimiser step. */
  async #update(
    pools: readonly ContextPool[],
    weights: readonly SetWeights[],
  ): Promise<{ loss: number; signal: number }> {
    const { transformer, policy, config } = this.#parts;
    const half = Math.ceil(pools.length / 2);
    const gradients: Float32Array[][] = [];
    let loss = 0;
    for (const [from, to] of [
      [0, half],
      [half, pools.length],
    ] as const) {
      transformer.zeroGradients();
      const taught = pools
        .slice(from, to)
        .flatMap((pool, i) => teachable(pool, weights[from + i]!, pools.length)); // one for each pool
      if (taught.length > 0) {
        loss += await policy.backwardGroups(
          taught.map(({ group }) => group),
          taught.map(({ tokens }) => tokens),
        );
      }
      gradients.push(transformer.readGradients().map((values) => values.slice()));
    }
    const [first, second] = gradients as [Float32Array[], Float32Array[]]; // two halves
    const signal = cosine(first, second);
    first.forEach((values, i) => {
      for (let k = 0; k < values.length; k++) values[k]! += second[i]![k]!; // same shapes
    });
    const rate = warmupCosine(
      {
        peak: config.learningRate,
        warmupSteps: 3,
        totalSteps: config.steps * config.epochs,
        finalFraction: 0.2,
      },
      this.#optimiser.step,
    );
    this.#optimiser = adamwUpdate(
      defaultAdamW,
      rate,
      transformer.parameters,
      first,
      this.#optimiser,
      clipScale(globalNorm(first), 1),
    );
    transformer.uploadParameters();
    return { loss, signal };
  }

  /** The projection under the KL cap: parameters move toward the reference by the square root of what is too much, as KL is quadratic near it. */
  #pullBack(share: number): void {
    const keep = Math.sqrt(share);
    const { parameters } = this.#parts.transformer;
    parameters.forEach((values, i) => {
      const from = this.#reference[i]!; // same order
      for (let k = 0; k < values.length; k++) values[k] = from[k]! + keep * (values[k]! - from[k]!);
    });
    this.#parts.transformer.uploadParameters();
  }
}

/** Only these hold what they learn against the policy as it was when the pool was written. */
function needsOwnScores({ method }: TrainerConfig): boolean {
  return method !== 'distil';
}

const groupOf = ({ prompt, answers }: CandidateSet): AnswerGroup => ({ prompt, answers });

/** Mean nats a token of KL(π_ref ‖ π) over the policy's own answers, each weighed by its probability under the reference. */
function divergence(
  set: CandidateSet,
  reference: readonly Float32Array[],
  now: readonly Float32Array[],
): number {
  const sums = (scores: readonly Float32Array[]): Float64Array =>
    Float64Array.from({ length: set.own }, (_, k) => scores[k]!.reduce((total, x) => total + x, 0)); // one for each answer
  const [before, after] = [sums(reference), sums(now)];
  const weight = softmax(before);
  let [sum, tokens] = [0, 0];
  weight.forEach((share, k) => {
    sum += share * (before[k]! - after[k]!); // as long as the weights
    tokens += share * set.answers[k]!.length;
  });
  return Math.max(0, sum / Math.max(1, tokens));
}

function softmax(values: Float64Array): Float64Array {
  const largest = Math.max(...values);
  const p = values.map((x) => Math.exp(x - largest));
  const total = p.reduce((sum, x) => sum + x, 0);
  return p.map((x) => x / total);
}

function regroup(pools: readonly ContextPool[], now: Scores, old: Scores, reference: Scores): ScoredPool[] {
  let at = 0;
  const next = (): SetScores => {
    const scores = { now: now[at]!, old: old[at]!, reference: reference[at]! }; // one for each set
    at += 1;
    return scores;
  };
  return pools.map((pool) => ({ pool, leader: next(), followers: pool.followers.map(next) }));
}

/** The weights of the leader's set and of `count` of the follower's, which stand for all of them; the next ones at the next visit. */
function inTurn(weights: SetWeights, visit: number, count: number): SetWeights {
  const [leader, ...followers] = weights;
  const { length } = followers;
  if (leader === undefined || count >= length) return weights;
  const taught = new Set(Array.from({ length: count }, (_, i) => (visit * count + i) % length));
  const scaled = (weight: number | Float32Array): number | Float32Array =>
    typeof weight === 'number' ? (weight * length) / count : weight.map((w) => (w * length) / count);
  return [leader, ...followers.map((set, i) => (taught.has(i) ? set.map(scaled) : set.map(() => 0)))];
}

/** The answers with weights worth their time, and a weight for each token; divided by the number of contexts. */
function teachable(
  { leader, followers }: ContextPool,
  weights: SetWeights,
  contexts: number,
): { group: AnswerGroup; tokens: Float32Array[] }[] {
  const least = leastWeight(weights.flat().map(magnitude));
  return [leader, ...followers].flatMap((set, s) => {
    const chosen = set.answers.map((_, k) => k).filter((k) => magnitude(weights[s]![k]!) > least); // one for each answer
    if (chosen.length === 0) return [];
    const answers = chosen.map((k) => set.answers[k]!);
    const tokens = chosen.map((k, i) => {
      const weight = weights[s]![k]!;
      const { length } = answers[i]!;
      // Every answer counts alike, whatever its length: the loss is a mean over its tokens.
      return Float32Array.from(
        { length },
        (_, t) => (typeof weight === 'number' ? weight / length : weight[t]! / length) / contexts,
      );
    });
    return [{ group: { prompt: set.prompt, answers }, tokens }];
  });
}

/** The smallest weights are left out, together {@link negligibleShare} of all: they cost as much time as the others and teach nothing. */
function leastWeight(magnitudes: readonly number[]): number {
  const rising = [...magnitudes].sort((a, b) => a - b);
  let left = negligibleShare * rising.reduce((sum, size) => sum + size, 0);
  let least = 0;
  for (const size of rising) {
    left -= size;
    if (left < 0) break;
    least = size;
  }
  return least;
}

function magnitude(weight: number | Float32Array): number {
  return typeof weight === 'number'
    ? Math.abs(weight)
    : weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
}

function cosine(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const norm = globalNorm(a) * globalNorm(b);
  if (norm === 0) return 0;
  let dot = 0;
  a.forEach((values, i) => {
    for (let k = 0; k < values.length; k++) dot += values[k]! * b[i]![k]!; // same shapes
  });
  return dot / norm;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
}

/** Of a checkpoint of this version; whatever else there is begins at its step with pools to be written anew. */
function progressOf(progress: unknown): Progress {
  const found = typeof progress === 'object' && progress !== null ? progress : {};
  const step = 'step' in found ? Number(found.step) : 0;
  if (!('deck' in found) || !('pools' in found)) return { step, deck: [], pools: [] };
  const { deck, pools } = found as Progress; // written by state()
  return { step, deck, pools };
}
