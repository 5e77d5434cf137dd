/** @file What is learned from in one step: contexts with the texts that leader and follower wrote for them, and how the writer would judge. */
import type { Rng } from '../game/rng.ts';

/** A text to be refined, from the writer's own documents. */
export interface TrainingContext {
  readonly document: string;
  readonly original: string;
  readonly task: string;
  readonly instruction: string;
  /** The text that was decided on, where this is a piece of it. */
  readonly group?: string;
}

/** p(a ≻ b | original) as the writer's preference model says; antisymmetric. */
export type Preference = (original: string, a: string, b: string) => number;

/** At most `count` contexts, without replacement. */
export function drawContexts(
  contexts: readonly TrainingContext[],
  count: number,
  rng: Rng,
): TrainingContext[] {
  const left = [...contexts];
  const drawn: TrainingContext[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(rng.next() * left.length), 1));
  }
  return drawn;
}

/** How the product asks the model and what it would show of the answer; built from generation/ by trainerMain. */
export interface Writing {
  leaderPrompt(context: TrainingContext): readonly number[];
  followerPrompt(context: TrainingContext, draft: string): readonly number[];
  /**
   * The text that the writer would see; the text it began from where nothing was changed; null where nothing could be shown.
   * @param previous the draft that the follower was given
   */
  show(answer: readonly number[], ended: boolean, original: string, previous?: string): string | null;
  isEnd(token: number): boolean;
  countTokens(text: string): number;
}

/** Distinct answers to one prompt. */
export interface CandidateSet {
  readonly role: 'leader' | 'follower';
  readonly prompt: readonly number[];
  readonly answers: readonly (readonly number[])[];
  /** null: junk. */
  readonly texts: readonly (string | null)[];
  /** Sum of log π of each answer when it was drawn. */
  readonly drawn: Float64Array;
  /** For the follower: the draft it was shown. */
  readonly draft: string | null;
}

/** All that was written for one context. */
export interface ContextPool {
  readonly context: TrainingContext;
  readonly leader: CandidateSet;
  readonly followers: readonly CandidateSet[];
}

/** p(a ≻ b) where either may be junk: junk loses surely, almost. */
export function preferenceOf(
  preference: Preference,
  original: string,
  a: string | null,
  b: string | null,
): number {
  if (a === null && b === null) return 0.5;
  if (a === null) return junkWins;
  if (b === null) return 1 - junkWins;
  return preference(original, a, b);
}

const junkWins = 0.02;
