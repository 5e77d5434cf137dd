/**
 * @file The LoRA language model as a policy that game/ can train: log-probs, reference log-probs and weighted gradients of sampled
 * answers. Used by the forked trainer. All log-probs of a policy's ratio come from this engine, never half from llama.cpp (ENGINE §7).
 */
import type { TrainablePolicy } from '../game/types.ts';
import { pack, packSharedGroups } from '../tensor/packing.ts';
import type { Batch, Sequence, SharedGroup } from '../tensor/packing.ts';
import type { Transformer } from '../tensor/transformer.ts';

/** A prompt and the answer's tokens, both as the model's token ids; the answer ends with the end-of-turn token if it ended. */
export interface PromptAnswer {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/** One prompt with all its sampled answers: the prompt is computed once (ENGINE §5). */
export interface AnswerGroup {
  readonly prompt: readonly number[];
  readonly answers: readonly (readonly number[])[];
}

/** Scores of one group: for each answer one number for each token. */
export interface GroupScores {
  readonly logProbs: readonly Float32Array[];
}

/** A micro-batch never has more packed tokens than this; longer groups are split. */
export interface LoraPolicyOptions {
  readonly maxTokens: number;
  /** Awaited between layers by the asynchronous methods: waits while paused, throws when cancelled. */
  readonly betweenLayers?: () => Promise<void>;
}

export class LoraPolicy implements TrainablePolicy<PromptAnswer> {
  readonly #transformer: Transformer;
  readonly #maxTokens: number;
  readonly #betweenLayers: () => Promise<void>;

  /** The transformer stays the caller's, who disposes it. */
  constructor(transformer: Transformer, options: LoraPolicyOptions) {
    this.#transformer = transformer;
    this.#maxTokens = options.maxTokens;
    this.#betweenLayers = options.betweenLayers ?? (() => new Promise((resolve) => setImmediate(resolve)));
  }

  logProbs(sequence: PromptAnswer): Float32Array {
    return this.#transformer.run(pack([packable(sequence)])).logProbs;
  }

  /** Under the base model without the adapter. */
  referenceLogProbs(sequence: PromptAnswer): Float32Array {
    return this.#asReference(() => this.logProbs(sequence));
  }

  backward(sequence: PromptAnswer, weights: ArrayLike<number>): void {
    if (weights.length !== sequence.answer.length) {
      throw new RangeError(`${weights.length} weights for an answer of ${sequence.answer.length} tokens.`);
    }
    this.#transformer.run(pack([{ ...packable(sequence), weights }]), { training: true });
  }

  /** Log-probs of all answers of all groups, in as few packed batches as {@link LoraPolicyOptions.maxTokens} allows. */
  async scoreGroups(groups: readonly AnswerGroup[]): Promise<GroupScores[]> {
    const scores: { logProbs: Float32Array[] }[] = groups.map(() => ({ logProbs: [] }));
    for (const { packed, parts } of this.#batches(groups.map(shared))) {
      const { logProbs } = await this.#transformer.runAsync(packed, {}, this.#betweenLayers);
      let at = 0;
      for (const { index, completions } of parts) {
        for (const { length } of completions) {
          scores[index]?.logProbs.push(logProbs.slice(at, at + length));
          at += length;
        }
      }
    }
    return scores;
  }

  /**
   * Adds the gradient of −Σ w_t log π(token_t) over all groups. `weights[g][k][t]` belongs to token t of answer k of group g.
   * @returns Σ −w_t log π(token_t)
   */
  async backwardGroups(
    groups: readonly AnswerGroup[],
    weights: readonly (readonly ArrayLike<number>[])[],
  ): Promise<number> {
    const weighted = groups.map((group, i) => ({ ...shared(group), weights: weights[i] ?? [] }));
    let loss = 0;
    for (const batch of this.#batches(weighted)) {
      const result = await this.#transformer.runAsync(batch.packed, { training: true }, this.#betweenLayers);
      loss += result.loss;
    }
    return loss;
  }

  /** Whole groups side by side while they fit; a group too long for one batch is split, its prompt computed again. */
  #batches(groups: readonly SharedGroup[]): { packed: Batch; parts: GroupPart[] }[] {
    const parts = groups.flatMap((group, index) => splitGroup(group, index, this.#maxTokens));
    const batches: { packed: Batch; parts: GroupPart[] }[] = [];
    for (let i = 0; i < parts.length;) {
      const taken: GroupPart[] = [];
      let tokens = 0;
      for (; i < parts.length; i++) {
        const part = parts[i]!; // i < length
        if (taken.length > 0 && tokens + packedTokens(part) > this.#maxTokens) break;
        taken.push(part);
        tokens += packedTokens(part);
      }
      batches.push({ packed: packSharedGroups(taken), parts: taken });
    }
    return batches;
  }

  #asReference<T>(compute: () => T): T {
    this.#transformer.setAdapterStrength(0);
    try {
      return compute();
    } finally {
      this.#transformer.setAdapterStrength(1);
    }
  }
}

interface GroupPart extends SharedGroup {
  readonly index: number;
}

const packable = ({ prompt, answer }: PromptAnswer): Sequence => ({ prompt, completion: answer });

const shared = ({ prompt, answers }: AnswerGroup): SharedGroup => ({ prompt, completions: answers });

/** Upper bound, with the alignment to 16. */
const packedTokens = ({ prompt, completions }: SharedGroup): number =>
  completions.reduce((sum, { length }) => sum + Math.max(0, length - 1), prompt.length) + 15;

function splitGroup(group: SharedGroup, index: number, maxTokens: number): GroupPart[] {
  const { prompt, completions, weights } = group;
  const parts: GroupPart[] = [];
  let first = 0;
  const part = (from: number, to: number): GroupPart => ({
    index,
    prompt,
    completions: completions.slice(from, to),
    ...(weights === undefined ? {} : { weights: weights.slice(from, to) }),
  });
  for (let end = 1; end <= completions.length; end++) {
    const fits = end < completions.length && packedTokens(part(first, end + 1)) <= maxTokens;
    if (fits) continue;
    parts.push(part(first, end));
    first = end;
  }
  return parts;
}
