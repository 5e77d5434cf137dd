/**
 * @file What lives across the graphs of one batch: layer inputs, activations for the backward pass, gradients on their way down. One
 * buffer, sized once for the largest batch; each batch lays its tensors out anew.
 */
import type { ComputeBackend } from './backend.ts';
import type { BufferPointer, ContextPointer } from './ggmlLibrary.ts';
import { F32, I32 } from './graph.ts';
import type { Tensor } from './graph.ts';
import { linearNames } from './modelConfig.ts';
import type { LinearName, ModelConfig } from './modelConfig.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';

/** 'keep': all activations (fast); 'recompute': only layer inputs, the layer's forward runs again (gradient checkpointing). */
export type ActivationMode = 'keep' | 'recompute';

/** N packed tokens. */
export interface LayerActivations {
  readonly q: Tensor; // [headDim nHead, N], after RoPE
  readonly k: Tensor; // [headDim nHeadKv, N], after RoPE
  readonly v: Tensor; // [headDim nHeadKv, N]
  readonly attention: Tensor; // [headDim nHead, N]
  readonly middle: Tensor; // [nEmbd, N]: the residual between attention and feed-forward
  readonly gate: Tensor; // [nFf, N]
  readonly up: Tensor; // [nFf, N]
  /** q and k before their norms, where the model has these. */
  readonly qRaw: Tensor | null;
  readonly kRaw: Tensor | null;
  /** s A x of each linear, [r, N]. */
  readonly ax: Readonly<Record<LinearName, Tensor>>;
}

export interface BatchTensors {
  readonly tokens: Tensor; // [N] I32
  readonly positions: Tensor; // [N] I32
  /** h[l]: input of layer l; h[nLayer]: what the head sees. [nEmbd, N]. Without training two of them take turns. */
  readonly h: readonly Tensor[];
  readonly layers: readonly LayerActivations[];
  readonly dh: readonly [Tensor, Tensor]; // [nEmbd, N]
  readonly dq: Tensor; // [headDim nHead, N]
  readonly dk: Tensor; // [headDim nHeadKv, N]
  readonly dv: Tensor; // [headDim nHeadKv, N]
}

const alignmentBytes = 256;

type NewTensor = (rows: number, type?: number) => Tensor;

export class ActivationStore implements Disposable {
  readonly #backend: ComputeBackend;
  readonly #model: ModelConfig;
  readonly #rank: number;
  readonly #mode: ActivationMode;
  readonly #normed: boolean;
  #buffer: { readonly pointer: BufferPointer; readonly sizeBytes: number } | undefined;
  #layout:
    { readonly key: string; readonly context: ContextPointer; readonly tensors: BatchTensors } | undefined;

  constructor(backend: ComputeBackend, model: ModelConfig, rank: number, mode: ActivationMode) {
    this.#backend = backend;
    this.#model = model;
    this.#rank = rank;
    this.#mode = mode;
    this.#normed = model.architecture === 'qwen3';
  }

  get sizeBytes(): number {
    return this.#buffer?.sizeBytes ?? 0;
  }

  /** The tensors of a batch of `nTokens`; what an earlier call returned is no longer valid. */
  layout(nTokens: number, training: boolean): BatchTensors {
    const key = `${nTokens} ${training}`;
    if (this.#layout?.key === key) return this.#layout.tensors;
    this.#freeLayout();
    const { ggml } = this.#backend;
    const context = ggml.ggml_init((this.#model.nLayer * 24 + 64) * ggml.ggml_tensor_overhead());
    const placed: [Tensor, number][] = [];
    let size = 0;
    const tensors = batchTensors(
      this.#model,
      this.#rank,
      this.#mode,
      this.#normed,
      training,
      (rows, type = F32) => {
        const tensor =
          type === I32
            ? ggml.ggml_new_tensor_1d(context, type, nTokens) // indices are vectors
            : ggml.ggml_new_tensor_2d(context, type, rows, nTokens);
        placed.push([tensor, size]);
        size += aligned(4 * rows * nTokens);
        return tensor;
      },
    );
    this.#reserve(size);
    const { pointer } = this.#buffer!; // reserved just before
    const base = ggml.ggml_backend_buffer_get_base(pointer);
    for (const [tensor, offset] of placed) {
      ggml.ggml_backend_tensor_alloc(pointer, tensor, base + BigInt(offset));
    }
    this.#layout = { key, context, tensors };
    return tensors;
  }

  dispose(): void {
    this.#freeLayout();
    if (this.#buffer !== undefined) this.#backend.ggml.ggml_backend_buffer_free(this.#buffer.pointer);
    this.#buffer = undefined;
  }

  #freeLayout(): void {
    if (this.#layout !== undefined) this.#backend.ggml.ggml_free(this.#layout.context);
    this.#layout = undefined;
  }

  #reserve(sizeBytes: number): void {
    if (this.#buffer !== undefined && this.#buffer.sizeBytes >= sizeBytes) return;
    if (this.#buffer !== undefined) this.#backend.ggml.ggml_backend_buffer_free(this.#buffer.pointer);
    this.#buffer = undefined;
    const pointer = this.#backend.ggml.ggml_backend_alloc_buffer(
      this.#backend.primary,
      sizeBytes,
    ) as BufferPointer | null;
    if (pointer === null) {
      throw new DraftError(
        'outOfMemory',
        `No memory for activations (${Math.ceil(sizeBytes / 2 ** 20)} MiB).`,
      );
    }
    this.#buffer = { pointer, sizeBytes };
  }
}

const aligned = (bytes: number): number => Math.ceil(bytes / alignmentBytes) * alignmentBytes;

/** Bytes of the store for a batch of `nTokens` in training. */
export function activationBytes(
  model: ModelConfig,
  rank: number,
  mode: ActivationMode,
  nTokens: number,
): number {
  let size = 0;
  const nothing = 0n as Tensor; // only the sizes are asked for
  batchTensors(model, rank, mode, model.architecture === 'qwen3', true, (rows) => {
    size += aligned(4 * rows * nTokens);
    return nothing;
  });
  return size;
}

function batchTensors(
  model: ModelConfig,
  rank: number,
  mode: ActivationMode,
  normed: boolean,
  training: boolean,
  tensor: NewTensor,
): BatchTensors {
  const { nEmbd, nFf, nHead, nHeadKv, headDim, nLayer } = model;
  const [nQ, nK] = [headDim * nHead, headDim * nHeadKv];
  const layer = (): LayerActivations => ({
    q: tensor(nQ),
    k: tensor(nK),
    v: tensor(nK),
    attention: tensor(nQ),
    middle: tensor(nEmbd),
    gate: tensor(nFf),
    up: tensor(nFf),
    qRaw: normed ? tensor(nQ) : null,
    kRaw: normed ? tensor(nK) : null,
    ax: Object.fromEntries(linearNames.map((name) => [name, tensor(rank)])) as unknown as Record<
      LinearName,
      Tensor
    >, // one for each of linearNames
  });
  const repeat = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const shared = training && mode === 'keep' ? null : layer();
  const turns = training ? [] : [tensor(nEmbd), tensor(nEmbd)];
  const gradient = (rows: number): Tensor => (training ? tensor(rows) : shared!.middle); // never read without training
  return {
    tokens: tensor(1, I32),
    positions: tensor(1, I32),
    h: repeat(nLayer + 1, (l) => turns[l % 2] ?? tensor(nEmbd)),
    layers: repeat(nLayer, () => shared ?? layer()),
    dh: [gradient(nEmbd), gradient(nEmbd)],
    dq: gradient(nQ),
    dk: gradient(nK),
    dv: gradient(nK),
  };
}
