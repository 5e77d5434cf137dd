/**
 * @file One ggml graph from building to reading: a context without data, the operations, and what must be copied in and out.
 * Made by a {@link ComputeBackend}, disposed after each use. Shapes are in ggml order, the fastest dimension first.
 */
import type { ComputeBackend } from './backend.ts';
import type { ContextPointer, Ggml, GraphPointer, TensorPointer } from './ggmlLibrary.ts';
import type { Disposable } from '../util/dispose.ts';

export type Tensor = TensorPointer;
export type HostArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** ggml type ids that graphs are built with. */
export const F32 = 0;
export const F16 = 1;
export const Q8_0 = 8;
export const I32 = 26;
export const I64 = 27;

/** RoPE as the model has it: which layout, which frequencies. */
export interface Rope {
  readonly dimensions: number;
  /** 0: neighbouring pairs (llama), 2: NEOX halves (qwen). */
  readonly mode: 0 | 2;
  readonly contextLength: number;
  readonly frequencyBase: number;
  readonly frequencyScale: number;
}

export class Graph implements Disposable {
  readonly context: ContextPointer;
  readonly pointer: GraphPointer;
  readonly #ggml: Ggml;
  readonly #backend: ComputeBackend;
  readonly #inputs: [Tensor, HostArray][] = [];

  constructor(backend: ComputeBackend, maxNodes: number) {
    this.#backend = backend;
    const ggml = (this.#ggml = backend.ggml);
    const size =
      2 * maxNodes * ggml.ggml_tensor_overhead() + ggml.ggml_graph_overhead_custom(maxNodes, false);
    this.context = ggml.ggml_init(size);
    this.pointer = ggml.ggml_new_graph_custom(this.context, maxNodes, false);
  }

  dispose(): void {
    this.#ggml.ggml_free(this.context);
  }

  // What goes in and comes out.

  /** A tensor that receives `data` before the graph runs. */
  input(data: HostArray, type: number, ...shape: readonly [number] | readonly [number, number]): Tensor {
    const [a, b = 1] = shape;
    const tensor = this.#ggml.ggml_new_tensor_2d(this.context, type, a, b);
    this.#ggml.ggml_set_input(tensor);
    this.#inputs.push([tensor, data]);
    return tensor;
  }

  /** Puts `tensor` and all it needs next in the order of computation. */
  expand(tensor: Tensor): Tensor {
    this.#ggml.ggml_build_forward_expand(this.pointer, tensor);
    return tensor;
  }

  /** As {@link expand}, and its memory is not reused, so that it can be read. */
  output(tensor: Tensor): Tensor {
    this.#ggml.ggml_set_output(tensor);
    return this.expand(tensor);
  }

  /** Copies `from` into `to`, which outlives the graph. */
  store(from: Tensor, to: Tensor): void {
    this.expand(this.#ggml.ggml_cpy(this.context, from, to));
  }

  /** Allocates, copies the inputs in, computes. */
  compute(label: string): void {
    this.#backend.compute(this.pointer, this.#inputs, label);
  }

  readFloats(tensor: Tensor, length: number): Float32Array {
    const values = new Float32Array(length);
    this.#ggml.ggml_backend_tensor_get(tensor, values, 0, values.byteLength);
    return values;
  }

  // Operations.

  add = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_add(this.context, a, b);
  addInPlace = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_add_inplace(this.context, a, b);
  subtract = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_sub(this.context, a, b);
  multiply = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_mul(this.context, a, b);
  divide = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_div(this.context, a, b);
  scale = (a: Tensor, factor: number): Tensor => this.#ggml.ggml_scale(this.context, a, factor);
  /** factor · a + bias. */
  scaleBias = (a: Tensor, factor: number, bias: number): Tensor =>
    this.#ggml.ggml_scale_bias(this.context, a, factor, bias);
  silu = (a: Tensor): Tensor => this.#ggml.ggml_silu(this.context, a);
  /** silu(gate) ⊙ up. */
  swiglu = (gate: Tensor, up: Tensor): Tensor => this.#ggml.ggml_swiglu_split(this.context, gate, up);
  rmsNorm = (x: Tensor, epsilon: number): Tensor => this.#ggml.ggml_rms_norm(this.context, x, epsilon);
  rmsNormBack = (dy: Tensor, x: Tensor, epsilon: number): Tensor =>
    this.#ggml.ggml_rms_norm_back(this.context, dy, x, epsilon);
  /** a [k, n], b [k, m] → [n, m]: aᵀ b. */
  mulMat = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_mul_mat(this.context, a, b);
  /** a [n, k], b [m, k] → [n, m]: a bᵀ. */
  outProd = (a: Tensor, b: Tensor): Tensor => this.#ggml.ggml_out_prod(this.context, a, b);
  cast = (a: Tensor, type: number): Tensor => this.#ggml.ggml_cast(this.context, a, type);
  contiguous = (a: Tensor): Tensor => this.#ggml.ggml_cont(this.context, a);
  transpose = (a: Tensor): Tensor => this.#ggml.ggml_transpose(this.context, a);
  reshape2d = (a: Tensor, n0: number, n1: number): Tensor =>
    this.#ggml.ggml_reshape_2d(this.context, a, n0, n1);
  reshape3d = (a: Tensor, n0: number, n1: number, n2: number): Tensor =>
    this.#ggml.ggml_reshape_3d(this.context, a, n0, n1, n2);
  view3d = (
    a: Tensor,
    n0: number,
    n1: number,
    n2: number,
    nb1: number,
    nb2: number,
    offset: number,
  ): Tensor => this.#ggml.ggml_view_3d(this.context, a, n0, n1, n2, nb1, nb2, offset);
  permute = (a: Tensor, p0: number, p1: number, p2: number, p3: number): Tensor =>
    this.#ggml.ggml_permute(this.context, a, p0, p1, p2, p3);
  getRows = (a: Tensor, rows: Tensor): Tensor => this.#ggml.ggml_get_rows(this.context, a, rows);
  /** In place in `a`; `rows` are I64. */
  setRows = (a: Tensor, values: Tensor, rows: Tensor): Tensor =>
    this.#ggml.ggml_set_rows(this.context, a, values, rows);
  softMax = (a: Tensor): Tensor => this.#ggml.ggml_soft_max(this.context, a);
  /** softmax(scale · a + mask). */
  maskedSoftMax = (a: Tensor, mask: Tensor, scale: number): Tensor =>
    this.#ggml.ggml_soft_max_ext(this.context, a, mask, scale, 0);
  maskedSoftMaxBack = (dy: Tensor, y: Tensor, scale: number): Tensor =>
    this.#ggml.ggml_soft_max_ext_back(this.context, dy, y, scale, 0);
  /** q [d, n, heads], k and v [d, slots, kv heads], mask [slots, n] F16 → [d, heads, n]. */
  flashAttention = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: number): Tensor =>
    this.#ggml.ggml_flash_attn_ext(this.context, q, k, v, mask, scale, 0, 0);
  sumRows = (a: Tensor): Tensor => this.#ggml.ggml_sum_rows(this.context, a);

  /** x [headDim, heads, N]. The backward pass of a rotation is the rotation back. */
  rope(x: Tensor, positions: Tensor, factors: Tensor | null, rope: Rope, back = false): Tensor {
    const { dimensions, mode, contextLength, frequencyBase, frequencyScale } = rope;
    const rotate = back ? this.#ggml.ggml_rope_ext_back : this.#ggml.ggml_rope_ext;
    return rotate(this.context, x, positions, factors, dimensions, mode, contextLength, frequencyBase, frequencyScale, 0, 1, 32, 1); // prettier-ignore
  }
}
