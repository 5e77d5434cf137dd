/** @file What the two ways of learning have in common: steps, their metrics, and a state that goes into checkpoints. */
import type { Checkpoint } from './checkpoint.ts';

export interface StepMetric {
  readonly step: number;
  readonly loss: number;
  readonly leaderReward: number;
  readonly followerReward: number;
  /** Mean nats per token against the policy before training. */
  readonly klToReference: number;
  /** How sure the step was of its direction, −1 to 1. */
  readonly signal: number;
}

export interface Learner {
  readonly step: number;
  /** At most. */
  readonly steps: number;
  readonly done: boolean;
  /** How much of each ready style was mixed in; none where all parameters are learned. */
  readonly shares: Readonly<Record<string, number>>;
  /** What the follower has of each beside that; none where one adapter plays both roles. */
  readonly followerShares: Readonly<Record<string, number>>;
  /** How well ordinary corrections were known before and are known now, where it has measured that. */
  readonly corrections: { readonly before: number | null; readonly now: number | null } | null;
  runStep(): Promise<StepMetric>;
  /** What is needed to go on, but for the adapter, which the transformer holds. */
  state(): Pick<Checkpoint, 'optimiser' | 'rng' | 'progress'>;
}
