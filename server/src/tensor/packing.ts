/**
 * @file Packed batches: several sequences one after the other, so that matrix products see all tokens at once and no padding is
 * computed but the few tokens up to the next multiple of 16 (ENGINE §5).
 */

export interface Sequence {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
  /** w_t of each completion token; default 1. */
  readonly weights?: ArrayLike<number>;
}

/** Tokens [start, start + length) see each other as `mask` says; without one each sees itself and what is before it. */
export interface AttentionGroup {
  readonly start: number;
  readonly length: number;
  /** [length, length] in ggml order (row = the token that looks): 0 or −∞. */
  readonly mask?: Float32Array;
}

export interface Batch {
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  readonly groups: readonly AttentionGroup[];
  /** Entry i of the loss: row `rows[i]` predicts `targets[i]` with weight `weights[i]`. */
  readonly rows: readonly number[];
  readonly targets: readonly number[];
  readonly weights: readonly number[];
}

const alignment = 16;

class BatchBuilder implements Batch {
  readonly tokens: number[] = [];
  readonly positions: number[] = [];
  readonly groups: AttentionGroup[] = [];
  readonly rows: number[] = [];
  readonly targets: number[] = [];
  readonly weights: number[] = [];

  token(id: number, position: number): void {
    this.tokens.push(id);
    this.positions.push(position);
  }

  loss(row: number, target: number, weight: number): void {
    this.rows.push(row);
    this.targets.push(target);
    this.weights.push(weight);
  }

  /** Fills up with tokens that no other sees. */
  align(): void {
    while (this.tokens.length % alignment !== 0) this.token(0, 0);
  }
}

/** Each sequence attends to itself alone. The entries of the loss are the completions' tokens, in order. */
export function pack(sequences: readonly Sequence[]): Batch {
  return packMasked(
    sequences.map(({ prompt, completion, weights }) => ({
      ids: [...prompt, ...completion],
      weights: [
        ...prompt.map(() => null),
        ...completion.map((_, i) => (weights === undefined ? 1 : (weights[i] ?? 0))),
      ],
    })),
  );
}

/** `weights[i]` belongs to predicting `ids[i]`; null: no entry in the loss. `ids[0]` is predicted by nothing. */
export function packMasked(
  sequences: readonly { readonly ids: readonly number[]; readonly weights: readonly (number | null)[] }[],
): Batch {
  const batch = new BatchBuilder();
  for (const { ids, weights } of sequences) {
    const start = batch.tokens.length;
    for (let i = 0; i + 1 < ids.length; i++) batch.token(ids[i]!, i); // the last token predicts nothing
    for (let i = 1; i < ids.length; i++) {
      const weight = weights[i] ?? null;
      if (weight !== null) batch.loss(start + i - 1, ids[i]!, weight); // i < ids.length
    }
    batch.align();
    if (batch.tokens.length > start) batch.groups.push({ start, length: batch.tokens.length - start });
  }
  return batch;
}

/**
 * One prompt, many completions: each sees the prompt and itself, positions go on after the prompt, and the prompt is computed once,
 * forward and backward. The entries of the loss are the tokens of the first completion, then of the second …
 */
export function packShared(
  prompt: readonly number[],
  completions: readonly (readonly number[])[],
  weights?: readonly ArrayLike<number>[],
): Batch {
  return packSharedGroups([{ prompt, completions, ...(weights === undefined ? {} : { weights }) }]);
}

export interface SharedGroup {
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
  readonly weights?: readonly ArrayLike<number>[];
}

/** Several {@link packShared} groups in one batch. */
export function packSharedGroups(groups: readonly SharedGroup[]): Batch {
  const batch = new BatchBuilder();
  for (const group of groups) addSharedGroup(batch, group);
  return batch;
}

const ofPrompt = -1;
const padding = -2;

function addSharedGroup(batch: BatchBuilder, { prompt, completions, weights }: SharedGroup): void {
  const start = batch.tokens.length;
  const owners: number[] = prompt.map(() => ofPrompt);
  prompt.forEach((id, i) => batch.token(id, i));
  completions.forEach((completion, k) => {
    let previous = start + prompt.length - 1; // the prompt's last token predicts each completion's first
    completion.forEach((id, i) => {
      batch.loss(previous, id, weights === undefined ? 1 : (weights[k]?.[i] ?? 0));
      if (i + 1 === completion.length) return;
      previous = batch.tokens.length;
      batch.token(id, prompt.length + i);
      owners.push(k);
    });
  });
  batch.align();
  const length = batch.tokens.length - start;
  while (owners.length < length) owners.push(padding);
  const mask = new Float32Array(length * length).fill(-Infinity);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j <= i; j++) {
      if (owners[j] === ofPrompt || owners[j] === owners[i]) mask[i * length + j] = 0;
    }
  }
  batch.groups.push({ start, length, mask });
}
