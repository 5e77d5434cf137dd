/** @file The trainable matrices A and Bᵀ of the adapted linears and their gradients, in the backend's memory and on the host. */
import type { ComputeBackend } from './backend.ts';
import type { BufferPointer, ContextPointer } from './ggmlLibrary.ts';
import { adapterParameters } from './ggufAdapter.ts';
import type { LoraAdapter, LoraPair } from './ggufAdapter.ts';
import { F32 } from './graph.ts';
import type { Tensor } from './graph.ts';
import { ggufNames, linearNames, linearShape } from './modelConfig.ts';
import type { LinearName, ModelConfig } from './modelConfig.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';

export interface LoraConfig {
  /** 1 to 64. */
  readonly rank: number;
  readonly alpha: number;
  readonly seed: number;
  /** Default: all seven. */
  readonly targets?: readonly LinearName[];
}

/** What one linear trains. */
export interface LoraTensors {
  readonly a: Tensor; // [nIn, r]
  readonly bt: Tensor; // [nOut, r]: B transposed, so that no product needs a transpose
  readonly aGradient: Tensor; // [nIn, r]
  readonly btGradient: Tensor; // [nOut, r]
}

/** A uniform with variance 1 / nIn from `seed`, B zero: the adapted model starts as the base model. */
export function freshAdapter(model: ModelConfig, lora: LoraConfig): LoraAdapter {
  const { rank, alpha, seed, targets = linearNames } = lora;
  if (!Number.isInteger(rank) || rank < 1 || rank > 64) {
    throw new DraftError('trainingFailed', `The rank of an adapter is 1 to 64, not ${rank}.`);
  }
  const random = uniform(seed);
  const pairs: LoraPair[] = [];
  for (let layer = 0; layer < model.nLayer; layer++) {
    for (const linear of linearNames) {
      if (!targets.includes(linear)) continue;
      const [nIn, nOut] = linearShape(model, linear);
      const bound = Math.sqrt(3 / nIn);
      const a = Float32Array.from({ length: nIn * rank }, () => (2 * random() - 1) * bound);
      const name = `blk.${layer}.${ggufNames[linear]}.weight`;
      pairs.push({ name, nIn, nOut, a, bt: new Float32Array(nOut * rank) });
    }
  }
  const provenance = { baseModelSha256: '', parent: null, step: 0, config: { ...lora } };
  return { architecture: model.architecture, rank, alpha, pairs, provenance };
}

export class LoraParameters implements Disposable {
  readonly adapter: LoraAdapter;
  /** a, bt of each pair: the adapter's own arrays. */
  readonly parameters: readonly Float32Array[];
  readonly #gradients: readonly Float32Array[];
  readonly #tensors = new Map<string, LoraTensors>();
  readonly #order: LoraTensors[] = [];
  readonly #backend: ComputeBackend;
  readonly #context: ContextPointer;
  readonly #buffer: BufferPointer;

  /** @throws DraftError `trainingFailed` when the adapter does not belong to the model */
  constructor(backend: ComputeBackend, model: ModelConfig, adapter: LoraAdapter) {
    checkAdapter(model, adapter);
    this.#backend = backend;
    this.adapter = adapter;
    this.parameters = adapterParameters(adapter);
    this.#gradients = this.parameters.map((values) => new Float32Array(values.length));
    const { ggml } = backend;
    const { rank, pairs } = adapter;
    const context = (this.#context = ggml.ggml_init((pairs.length * 4 + 1) * ggml.ggml_tensor_overhead()));
    const matrix = (n: number): Tensor => ggml.ggml_new_tensor_2d(context, F32, n, rank);
    for (const { name, nIn, nOut } of pairs) {
      const tensors = { a: matrix(nIn), bt: matrix(nOut), aGradient: matrix(nIn), btGradient: matrix(nOut) };
      this.#tensors.set(name, tensors);
      this.#order.push(tensors);
    }
    const buffer = ggml.ggml_backend_alloc_ctx_tensors(context, backend.primary) as BufferPointer | null;
    if (buffer === null) {
      ggml.ggml_free(context);
      throw new DraftError('outOfMemory', 'No memory for the adapter.');
    }
    this.#buffer = buffer;
    this.upload();
    this.zeroGradients();
  }

  of(layer: number, linear: LinearName): LoraTensors | null {
    return this.#tensors.get(`blk.${layer}.${ggufNames[linear]}.weight`) ?? null;
  }

  /** Copies the host's parameters to the backend. */
  upload(): void {
    const tensors = this.#order.flatMap(({ a, bt }) => [a, bt]);
    this.parameters.forEach(
      (values, i) => this.#backend.ggml.ggml_backend_tensor_set(tensors[i]!, values, 0, values.byteLength), // same order and length
    );
  }

  zeroGradients(): void {
    this.#gradientTensors().forEach(
      (tensor, i) =>
        this.#backend.ggml.ggml_backend_tensor_memset(tensor, 0, 0, this.#gradients[i]!.byteLength), // same length
    );
  }

  /** The gradients accumulated since they were zeroed; the arrays are reused by the next call. */
  readGradients(): readonly Float32Array[] {
    this.#gradientTensors().forEach((tensor, i) => {
      const values = this.#gradients[i]!; // same length
      this.#backend.ggml.ggml_backend_tensor_get(tensor, values, 0, values.byteLength);
    });
    return this.#gradients;
  }

  dispose(): void {
    this.#backend.ggml.ggml_backend_buffer_free(this.#buffer);
    this.#backend.ggml.ggml_free(this.#context);
  }

  #gradientTensors(): Tensor[] {
    return this.#order.flatMap(({ aGradient, btGradient }) => [aGradient, btGradient]);
  }
}

function checkAdapter(model: ModelConfig, adapter: LoraAdapter): void {
  if (adapter.architecture !== model.architecture) {
    throw new DraftError(
      'trainingFailed',
      `The adapter is for ${adapter.architecture}, the model is ${model.architecture}.`,
    );
  }
  const shapes = new Map<string, readonly [number, number]>();
  for (let layer = 0; layer < model.nLayer; layer++) {
    for (const linear of linearNames) {
      shapes.set(`blk.${layer}.${ggufNames[linear]}.weight`, linearShape(model, linear));
    }
  }
  for (const { name, nIn, nOut } of adapter.pairs) {
    const shape = shapes.get(name);
    if (shape?.[0] !== nIn || shape[1] !== nOut) {
      throw new DraftError(
        'trainingFailed',
        `The adapter's ${name} (${nIn}×${nOut}) does not fit the model.`,
      );
    }
  }
}

/** mulberry32: uniform in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
