/** @file A pool whose answers have been read: their log-probs beside it, and both as JSON, for checkpoints and benchmarks. */
import type { ContextPool } from './candidates.ts';

/** For each set, the leader's first, for each answer one log-prob a token. */
export type Scores = readonly (readonly Float32Array[])[];

export interface ReadPool {
  readonly pool: ContextPool;
  /** Under the policy that wrote the pool. */
  readonly old: Scores;
  /** Under the policy before training. */
  readonly reference: Scores;
}

/** {@link ReadPool} as JSON has it. */
export interface PlainReadPool {
  readonly pool: ContextPool;
  readonly old: readonly (readonly (readonly number[])[])[];
  readonly reference: readonly (readonly (readonly number[])[])[];
}

export function plain({ pool, old, reference }: ReadPool): PlainReadPool {
  const numbers = (scores: Scores) => scores.map((set) => set.map((tokens) => Array.from(tokens)));
  return { pool, old: numbers(old), reference: numbers(reference) };
}

/** The very numbers again: half-way through JSON a float keeps its value. */
export function fromPlain({ pool, old, reference }: PlainReadPool): ReadPool {
  const floats = (scores: PlainReadPool['old']): Scores =>
    scores.map((set) => set.map((tokens) => Float32Array.from(tokens)));
  return { pool, old: floats(old), reference: floats(reference) };
}
