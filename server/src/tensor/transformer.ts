/**
 * @file The trained model: frozen base weights, one adapter, forward and backward over packed batches. Used by
 * training/loraPolicy and the benchmarks.
 */
import { activationBytes, ActivationStore } from './activations.ts';
import type { ActivationMode } from './activations.ts';
import type { ComputeBackend } from './backend.ts';
import { cacheBytes, Decoder } from './decoder.ts';
import { GgufFile } from './gguf.ts';
import type { LoraAdapter } from './ggufAdapter.ts';
import { layerBackward, layerForward } from './layer.ts';
import type { LayerParts } from './layer.ts';
import { freshAdapter, LoraParameters } from './lora.ts';
import type { LoraConfig } from './lora.ts';
import { headChunk, lossHead } from './lossHead.ts';
import type { HeadResult } from './lossHead.ts';
import { readModelConfig } from './modelConfig.ts';
import type { ModelConfig } from './modelConfig.ts';
import type { Batch } from './packing.ts';
import { weightBytes, Weights } from './weights.ts';
import type { WeightFormat } from './weights.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';
import { availableBytes } from '../util/memory.ts';

export interface TransformerOptions {
  /** An adapter to go on from, or how to make a fresh one. */
  readonly lora: LoraConfig | LoraAdapter;
  /** Default 'q8'. */
  readonly weights?: WeightFormat;
  /** 'auto' (default): keep the activations if they fit. */
  readonly mode?: ActivationMode | 'auto';
  /** The most packed tokens of a batch; with it the memory is computed beforehand. */
  readonly maxTokens: number;
  /** The longest attention group; default maxTokens. */
  readonly maxGroupTokens?: number;
  /** Slots of the largest {@link Transformer.decoder} at a time; default: none. */
  readonly maxSlots?: number;
  /** Bytes that may be taken; default: what the machine has free or would give up. */
  readonly freeBytes?: number;
}

/** Bytes that training takes at its peak, part by part. */
export interface MemoryNeed {
  readonly weights: number;
  readonly loading: number;
  readonly activations: number;
  readonly scratch: number;
  /** The cache of a decoder. */
  readonly decoding: number;
  readonly adapter: number;
  readonly total: number;
}

export interface RunOptions {
  /** Add the gradient of −Σ w_t log π(token_t) to the accumulators. */
  readonly training?: boolean;
  readonly entropy?: boolean;
  /** Also return the most probable token of each entry (reads all logits back: for parity tests). */
  readonly top?: boolean;
}

export interface RunResult extends HeadResult {
  /** −Σ w_t log π(token_t). */
  readonly loss: number;
}

/**
 * Checks the model, computes the memory, loads.
 * @throws DraftError `trainingFailed` for what is not supported, `outOfMemory` with the numbers when it does not fit; both before
 * any memory is taken
 */
export function loadTransformer(
  backend: ComputeBackend,
  modelPath: string,
  options: TransformerOptions,
): Transformer {
  const file = new GgufFile(modelPath);
  try {
    const model = readModelConfig(file);
    const format = options.weights ?? 'q8';
    const { rank } = options.lora;
    const free = options.freeBytes ?? availableBytes();
    const modes: ActivationMode[] =
      options.mode === undefined || options.mode === 'auto' ? ['keep', 'recompute'] : [options.mode];
    const { maxTokens: nTokens, maxGroupTokens: groupTokens = nTokens, maxSlots: slots = 0 } = options;
    const sizes = { nTokens, groupTokens, slots };
    const needs = modes.map((mode) => ({
      mode,
      need: memoryNeed(file, model, { format, mode, rank, ...sizes }),
    }));
    const chosen = needs.find(({ need }) => need.total <= free);
    if (chosen === undefined) {
      const least = needs.at(-1)!.need.total; // modes is never empty
      throw new DraftError(
        'outOfMemory',
        `Training needs ${mebibytes(least)} MiB of memory; ${mebibytes(free)} MiB are free.`,
        { facts: { neededBytes: least, freeBytes: free } },
      );
    }
    const adapter = 'pairs' in options.lora ? options.lora : freshAdapter(model, options.lora);
    const weights = new Weights(backend, file, model, format);
    try {
      const lora = new LoraParameters(backend, model, adapter);
      const store = new ActivationStore(backend, model, rank, chosen.mode);
      return new Transformer({ backend, model, weights, lora, store, mode: chosen.mode, need: chosen.need });
    } catch (error) {
      weights.dispose();
      throw error;
    }
  } finally {
    file.dispose();
  }
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

interface Sizes {
  readonly format: WeightFormat;
  readonly mode: ActivationMode;
  readonly rank: number;
  readonly nTokens: number;
  readonly groupTokens: number;
  readonly slots: number;
}

/** Everything but the weights is exact only for the store and the cache; the scratch is bounded from above by what a layer's graphs hold at once. */
function memoryNeed(
  file: GgufFile,
  model: ModelConfig,
  { format, mode, rank, nTokens, groupTokens, slots }: Sizes,
): MemoryNeed {
  const { nEmbd, nFf, nHead, nVocab, headDim, nLayer } = model;
  const weights = weightBytes(file, model, format);
  const activations = activationBytes(model, rank, mode, nTokens);
  const layer = 4 * nTokens * (7 * nFf + 10 * nEmbd + 6 * headDim * nHead) + 4 * 5 * groupTokens ** 2 * nHead;
  const head = 4 * headChunk * (3 * nVocab + 8 * nEmbd);
  const scratch = Math.max(layer, head);
  const largest = Math.max(
    ...[...file.tensors.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1)),
  );
  const loading = 4 * 3 * largest;
  // Parameters, gradients and AdamW's two moments: on the host four times, in the backend twice.
  const perLayer = 2 * (nEmbd + headDim * nHead) * 2 + 3 * (nEmbd + nFf);
  const adapter = 6 * 4 * rank * nLayer * perLayer;
  const decoding = cacheBytes(model, slots);
  const total = weights + adapter + Math.max(loading, activations + scratch + decoding);
  return { weights, loading, activations, scratch, decoding, adapter, total };
}

