/**
 * @file Decoding many texts at once with the training engine's own weights and adapter: a KV cache of slots, where each row that is
 * evaluated sees the slots that it names. Texts that share a beginning share its slots (ENGINE §5). Used by training/rollouts.
 */
import type { ComputeBackend } from './backend.ts';
import type { BufferPointer, ContextPointer } from './ggmlLibrary.ts';
import { F16, F32, I32, I64 } from './graph.ts';
import type { Graph, Tensor } from './graph.ts';
import type { LoraParameters } from './lora.ts';
import type { LinearName, ModelConfig } from './modelConfig.ts';
import type { Weights } from './weights.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';

export interface DecoderParts {
  readonly backend: ComputeBackend;
  readonly model: ModelConfig;
  readonly weights: Weights;
  readonly lora: LoraParameters;
  /** alpha / r times the adapter's strength; 0 leaves it out. */
  readonly loraScale: number;
}

/** A token to evaluate: written to `slot` of its group, it sees the slots `sees` and itself. */
export interface DecodeRow {
  readonly token: number;
  readonly position: number;
  readonly slot: number;
  readonly sees: readonly number[];
}

/** Rows of one step for one group; the probabilities of what follows are wanted for the rows named. */
export interface DecodeStep {
  readonly rows: readonly DecodeRow[];
  /** Indices into `rows`. */
  readonly wanted: readonly number[];
}

/** Keys and values of so many slots, in half precision. */
export function cacheBytes({ nLayer, headDim, nHeadKv }: ModelConfig, slots: number): number {
  return 2 * 2 * nLayer * headDim * nHeadKv * slots;
}

const maskAlignment = 64;
const hidden = 0xfc00; // −∞ in half precision
const nodesPerLayer = 96;
const nodesPerGroup = 24;

export class Decoder implements Disposable {
  readonly #parts: DecoderParts;
  readonly #slots: readonly number[];
  readonly #starts: readonly number[];
  readonly #total: number;
  readonly #context: ContextPointer;
  readonly #buffer: BufferPointer;
  readonly #keys: Tensor[] = []; // [headDim nHeadKv, slots] F16 for each layer
  readonly #values: Tensor[] = [];
  #attention: { readonly tensor: Tensor; readonly rows: number; free(): void } | undefined;

