/**
 * @file The output head over the tokens with a loss, in chunks, so that vocabulary × tokens never exists at once: log-probs, entropy
 * and the gradient of −Σ w_t log π(token_t) from one pass (ENGINE §4).
 */
import type { BatchTensors } from './activations.ts';
import { F32, I32, I64 } from './graph.ts';
import type { Graph, Tensor } from './graph.ts';
import type { LayerParts } from './layer.ts';
import type { Batch } from './packing.ts';

export interface HeadOptions {
  /** Write the gradient of h[nLayer] to dh[0]. */
  readonly training: boolean;
  readonly entropy: boolean;
  /** Also read the most probable token of each row: for parity tests; reads all logits. */
  readonly top: boolean;
}

export interface HeadResult {
  /** log π(target) of each entry of the loss, natural. */
  readonly logProbs: Float32Array;
  /** Entropy of the whole next-token distribution at each entry, in nats. */
  readonly entropy: Float32Array | null;
  readonly top: Int32Array | null;
}

export const headChunk = 128;
const smallest = 1e-38;

export function lossHead(
  parts: LayerParts,
  batch: Batch,
  tensors: BatchTensors,
  options: HeadOptions,
): HeadResult {
  const count = batch.rows.length;
  const result: HeadResult = {
    logProbs: new Float32Array(count),
    entropy: options.entropy ? new Float32Array(count) : null,
    top: options.top ? new Int32Array(count) : null,
  };
  const { ggml } = parts.backend;
  if (options.training) {
    ggml.ggml_backend_tensor_memset(tensors.dh[0], 0, 0, 4 * parts.model.nEmbd * batch.tokens.length);
  }
  for (let start = 0; start < count; start += headChunk) {
    const graph = parts.backend.graph(96);
    try {
      headOfChunk(graph, parts, batch, tensors, options, start, Math.min(headChunk, count - start), result);
    } finally {
      graph.dispose();
    }
  }
  return result;
}

/** m entries from `start` on; V the vocabulary. */
function headOfChunk(
  g: Graph,
  parts: LayerParts,
  batch: Batch,
  tensors: BatchTensors,
  options: HeadOptions,
  start: number,
  m: number,
  result: HeadResult,
): void {
  const { nVocab, nLayer, epsilon } = parts.model;
  const { head, outputNorm } = parts.weights;
  const rows = batch.rows.slice(start, start + m);
  const flat = batch.targets.slice(start, start + m).map((target, i) => i * nVocab + target);
  const flatIndex = g.input(Int32Array.from(flat), I32, m);
  const h = g.getRows(tensors.h[nLayer]!, g.input(Int32Array.from(rows), I32, m)); // [nEmbd, m]; nLayer + 1 of them
  const x = g.multiply(g.rmsNorm(h, epsilon), outputNorm); // [nEmbd, m]
  const logits = g.mulMat(head.weight, x); // [V, m]
  const p = g.softMax(logits); // [V, m]
  const pFlat = g.reshape2d(p, 1, nVocab * m);
  const pTarget = g.output(g.getRows(pFlat, flatIndex)); // [1, m]
  let entropyParts: { readonly mean: Tensor; readonly target: Tensor } | null = null;
  if (options.entropy) {
    const mean = g.output(g.sumRows(g.multiply(p, logits))); // [1, m]: Σ p · logit
    const target = g.output(g.getRows(g.reshape2d(logits, 1, nVocab * m), flatIndex)); // [1, m]
    entropyParts = { mean, target };
  }
  if (options.top) g.output(logits);
  if (options.training) {
    const weights = batch.weights.slice(start, start + m).map((w) => w * parts.lossScale);
    const flat64 = g.input(BigInt64Array.from(flat, BigInt), I64, m);
    const minusOneHot = g.expand(g.setRows(pFlat, g.scaleBias(pTarget, 1, -1), flat64)); // p − onehot, in place
    const dLogits = g.reshape2d(minusOneHot, nVocab, m); // [V, m]
    const w = g.input(Float32Array.from(weights), F32, 1, m);
    const dx = g.multiply(g.mulMat(head.transposed, dLogits), w); // [nEmbd, m]
    addToRows(g, parts, g.rmsNormBack(g.multiply(dx, outputNorm), h, epsilon), rows, tensors.dh[0]);
  }
  g.compute(options.training ? 'loss head with gradient' : 'loss head');
  const target = g.readFloats(pTarget, m);
  for (let i = 0; i < m; i++) result.logProbs[start + i] = Math.log(Math.max(target[i]!, smallest)); // i < m
  if (result.entropy !== null && entropyParts !== null) {
    const mean = g.readFloats(entropyParts.mean, m);
    const logit = g.readFloats(entropyParts.target, m);
    // H = log Z − Σ p · logit, and log Z = logit(target) − log p(target)
    for (let i = 0; i < m; i++)
      result.entropy[start + i] = logit[i]! - result.logProbs[start + i]! - mean[i]!; // i < m
  }
  if (result.top !== null) {
    const values = g.readFloats(logits, nVocab * m);
    for (let i = 0; i < m; i++) result.top[start + i] = argmax(values.subarray(i * nVocab, (i + 1) * nVocab));
  }
}

/**
 * to[:, rows] += d. With a shared prompt several entries stand on one row; set_rows would keep only one of them, so equal rows are
 * added up first by a product with a 0/1 matrix.
 */
function addToRows(g: Graph, parts: LayerParts, d: Tensor, rows: readonly number[], to: Tensor): void {
  const unique = [...new Set(rows)];
  const index = new Map(unique.map((row, i) => [row, i]));
  const pick = new Float32Array(unique.length * rows.length); // [unique, m] in ggml order
  rows.forEach((row, i) => (pick[i * unique.length + index.get(row)!] = 1)); // every row is in the index
  const selected =
    unique.length === rows.length ? d : g.outProd(d, g.input(pick, F32, unique.length, rows.length)); // [nEmbd, unique]
  const before = g.getRows(to, g.input(Int32Array.from(unique), I32, unique.length)); // what earlier chunks added
  g.expand(
    g.setRows(to, g.add(before, selected), g.input(BigInt64Array.from(unique, BigInt), I64, unique.length)),
  );
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i; // i < length
  return best;
}