interface TransformerParts {
  readonly backend: ComputeBackend;
  readonly model: ModelConfig;
  readonly weights: Weights;
  readonly lora: LoraParameters;
  readonly store: ActivationStore;
  readonly mode: ActivationMode;
  readonly need: MemoryNeed;
}

export class Transformer implements Disposable {
  readonly model: ModelConfig;
  readonly mode: ActivationMode;
  /** What was computed before loading. */
  readonly memoryNeed: MemoryNeed;
  readonly #backend: ComputeBackend;
  readonly #weights: Weights;
  readonly #lora: LoraParameters;
  readonly #store: ActivationStore;
  #adapterStrength = 1;

  constructor(parts: TransformerParts) {
    this.model = parts.model;
    this.mode = parts.mode;
    this.memoryNeed = parts.need;
    this.#backend = parts.backend;
    this.#weights = parts.weights;
    this.#lora = parts.lora;
    this.#store = parts.store;
  }

  /** Its arrays are live: change them, then call {@link uploadParameters}. */
  get adapter(): LoraAdapter {
    return this.#lora.adapter;
  }

  /** a, bt of each adapted linear, in the order of the adapter's pairs. */
  get parameters(): readonly Float32Array[] {
    return this.#lora.parameters;
  }

  /** Native bytes held now: weights, activations, intermediate results. */
  get nativeBytes(): number {
    return this.#weights.sizeBytes + this.#store.sizeBytes + this.#backend.scratchBytes;
  }

  uploadParameters(): void {
    this.#lora.upload();
  }

  /** 1: the policy; 0: the frozen base, which is the reference policy of a fresh adapter. */
  setAdapterStrength(strength: number): void {
    this.#adapterStrength = strength;
  }

  zeroGradients(): void {
    this.#lora.zeroGradients();
  }

  /** Accumulated gradients, in the order of {@link parameters}; the arrays are reused by the next call. */
  readGradients(): readonly Float32Array[] {
    return this.#lora.readGradients();
  }

  /** Log-probs of the batch's entries; with `training` also their weighted gradient. Blocks until done. */
  run(batch: Batch, options: RunOptions = {}): RunResult {
    const steps = this.#steps(batch, options);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** As {@link run}, but awaits `betweenLayers` after each layer's graph: it may wait (pause) or throw (cancel). */
  async runAsync(batch: Batch, options: RunOptions, betweenLayers: () => Promise<void>): Promise<RunResult> {
    const steps = this.#steps(batch, options);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await betweenLayers();
    }
  }

  /** A cache for decoding many texts side by side under the parameters as they are; `slots` for each group. Dispose it after use. */
  decoder(slots: readonly number[]): Decoder {
    const { rank, alpha } = this.#lora.adapter;
    return new Decoder(
      {
        backend: this.#backend,
        model: this.model,
        weights: this.#weights,
        lora: this.#lora,
        loraScale: (this.#adapterStrength * alpha) / rank,
      },
      slots,
    );
  }

  dispose(): void {
    this.#store.dispose();
    this.#lora.dispose();
    this.#weights.dispose();
  }

  *#steps(batch: Batch, options: RunOptions): Generator<undefined, RunResult, undefined> {
    const { training = false, entropy = false, top = false } = options;
    const { nLayer } = this.model;
    const nTokens = batch.tokens.length;
    if (nTokens === 0 || batch.rows.length === 0)
      throw new RangeError('A batch needs tokens and entries of the loss.');
    const tensors = this.#store.layout(nTokens, training);
    const parts = this.#parts(batch);
    const { ggml } = this.#backend;
    ggml.ggml_backend_tensor_set(tensors.tokens, Int32Array.from(batch.tokens), 0, 4 * nTokens);
    ggml.ggml_backend_tensor_set(tensors.positions, Int32Array.from(batch.positions), 0, 4 * nTokens);
    const graph = this.#backend.graph(16);
    try {
      graph.store(graph.getRows(this.#weights.embedding, tensors.tokens), tensors.h[0]!); // [nEmbd, N]; never empty
      graph.compute('embedding');
    } finally {
      graph.dispose();
    }
    for (let layer = 0; layer < nLayer; layer++) {
      layerForward(parts, layer, batch, tensors);
      yield;
    }
    const result = lossHead(parts, batch, tensors, { training, entropy, top });
    if (training) {
      let from: 0 | 1 = 0;
      for (let layer = nLayer - 1; layer >= 0; layer--) {
        yield;
        if (this.mode === 'recompute') layerForward(parts, layer, batch, tensors);
        layerBackward(parts, layer, batch, tensors, from);
        from = from === 0 ? 1 : 0;
      }
    }
    const loss = batch.weights.reduce((sum, weight, i) => sum - weight * result.logProbs[i]!, 0); // one for each entry
    return { ...result, loss };
  }

  #parts(batch: Batch): LayerParts {
    const { rank, alpha } = this.#lora.adapter;
    // Quantised products keep dy in blocks with a half-precision scale: the loss is scaled so that its weights are of order 1.
    const largest = batch.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    return {
      backend: this.#backend,
      model: this.model,
      weights: this.#weights,
      lora: this.#lora,
      loraScale: (this.#adapterStrength * alpha) / rank,
      lossScale: largest > 0 ? 1 / largest : 1,
    };
  }
}