  /** @param slots of each group: prompt and all tokens that are decoded behind it */
  constructor(parts: DecoderParts, slots: readonly number[]) {
    this.#parts = parts;
    this.#slots = slots;
    this.#starts = slots.map((_, g) => slots.slice(0, g).reduce((sum, n) => sum + n, 0));
    this.#total = slots.reduce((sum, n) => sum + n, 0);
    const { model, backend } = parts;
    const { ggml } = backend;
    this.#context = ggml.ggml_init((2 * model.nLayer + 1) * ggml.ggml_tensor_overhead());
    const width = model.headDim * model.nHeadKv;
    for (let layer = 0; layer < model.nLayer; layer++) {
      this.#keys.push(ggml.ggml_new_tensor_2d(this.#context, F16, width, this.#total));
      this.#values.push(ggml.ggml_new_tensor_2d(this.#context, F16, width, this.#total));
    }
    const buffer = ggml.ggml_backend_alloc_ctx_tensors(
      this.#context,
      backend.primary,
    ) as BufferPointer | null;
    if (buffer === null) {
      ggml.ggml_free(this.#context);
      throw new DraftError('outOfMemory', 'No memory to decode candidates.');
    }
    this.#buffer = buffer;
    for (const tensor of [...this.#keys, ...this.#values]) {
      ggml.ggml_backend_tensor_memset(tensor, 0, 0, ggml.ggml_nbytes(tensor)); // masked slots must still be numbers
    }
  }

  /** Evaluates one step of all groups. @returns for each group the next-token probabilities of its wanted rows, each [nVocab] */
  step(steps: readonly DecodeStep[]): Float32Array[][] {
    const { backend, model } = this.#parts;
    const count = steps.reduce((sum, { rows }) => sum + rows.length, 0);
    const wanted = steps.flatMap((step, g) => {
      const first = steps.slice(0, g).reduce((sum, { rows }) => sum + rows.length, 0);
      return step.wanted.map((row) => first + row);
    });
    this.#reserve(count);
    const graph = backend.graph(64 + model.nLayer * (nodesPerLayer + nodesPerGroup * steps.length));
    try {
      const p = this.#build(graph, steps, count, wanted);
      graph.compute('decoding');
      const flat = graph.readFloats(p, model.nVocab * wanted.length);
      let at = 0;
      return steps.map((step) =>
        step.wanted.map(() => flat.subarray(model.nVocab * at, model.nVocab * ++at)),
      );
    } finally {
      graph.dispose();
    }
  }

  dispose(): void {
    const { ggml } = this.#parts.backend;
    this.#attention?.free();
    ggml.ggml_backend_buffer_free(this.#buffer);
    ggml.ggml_free(this.#context);
  }

  /** [nVocab, wanted] */
  #build(g: Graph, steps: readonly DecodeStep[], n: number, wanted: readonly number[]): Tensor {
    const { model, weights } = this.#parts;
    const { nLayer, headDim, nHead, nHeadKv, epsilon, rope } = model;
    const rows = steps.flatMap((step, group) => step.rows.map((row) => ({ row, group })));
    const tokens = g.input(
      Int32Array.from(rows, ({ row }) => row.token),
      I32,
      n,
    );
    const positions = g.input(
      Int32Array.from(rows, ({ row }) => row.position),
      I32,
      n,
    );
    const slotOf = ({ row, group }: { row: DecodeRow; group: number }): bigint =>
      BigInt(this.#starts[group]! + row.slot); // every step has its group
    const slots = g.input(BigInt64Array.from(rows, slotOf), I64, n);
    const masks = steps.map((step, group) =>
      step.rows.length === 0 ? null : this.#mask(g, step, this.#slots[group]!),
    ); // every step has its group
    const attention = this.#attention!.tensor; // reserved before
    let h = g.getRows(weights.embedding, tokens); // [nEmbd, N]
    for (let layer = 0; layer < nLayer; layer++) {
      const w = weights.layers[layer]!; // layer < nLayer
      const x = g.multiply(g.rmsNorm(h, epsilon), w.attentionNorm); // [nEmbd, N]
      const rotated = (name: 'q' | 'k', norm: Tensor | null, heads: number): Tensor => {
        let split = g.reshape3d(this.#linear(g, layer, name, x), headDim, heads, n);
        if (norm !== null) split = g.multiply(g.rmsNorm(split, epsilon), norm);
        return g.rope(split, positions, weights.ropeFactors, rope); // [headDim, heads, N]
      };
      const q = rotated('q', w.queryNorm, nHead);
      const k = g.reshape2d(rotated('k', w.keyNorm, nHeadKv), headDim * nHeadKv, n);
      const keys = g.expand(g.setRows(this.#keys[layer]!, k, slots)); // layer < nLayer
      const values = g.expand(g.setRows(this.#values[layer]!, this.#linear(g, layer, 'v', x), slots));
      let first = 0;
      steps.forEach((step, group) => {
        const count = step.rows.length;
        const mask = masks[group] ?? null;
        if (mask === null) return;
        const ofGroup = g.view3d(q, headDim, nHead, count, 4 * headDim, 4 * headDim * nHead, 4 * headDim * nHead * first); // prettier-ignore
        const cached = (cache: Tensor): Tensor => {
          const [head, row] = [2 * headDim, 2 * headDim * nHeadKv];
          const view = g.view3d(cache, headDim, nHeadKv, this.#slots[group]!, head, row, row * this.#starts[group]!); // prettier-ignore
          return g.permute(view, 0, 2, 1, 3); // [headDim, slots, nHeadKv]
        };
        const o = g.flashAttention(g.permute(ofGroup, 0, 2, 1, 3), cached(keys), cached(values), mask, 1 / Math.sqrt(headDim)); // prettier-ignore
        const width = 4 * headDim * nHead;
        g.store(g.reshape3d(o, headDim, nHead, count), g.view3d(attention, headDim, nHead, count, 4 * headDim, width, width * first)); // prettier-ignore
        first += count;
      });
      const attended = g.view3d(
        attention,
        headDim * nHead,
        n,
        1,
        4 * headDim * nHead,
        4 * headDim * nHead * n,
        0,
      );
      const middle = g.add(h, this.#linear(g, layer, 'o', g.reshape2d(attended, headDim * nHead, n)));
      const y = g.multiply(g.rmsNorm(middle, epsilon), w.feedForwardNorm);
      const activated = g.swiglu(this.#linear(g, layer, 'gate', y), this.#linear(g, layer, 'up', y));
      h = g.expand(g.add(middle, this.#linear(g, layer, 'down', activated)));
    }
    const chosen = g.getRows(h, g.input(Int32Array.from(wanted), I32, wanted.length));
    const logits = g.mulMat(weights.head.weight, g.multiply(g.rmsNorm(chosen, epsilon), weights.outputNorm));
    return g.output(g.softMax(logits));
  }

  /** y = W x + b + Bᵀᵀ (s A x). */
  #linear(g: Graph, layer: number, name: LinearName, x: Tensor): Tensor {
    const { loraScale, weights } = this.#parts;
    const { weight, bias } = weights.layers[layer]!.linears[name]; // layer < nLayer
    const lora = loraScale === 0 ? null : this.#parts.lora.of(layer, name);
    let y = g.mulMat(weight, x);
    if (lora !== null) {
      const ax = g.scale(g.mulMat(lora.a, x), loraScale); // [r, N]
      y = g.add(y, g.outProd(lora.bt, g.transpose(ax)));
    }
    return bias === null ? y : g.add(y, bias);
  }

  /** [slots, rows up to a whole block] F16: 0 where a row sees a slot. */
  #mask(g: Graph, { rows }: DecodeStep, slots: number): Tensor {
    const padded = Math.max(1, Math.ceil(rows.length / maskAlignment)) * maskAlignment;
    const mask = new Uint16Array(slots * padded).fill(hidden);
    rows.forEach(({ sees, slot }, i) => {
      for (const other of sees) mask[i * slots + other] = 0;
      mask[i * slots + slot] = 0;
    });
    return g.input(new Uint8Array(mask.buffer), F16, slots, padded);
  }

  /** Room for the attention's output of `rows` rows, outside the graph's own memory, so that groups can write their parts of it. */
  #reserve(rows: number): void {
    if (this.#attention !== undefined && this.#attention.rows >= rows) return;
    this.#attention?.free();
    const { backend, model } = this.#parts;
    const { ggml } = backend;
    const context = ggml.ggml_init(2 * ggml.ggml_tensor_overhead());
    const tensor = ggml.ggml_new_tensor_2d(context, F32, model.headDim * model.nHead, rows);
    const buffer = ggml.ggml_backend_alloc_ctx_tensors(context, backend.primary) as BufferPointer | null;
    if (buffer === null) {
      ggml.ggml_free(context);
      throw new DraftError('outOfMemory', 'No memory to decode candidates.');
    }
    const free = (): void => {
      ggml.ggml_backend_buffer_free(buffer);
      ggml.ggml_free(context);
    };
    this.#attention = { tensor, rows, free };
  }
}
