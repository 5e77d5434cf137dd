/**
 * @file One transformer layer, forward and backward, as one graph each (ENGINE §4). The base weights are frozen; gradients go to the
 * adapter's accumulators and to the layer's input. Shapes in ggml order; N packed tokens, r the rank.
 */
import type { BatchTensors, LayerActivations } from './activations.ts';
import type { ComputeBackend } from './backend.ts';
import { F32 } from './graph.ts';
import type { Graph, Tensor } from './graph.ts';
import type { LoraParameters } from './lora.ts';
import type { LinearName, ModelConfig } from './modelConfig.ts';
import type { AttentionGroup, Batch } from './packing.ts';
import type { LayerWeights, Weights } from './weights.ts';

/** All that a layer's graph is made from. */
export interface LayerParts {
  readonly backend: ComputeBackend;
  readonly model: ModelConfig;
  readonly weights: Weights;
  readonly lora: LoraParameters;
  /** alpha / r times what the caller scales the adapter with; 0 leaves it out. */
  readonly loraScale: number;
  /** Gradients in the graph are `lossScale` times the true ones; the accumulators get the true ones. */
  readonly lossScale: number;
}

const nodesPerLayer = 160;
const nodesPerGroup = 48;

/** h[layer] → h[layer + 1]; fills the layer's activations. */
export function layerForward(parts: LayerParts, layer: number, batch: Batch, tensors: BatchTensors): void {
  withGraph(parts, batch, 'layer forward', (graph) => {
    new LayerGraph(graph, parts, layer, batch, tensors).forward();
  });
}

/** dh[from] → dh[1 − from]; adds to the gradients of A and Bᵀ. */
export function layerBackward(
  parts: LayerParts,
  layer: number,
  batch: Batch,
  tensors: BatchTensors,
  from: 0 | 1,
): void {
  withGraph(parts, batch, 'layer backward', (graph) => {
    new LayerGraph(graph, parts, layer, batch, tensors).backward(from);
  });
}

function withGraph(parts: LayerParts, batch: Batch, label: string, build: (graph: Graph) => void): void {
  const graph = parts.backend.graph(nodesPerLayer + nodesPerGroup * batch.groups.length);
  try {
    build(graph);
    graph.compute(label);
  } finally {
    graph.dispose();
  }
}

class LayerGraph {
  readonly #g: Graph;
  readonly #parts: LayerParts;
  readonly #model: ModelConfig;
  readonly #layer: number;
  readonly #weights: LayerWeights;
  readonly #kept: LayerActivations;
  readonly #tensors: BatchTensors;
  readonly #groups: readonly AttentionGroup[];
  readonly #masks: readonly Tensor[];
  readonly #n: number;

  constructor(graph: Graph, parts: LayerParts, layer: number, batch: Batch, tensors: BatchTensors) {
    this.#g = graph;
    this.#parts = parts;
    this.#model = parts.model;
    this.#layer = layer;
    this.#weights = parts.weights.layers[layer]!; // layer < nLayer
    this.#kept = tensors.layers[layer]!; // layer < nLayer
    this.#tensors = tensors;
    this.#groups = batch.groups;
    this.#masks = masks(graph, batch.groups);
    this.#n = batch.tokens.length;
  }

