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
import {
  drawContexts,
  type ContextPool,
  type Preference,
  type TrainingContext,
  type Writing,
} from './candidates.ts';
import type { Checkpoint } from './checkpoint.ts';
import { divergence, groupOf } from './divergence.ts';
import type { AnswerGroup, LoraPolicy } from './loraPolicy.ts';
import { weigh, type MethodConfig, type ScoredPool, type SetScores, type SetWeights } from './methods.ts';
import type { Learner, StepMetric } from './learner.ts';
import { writePools } from './poolWriter.ts';
import { teachable } from './teachable.ts';

export interface TrainerConfig extends MethodConfig {
  readonly seed: number;
  readonly steps: number;
  readonly contextsPerStep: number;
  /** Distinct candidates of each role for a context. */
  readonly groupSize: number;
  /** Texts of a context that the follower answers in a round; 0 trains the leader alone. */
  readonly drafts: number;
  /** Of the follower: replies to the leader's drafts, then to replies. */
  readonly rounds: number;
  readonly temperature: number;
  readonly learningRate: number;
  /** Passes over a pool before the next is written. */
  readonly epochs: number;
  /** Most nats per token that the policy may move from where it began. */
  readonly klCap: number;
}

export const defaultTrainerConfig: TrainerConfig = {
  method: 'distil',
  betaLeader: 0.05,
  betaFollower: 0.05,
  kappa: 5,
  clip: 0.2,
  seed: 1,
  steps: 20,
  contextsPerStep: 4,
  groupSize: 8,
  drafts: 2,
  rounds: 1,
  temperature: 1,
  learningRate: 1e-3,
  epochs: 1,
  klCap: 0.4,
};

export interface TrainerParts {
  readonly transformer: Transformer;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  /** The teacher's: fitted on all decisions. */
  readonly preference: Preference;
  readonly contexts: readonly TrainingContext[];
  readonly config: TrainerConfig;
  /** Awaited between micro-steps: waits while paused, throws when cancelled. */
  readonly betweenSteps: () => Promise<void>;
  readonly onDoing: (doing: string) => void;
}

/** Parameters are pulled back a little further than the cap asks, so that the next step does not meet it again at once. */
const capSlack = 0.9;

export class Trainer implements Learner {
  /** All parameters are learned, no styles. */
  readonly shares = {};
  readonly followerShares = {};
  readonly corrections = null;
  readonly #parts: TrainerParts;
  /** The parameters before training: the reference policy. */
  readonly #reference: readonly Float32Array[];
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
    this.#step = resumed ? stepOf(resumed.checkpoint.progress) : 0;
  }

  get step(): number {
    return this.#step;
  }

  get steps(): number {
    return this.#parts.config.steps;
  }

  get done(): boolean {
    return this.#step >= this.#parts.config.steps;
  }

  /** What {@link Trainer} needs to go on, but for the adapter's provenance, which the caller knows. */
  state(): Pick<Checkpoint, 'optimiser' | 'rng' | 'progress'> {
    return { optimiser: this.#optimiser, rng: this.#rng.state(), progress: { step: this.#step } };
  }

  /** One pool of contexts: written, weighed, learned from. */
  async runStep(): Promise<StepMetric> {
    const { transformer, writing, preference, config, betweenSteps, onDoing } = this.#parts;
    onDoing('writing candidates');
    const contexts = drawContexts(this.#parts.contexts, config.contextsPerStep, this.#rng);
    const pools = await writePools(transformer, writing, contexts, {
      groupSize: config.groupSize,
      drafts: config.drafts,
      rounds: config.rounds,
      temperature: config.temperature,
      rng: this.#rng,
      betweenSteps,
    });
    onDoing('reading them');
    const sets = pools.flatMap(({ leader, followers }) => [leader, ...followers]);
    const groups = sets.map(groupOf);
    const old = needsOwnScores(config) ? await this.#score(groups) : null;
    const reference = await this.#underReference(() => this.#score(groups));
    const klToReference = divergence(sets, reference);
    onDoing('learning from them');
    let metric: Omit<StepMetric, 'step' | 'klToReference'> | undefined;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const now = old === null ? reference : epoch === 0 ? old : await this.#score(groups);
      const scored = regroup(pools, now, old ?? reference, reference);
      const weighed = scored.map((pool) => weigh(pool, preference, config));
      const { loss, signal } = await this.#update(
        pools,
        weighed.map(({ weights }) => weights),
      );
      metric ??= {
        loss,
        signal,
        leaderReward: mean(weighed.map(({ leaderReward }) => leaderReward)),
        followerReward: mean(weighed.map(({ followerReward }) => followerReward)),
      };
    }
    if (klToReference > config.klCap) this.#pullBack((capSlack * config.klCap) / klToReference);
    this.#step += 1;
    return { step: this.#step, klToReference, ...metric! }; // at least one epoch
  }

  async #score(groups: readonly AnswerGroup[]): Promise<readonly (readonly Float32Array[])[]> {
    return (await this.#parts.policy.scoreGroups(groups)).map(({ logProbs }) => logProbs);
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

type Scores = readonly (readonly Float32Array[])[];

function regroup(pools: readonly ContextPool[], now: Scores, old: Scores, reference: Scores): ScoredPool[] {
  let at = 0;
  const next = (): SetScores => {
    const scores = { now: now[at]!, old: old[at]!, reference: reference[at]! }; // one for each set
    at += 1;
    return scores;
  };
  return pools.map((pool) => ({ pool, leader: next(), followers: pool.followers.map(next) }));
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

function stepOf(progress: unknown): number {
  return typeof progress === 'object' && progress !== null && 'step' in progress ? Number(progress.step) : 0;
}
