/**
 * @file The frozen base weights in the backend's memory: every matrix for the forward product and, transposed, for dx = Wᵀ dy
 * (ENGINE §3). Loaded tensor by tensor.
 */
import type { ComputeBackend } from './backend.ts';
import type { GgufFile } from './gguf.ts';
import type { BufferPointer, ContextPointer } from './ggmlLibrary.ts';
import { F32, Q8_0 } from './graph.ts';
import type { Tensor } from './graph.ts';
import { ggufNames, linearNames } from './modelConfig.ts';
import type { LinearName, ModelConfig } from './modelConfig.ts';
import type { Disposable } from '../util/dispose.ts';
import { DraftError } from '../util/errors.ts';

/** 'q8': Q8_0 copies (fastest); 'asIs': the file's type forward, Q8_0 transposed; 'f32': exact, for tests and small models. */
export type WeightFormat = 'q8' | 'asIs' | 'f32';

export interface Linear {
  /** [nIn, nOut] */
  readonly weight: Tensor;
  /** [nOut, nIn] */
  readonly transposed: Tensor;
  /** [nOut] */
  readonly bias: Tensor | null;
}

export interface LayerWeights {
  readonly attentionNorm: Tensor; // [nEmbd]
  readonly feedForwardNorm: Tensor; // [nEmbd]
  readonly queryNorm: Tensor | null; // [headDim]
  readonly keyNorm: Tensor | null; // [headDim]
  readonly linears: Readonly<Record<LinearName, Linear>>;
}

interface Copy {
  readonly name: string;
  readonly to: Tensor;
  readonly toType: number;
  readonly transposed: Tensor | null;
  readonly transposedType: number;
}

/** Q8_0 where rows are whole blocks, F32 elsewhere. */
const rowType = (format: WeightFormat, rowLength: number): number =>
  format !== 'f32' && rowLength % 32 === 0 ? Q8_0 : F32;

/** Bytes that {@link Weights} takes, from the header alone. */
export function weightBytes(file: GgufFile, config: ModelConfig, format: WeightFormat): number {
  let bytes = 0;
  for (const { name, shape, type, sizeBytes } of file.tensors.values()) {
    const [nIn = 1, nOut = 1] = shape;
    if (shape.length < 2) {
      bytes += 4 * nIn;
      continue;
    }
    const sizeOf = (rowLength: number): number =>
      nIn * nOut * (rowType(format, rowLength) === Q8_0 ? 34 / 32 : 4);
    bytes += format === 'asIs' || type === F32 ? Math.max(sizeBytes, 0) : sizeOf(nIn);
    if (name !== 'token_embd.weight' || config.tied) bytes += sizeOf(nOut);
  }
  return bytes;
}

export class Weights implements Disposable {
  readonly embedding: Tensor; // [nEmbd, nVocab]
  readonly head: Linear; // [nEmbd, nVocab]
  readonly outputNorm: Tensor; // [nEmbd]
  readonly ropeFactors: Tensor | null; // [dimensions / 2]
  readonly layers: readonly LayerWeights[];
  readonly #backend: ComputeBackend;
  readonly #context: ContextPointer;
  readonly #buffer: BufferPointer;

  constructor(backend: ComputeBackend, file: GgufFile, config: ModelConfig, format: WeightFormat) {
    this.#backend = backend;
    const { ggml } = backend;
    const context = (this.#context = ggml.ggml_init((config.nLayer * 24 + 16) * ggml.ggml_tensor_overhead()));
    const copies: Copy[] = [];
    const vector = (name: string): Tensor => {
      const to = ggml.ggml_new_tensor_1d(context, F32, file.tensor(name).shape[0] ?? 0);
      copies.push({ name, to, toType: F32, transposed: null, transposedType: F32 });
      return to;
    };
    const optional = (name: string): Tensor | null => (file.tensors.has(name) ? vector(name) : null);
    const matrix = (name: string, wantTransposed: boolean): { weight: Tensor; transposed: Tensor | null } => {
      const { shape, type } = file.tensor(name);
      const [nIn = 0, nOut = 0] = shape;
      const toType = format === 'asIs' ? type : rowType(format, nIn);
      const transposedType = rowType(format, nOut);
      const weight = ggml.ggml_new_tensor_2d(context, toType, nIn, nOut);
      const transposed = wantTransposed ? ggml.ggml_new_tensor_2d(context, transposedType, nOut, nIn) : null;
      copies.push({ name, to: weight, toType, transposed, transposedType });
      return { weight, transposed };
    };
    const linear = (name: string): Linear => {
      const { weight, transposed } = matrix(`${name}.weight`, true);
      return { weight, transposed: transposed!, bias: optional(`${name}.bias`) }; // asked for just before
    };
    if (config.tied) {
      this.head = linear('token_embd');
      this.embedding = this.head.weight;
    } else {
      this.embedding = matrix('token_embd.weight', false).weight;
      this.head = linear('output');
    }
    this.outputNorm = vector('output_norm.weight');
    this.ropeFactors = optional('rope_freqs.weight');
    this.layers = Array.from({ length: config.nLayer }, (_, layer) => ({
      attentionNorm: vector(`blk.${layer}.attn_norm.weight`),
      feedForwardNorm: vector(`blk.${layer}.ffn_norm.weight`),
      queryNorm: optional(`blk.${layer}.attn_q_norm.weight`),
      keyNorm: optional(`blk.${layer}.attn_k_norm.weight`),
      linears: Object.fromEntries(
        linearNames.map((name) => [name, linear(`blk.${layer}.${ggufNames[name]}`)]),
      ) as unknown as Record<LinearName, Linear>, // one entry for each of linearNames
    }));
    const buffer = ggml.ggml_backend_alloc_ctx_tensors(context, backend.primary) as BufferPointer | null;
    if (buffer === null) {
      ggml.ggml_free(context);
      throw new DraftError('outOfMemory', 'No memory for the weights of the model.');
    }
    this.#buffer = buffer;
    ggml.ggml_backend_buffer_set_usage(buffer, 1); // GGML_BACKEND_BUFFER_USAGE_WEIGHTS
    for (const copy of copies) this.#copyIn(file, copy);
    backend.releaseScratch();
  }

  get sizeBytes(): number {
    return this.#backend.ggml.ggml_backend_buffer_get_size(this.#buffer);
  }

  dispose(): void {
    this.#backend.ggml.ggml_backend_buffer_free(this.#buffer);
    this.#backend.ggml.ggml_free(this.#context);
  }

  #copyIn(file: GgufFile, { name, to, toType, transposed }: Copy): void {
    const { shape, type } = file.tensor(name);
    const [nIn = 1, nOut = 1] = shape;
    const bytes = file.readTensor(name);
    const same = type === toType;
    if (same) this.#backend.ggml.ggml_backend_tensor_set(to, bytes, 0, bytes.byteLength);
    if (same && transposed === null) return;
    const graph = this.#backend.graph(16);
    try {
      const source = graph.input(bytes, type, nIn, nOut);
      const floats = type === F32 ? source : graph.cast(source, F32); // [nIn, nOut]
      if (!same) graph.store(floats, to);
      if (transposed !== null) graph.store(graph.contiguous(graph.transpose(floats)), transposed); // [nOut, nIn]
      graph.compute('weight conversion');
    } finally {
      graph.dispose();
    }
  }
}