  forward(): void {
    const g = this.#g;
    const { epsilon, nHead, nHeadKv } = this.#model;
    const w = this.#weights;
    const kept = this.#kept;
    const h = this.#tensors.h[this.#layer]!; // [nEmbd, N]
    const x = g.multiply(g.rmsNorm(h, epsilon), w.attentionNorm); // [nEmbd, N]
    this.#storeRotated(this.#linear('q', x), kept.q, kept.qRaw, w.queryNorm, nHead);
    this.#storeRotated(this.#linear('k', x), kept.k, kept.kRaw, w.keyNorm, nHeadKv);
    g.store(this.#linear('v', x), kept.v);
    this.#groups.forEach((group, i) => {
      const p = this.#probabilities(group, i).p; // [n, n, nHead]
      const v = this.#heads(kept.v, nHeadKv, group); // [headDim, n, nHeadKv]
      const o = g.mulMat(g.contiguous(g.permute(v, 1, 0, 2, 3)), p); // [headDim, n, nHead]
      this.#storeHeads(o, kept.attention, nHead, group);
    });
    const middle = g.add(h, this.#linear('o', kept.attention)); // [nEmbd, N]
    g.store(middle, kept.middle);
    const y = g.multiply(g.rmsNorm(middle, epsilon), w.feedForwardNorm); // [nEmbd, N]
    const gate = this.#linear('gate', y); // [nFf, N]
    const up = this.#linear('up', y); // [nFf, N]
    g.store(gate, kept.gate);
    g.store(up, kept.up);
    const down = this.#linear('down', g.swiglu(gate, up)); // [nEmbd, N]
    g.store(g.add(middle, down), this.#tensors.h[this.#layer + 1]!); // nLayer + 1 of them
  }

  backward(from: 0 | 1): void {
    const g = this.#g;
    const { epsilon, nHead, nHeadKv } = this.#model;
    const w = this.#weights;
    const { q, k, v, qRaw, kRaw } = this.#kept;
    const { dq, dk, dv, dh } = this.#tensors;
    const dMiddle = this.#feedForwardBack(dh[from]); // [nEmbd, N]
    const dAttention = g.expand(this.#linearBack('o', this.#kept.attention, dMiddle)); // [headDim nHead, N]
    this.#groups.forEach((group, i) => this.#attentionBack(group, i, { q, k, v }, dAttention));
    const dQ = this.#rotateBack(dq, qRaw, w.queryNorm, nHead); // [headDim nHead, N]
    const dK = this.#rotateBack(dk, kRaw, w.keyNorm, nHeadKv); // [headDim nHeadKv, N]
    const h = this.#tensors.h[this.#layer]!; // [nEmbd, N]
    const x = g.multiply(g.rmsNorm(h, epsilon), w.attentionNorm); // [nEmbd, N]
    if (this.#layer === 0) {
      this.#accumulate('q', x, dQ); // nothing below is trained
      this.#accumulate('k', x, dK);
      this.#accumulate('v', x, dv);
      return;
    }
    const dx = g.add(
      g.add(this.#linearBack('q', x, dQ), this.#linearBack('k', x, dK)),
      this.#linearBack('v', x, dv),
    ); // [nEmbd, N]
    const dIn = g.rmsNormBack(g.multiply(dx, w.attentionNorm), h, epsilon);
    g.store(g.add(dMiddle, dIn), dh[from === 0 ? 1 : 0]);
  }

  #feedForwardBack(dh: Tensor): Tensor {
    const g = this.#g;
    const { gate, up, middle } = this.#kept;
    const { epsilon } = this.#model;
    const norm = this.#weights.feedForwardNorm;
    const y = g.multiply(g.rmsNorm(middle, epsilon), norm); // [nEmbd, N]
    const dActivation = this.#linearBack('down', g.swiglu(gate, up), dh); // [nFf, N]
    const silu = g.silu(gate);
    const dUp = g.multiply(dActivation, silu);
    // silu' = σ + silu − silu σ from vectorised operations; σ = silu / x, which the tiny constants make ½ at 0
    const sigmoid = g.divide(g.scaleBias(silu, 1, 0.5e-30), g.scaleBias(gate, 1, 1e-30));
    const slope = g.subtract(g.add(sigmoid, silu), g.multiply(silu, sigmoid));
    const dGate = g.multiply(g.multiply(dActivation, up), slope);
    const dy = g.add(this.#linearBack('gate', y, dGate), this.#linearBack('up', y, dUp)); // [nEmbd, N]
    return g.add(dh, g.rmsNormBack(g.multiply(dy, norm), middle, epsilon));
  }

  #attentionBack(
    group: AttentionGroup,
    index: number,
    kept: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    dAttention: Tensor,
  ): void {
    const g = this.#g;
    const { nHead, nHeadKv, headDim } = this.#model;
    const { dq, dk, dv } = this.#tensors;
    const n = group.length;
    const { q, k, p } = this.#probabilities(group, index);
    const dO = g.contiguous(this.#heads(dAttention, nHead, group)); // [headDim, n, nHead]
    const dP = g.mulMat(this.#heads(kept.v, nHeadKv, group), dO); // [n, n, nHead]
    const dS = g.maskedSoftMaxBack(dP, p, 1 / Math.sqrt(headDim)); // [n, n, nHead]
    const dQ = g.mulMat(g.contiguous(g.permute(k, 1, 0, 2, 3)), dS); // [headDim, n, nHead]
    // The heads that share a kv head become rows, so that their gradients add up by themselves.
    const fold = (x: Tensor, rowLength: number): Tensor =>
      g.reshape3d(x, rowLength, (n * nHead) / nHeadKv, nHeadKv);
    this.#storeHeads(dQ, dq, nHead, group);
    this.#storeHeads(g.outProd(fold(q, headDim), fold(dS, n)), dk, nHeadKv, group); // [headDim, n, nHeadKv]
    this.#storeHeads(g.outProd(fold(dO, headDim), fold(p, n)), dv, nHeadKv, group); // [headDim, n, nHeadKv]
  }

  /** P = softmax(K Q / √d + mask), and q, k of the group. */
  #probabilities(group: AttentionGroup, index: number): { q: Tensor; k: Tensor; p: Tensor } {
    const g = this.#g;
    const { nHead, nHeadKv, headDim } = this.#model;
    const q = g.contiguous(this.#heads(this.#kept.q, nHead, group)); // [headDim, n, nHead]
    const k = this.#heads(this.#kept.k, nHeadKv, group); // [headDim, n, nHeadKv]
    const p = g.maskedSoftMax(g.mulMat(k, q), this.#masks[index]!, 1 / Math.sqrt(headDim)); // [n, n, nHead]
    return { q, k, p };
  }

  /** y = W x + b + Bᵀᵀ (s A x); keeps s A x. x [nIn, N] → [nOut, N] */
  #linear(name: LinearName, x: Tensor): Tensor {
    const g = this.#g;
    const { weight, bias } = this.#weights.linears[name];
    const { loraScale } = this.#parts;
    const lora = loraScale === 0 ? null : this.#parts.lora.of(this.#layer, name);
    let y = g.mulMat(weight, x);
    if (lora !== null) {
      const ax = g.scale(g.mulMat(lora.a, x), loraScale); // [r, N]
      g.store(ax, this.#kept.ax[name]);
      y = g.add(y, g.outProd(lora.bt, g.transpose(ax)));
    }
    return bias === null ? y : g.add(y, bias);
  }

  /** dx = Wᵀ dy + A (s B dy); adds the gradients of A and Bᵀ. dy [nOut, N] → [nIn, N] */
  #linearBack(name: LinearName, x: Tensor, dy: Tensor): Tensor {
    const g = this.#g;
    const dx = g.mulMat(this.#weights.linears[name].transposed, dy);
    const lora = this.#parts.lora.of(this.#layer, name);
    const dax = this.#accumulate(name, x, dy);
    return lora === null || dax === null ? dx : g.add(dx, g.outProd(lora.a, g.transpose(dax)));
  }

  /** dA += x (s Bᵀ dy)ᵀ, dBᵀ += dy (s A x)ᵀ; returns s Bᵀ dy [r, N]. */
  #accumulate(name: LinearName, x: Tensor, dy: Tensor): Tensor | null {
    const g = this.#g;
    const { loraScale, lossScale } = this.#parts;
    const lora = loraScale === 0 ? null : this.#parts.lora.of(this.#layer, name);
    if (lora === null) return null;
    const unscaled = (small: Tensor): Tensor => (lossScale === 1 ? small : g.scale(small, 1 / lossScale));
    const dax = g.scale(g.mulMat(lora.bt, dy), loraScale); // [r, N]
    g.expand(g.addInPlace(lora.aGradient, g.outProd(x, unscaled(dax)))); // [nIn, r]
    g.expand(g.addInPlace(lora.btGradient, g.outProd(dy, unscaled(this.#kept.ax[name])))); // [nOut, r]
    return dax;
  }

  /** Norm per head where the model has one, then RoPE; x [headDim heads, N]. */
  #storeRotated(x: Tensor, to: Tensor, raw: Tensor | null, norm: Tensor | null, heads: number): void {
    const g = this.#g;
    const { headDim, epsilon, rope } = this.#model;
    if (raw !== null) g.store(x, raw);
    let split = g.reshape3d(x, headDim, heads, this.#n); // [headDim, heads, N]
    if (norm !== null) split = g.multiply(g.rmsNorm(split, epsilon), norm);
    g.store(g.rope(split, this.#tensors.positions, this.#parts.weights.ropeFactors, rope), to);
  }

  /** The gradient behind RoPE → the gradient of the linear's output. [headDim heads, N] */
  #rotateBack(d: Tensor, raw: Tensor | null, norm: Tensor | null, heads: number): Tensor {
    const g = this.#g;
    const { headDim, epsilon, rope } = this.#model;
    const split = g.reshape3d(d, headDim, heads, this.#n); // [headDim, heads, N]
    let back = g.rope(split, this.#tensors.positions, this.#parts.weights.ropeFactors, rope, true);
    if (raw !== null && norm !== null) {
      back = g.rmsNormBack(g.multiply(back, norm), g.reshape3d(raw, headDim, heads, this.#n), epsilon);
    }
    return g.reshape2d(back, headDim * heads, this.#n);
  }

  /** The group's tokens of x [headDim heads, N] as [headDim, n, heads]; a view. */
  #heads(x: Tensor, heads: number, group: AttentionGroup): Tensor {
    return this.#g.permute(this.#tokenHeads(x, heads, group), 0, 2, 1, 3);
  }

  /** [headDim, n, heads] → the group's tokens of `to` [headDim heads, N]. */
  #storeHeads(from: Tensor, to: Tensor, heads: number, group: AttentionGroup): void {
    this.#g.store(this.#g.permute(from, 0, 2, 1, 3), this.#tokenHeads(to, heads, group));
  }

  /** [headDim, heads, n]; a view. */
  #tokenHeads(x: Tensor, heads: number, { start, length }: AttentionGroup): Tensor {
    const headBytes = 4 * this.#model.headDim;
    const rowBytes = headBytes * heads;
    return this.#g.view3d(x, this.#model.headDim, heads, length, headBytes, rowBytes, start * rowBytes);
  }
}

/** One mask for each group; groups of one length without a mask of their own share the causal one. */
function masks(graph: Graph, groups: readonly AttentionGroup[]): Tensor[] {
  const made = new Map<Float32Array | number, Tensor>();
  return groups.map(({ length, mask }) => {
    const key = mask ?? length;
    const tensor = made.get(key) ?? graph.input(mask ?? causalMask(length), F32, length, length);
    made.set(key, tensor);
    return tensor;
  });
}

function causalMask(n: number): Float32Array {
  const mask = new Float32Array(n * n);
  for (let i = 0; i < n; i++) mask.fill(-Infinity, i * n + i + 1, (i + 1) * n);
  return mask;
}
