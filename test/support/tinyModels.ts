/**
 * @file Writes tiny random models (llama, qwen2, qwen3) as complete GGUF files that llama.cpp loads too, for the parity and
 * gradient tests. Two layers, 64 wide, a byte-level BPE tokenizer of 288 tokens; about 500 kB in F32.
 */
import { GGML_F16, GGML_F32, GGML_Q8_0 } from '../../server/src/tensor/gguf.ts';
import type { GgufValue } from '../../server/src/tensor/gguf.ts';
import { bytesOf, toHalf } from '../../server/src/tensor/ggufAdapter.ts';
import { writeGguf } from '../../server/src/tensor/ggufWriter.ts';
import type { GgufTensorData } from '../../server/src/tensor/ggufWriter.ts';

export interface TinyModel {
  readonly architecture: 'llama' | 'qwen2' | 'qwen3';
  /** Tied: the token embedding is the output matrix, and the file holds no output.weight. */
  readonly tied: boolean;
  /** Of the matrices; norms, biases and RoPE factors are always F32. */
  readonly type: 'F32' | 'F16' | 'Q8_0' | 'Q4_0' | 'Q4_1';
  readonly seed: number;
  /** Frequency factors as Llama 3 has them (rope_freqs.weight), or linear position scaling. */
  readonly ropeScaling?: 'factors' | 'linear';
  /** Default 2. */
  readonly layers?: number;
  /**
   * For an untied model: the output matrix points in this many directions of its first two dimensions, token by token in turn, so that a
   * hidden state can prefer one class of tokens to the others.
   */
  readonly classes?: number;
}

/** What every tiny model has in common; qwen3 has heads wider than nEmbd / nHead, as the real one may. */
export const tinyShape = {
  nVocab: 288,
  nEmbd: 64,
  nFf: 96,
  nHead: 4,
  nHeadKv: 2,
  nContext: 512,
  headDim: { llama: 16, qwen2: 16, qwen3: 32 },
} as const;

/** Ids of the special tokens. */
export const tinyTokens = { imStart: 256, imEnd: 257, endOfText: 258 } as const;

export function writeTinyModel(path: string, model: TinyModel): void {
  writeGguf(path, tinyMetadata(model), tinyTensors(model));
}

function tinyMetadata({ architecture, ropeScaling, layers = 2 }: TinyModel): Map<string, GgufValue> {
  const { nVocab, nEmbd, nFf, nHead, nHeadKv, nContext, headDim } = tinyShape;
  const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const float32 = (value: number): GgufValue => ({ type: 'float32', value: Math.fround(value) });
  const string = (value: string): GgufValue => ({ type: 'string', value });
  const entries: [string, GgufValue][] = [
    ['general.architecture', string(architecture)],
    ['general.type', string('model')],
    ['general.name', string(`tiny ${architecture}`)],
    [`${architecture}.block_count`, uint32(layers)],
    [`${architecture}.context_length`, uint32(nContext)],
    [`${architecture}.embedding_length`, uint32(nEmbd)],
    [`${architecture}.feed_forward_length`, uint32(nFf)],
    [`${architecture}.attention.head_count`, uint32(nHead)],
    [`${architecture}.attention.head_count_kv`, uint32(nHeadKv)],
    [`${architecture}.attention.layer_norm_rms_epsilon`, float32(1e-5)],
    [`${architecture}.rope.freq_base`, float32(10000)],
    [`${architecture}.vocab_size`, uint32(nVocab)],
  ];
  if (architecture === 'llama') entries.push(['llama.rope.dimension_count', uint32(headDim.llama)]);
  if (architecture === 'qwen3') {
    entries.push(['qwen3.attention.key_length', uint32(headDim.qwen3)]);
    entries.push(['qwen3.attention.value_length', uint32(headDim.qwen3)]);
  }
  if (ropeScaling === 'linear') {
    entries.push([`${architecture}.rope.scaling.type`, string('linear')]);
    entries.push([`${architecture}.rope.scaling.factor`, float32(2)]);
  }
  entries.push(...tokenizer(nVocab));
  return new Map(entries);
}

/** GPT-2's byte alphabet (256 tokens), three special tokens, some merges, and unused ones to fill the vocabulary. */
function tokenizer(nVocab: number): [string, GgufValue][] {
  const bytes = byteAlphabet();
  const merges = ['Ġ t', 'h e', 'i n', 'Ġt he', 'Ġ a', 'e r', 'o n', 'Ġ s', 'r e', 'a n'];
  const tokens = [...bytes, '<|im_start|>', '<|im_end|>', '<|endoftext|>'];
  const types: number[] = tokens.map((_, id) => (id < 256 ? 1 : 3)); // 1 normal, 3 control, 5 unused
  for (const merge of merges) {
    tokens.push(merge.replace(' ', ''));
    types.push(1);
  }
  while (tokens.length < nVocab) {
    tokens.push(`<unused${tokens.length}>`);
    types.push(5);
  }
  const template =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'gpt-2' }],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', value: types }],
    ['tokenizer.ggml.merges', { type: 'array', of: 'string', value: merges }],
    ['tokenizer.ggml.bos_token_id', { type: 'uint32', value: tinyTokens.imStart }],
    ['tokenizer.ggml.eos_token_id', { type: 'uint32', value: tinyTokens.imEnd }],
    ['tokenizer.ggml.padding_token_id', { type: 'uint32', value: tinyTokens.endOfText }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', { type: 'string', value: template }],
  ];
}

/** Byte b is written as the character with GPT-2's code: printable Latin-1 as itself, the others from U+0100 on. */
function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => {
    const printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    return String.fromCodePoint(printable ? b : next++);
  });
}

function tinyTensors({
  architecture,
  tied,
  type,
  seed,
  ropeScaling,
  layers = 2,
  classes,
}: TinyModel): GgufTensorData[] {
  const { nVocab, nEmbd, nFf, nHead, nHeadKv } = tinyShape;
  const headDim = tinyShape.headDim[architecture];
  const random = uniform(seed);
  const out: GgufTensorData[] = [];
  const vector = (name: string, length: number, centre: number, spread: number): void => {
    const values = Float32Array.from({ length }, () => centre + spread * random());
    out.push({ name, shape: [length], type: GGML_F32, bytes: bytesOf(values) });
  };
  const matrix = (
    name: string,
    nIn: number,
    nOut: number,
    gain = 1,
    change?: (values: Float32Array) => void,
  ): void => {
    const spread = gain * Math.sqrt(3 / nIn); // variance gain² / nIn
    const values = Float32Array.from({ length: nIn * nOut }, () => spread * random());
    change?.(values);
    out.push({ name, shape: [nIn, nOut], ...encode(values, type) });
  };
  matrix('token_embd.weight', nEmbd, nVocab); // small, so that a tied model does not just repeat its input
  vector('output_norm.weight', nEmbd, 1, 0.2);
  if (!tied) {
    matrix('output.weight', nEmbd, nVocab, 2, (values) => {
      for (let token = 0; classes !== undefined && token < nVocab; token++) {
        const angle = (2 * Math.PI * (token % classes)) / classes;
        values.set([0.5 * Math.cos(angle), 0.5 * Math.sin(angle)], token * nEmbd);
      }
    });
  }
  if (ropeScaling === 'factors') {
    const factors = Float32Array.from({ length: headDim / 2 }, (_, i) => 1 + 0.5 * i);
    out.push({ name: 'rope_freqs.weight', shape: [factors.length], type: GGML_F32, bytes: bytesOf(factors) });
  }
  for (let layer = 0; layer < layers; layer++) {
    const named = (name: string): string => `blk.${layer}.${name}`;
    vector(named('attn_norm.weight'), nEmbd, 1, 0.2);
    matrix(named('attn_q.weight'), nEmbd, headDim * nHead, 1.5);
    matrix(named('attn_k.weight'), nEmbd, headDim * nHeadKv, 1.5);
    matrix(named('attn_v.weight'), nEmbd, headDim * nHeadKv);
    matrix(named('attn_output.weight'), headDim * nHead, nEmbd);
    if (architecture === 'qwen2') {
      vector(named('attn_q.bias'), headDim * nHead, 0, 0.5);
      vector(named('attn_k.bias'), headDim * nHeadKv, 0, 0.5);
      vector(named('attn_v.bias'), headDim * nHeadKv, 0, 0.5);
    }
    if (architecture === 'qwen3') {
      vector(named('attn_q_norm.weight'), headDim, 1, 0.3);
      vector(named('attn_k_norm.weight'), headDim, 1, 0.3);
    }
    vector(named('ffn_norm.weight'), nEmbd, 1, 0.2);
    matrix(named('ffn_gate.weight'), nEmbd, nFf);
    matrix(named('ffn_up.weight'), nEmbd, nFf);
    matrix(named('ffn_down.weight'), nFf, nEmbd);
  }
  return out;
}

/** Uniform in (−1, 1): mulberry32. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function encode(values: Float32Array, type: TinyModel['type']): { type: number; bytes: Uint8Array } {
  switch (type) {
    case 'F32':
      return { type: GGML_F32, bytes: bytesOf(values) };
    case 'F16':
      return { type: GGML_F16, bytes: bytesOf(toHalf(values)) };
    case 'Q8_0':
      return { type: GGML_Q8_0, bytes: blocks(values, 34, quantiseQ8_0) };
    case 'Q4_0':
      return { type: 2, bytes: blocks(values, 18, quantiseQ4_0) };
    case 'Q4_1':
      return { type: 3, bytes: blocks(values, 20, quantiseQ4_1) };
  }
}

type QuantiseBlock = (block: Float32Array, out: DataView) => void;

function blocks(values: Float32Array, blockBytes: number, quantise: QuantiseBlock): Uint8Array {
  const out = new Uint8Array((values.length / 32) * blockBytes);
  for (let b = 0; b < values.length / 32; b++) {
    quantise(values.subarray(b * 32, b * 32 + 32), new DataView(out.buffer, b * blockBytes, blockBytes));
  }
  return out;
}

const halfBits = (value: number): number => toHalf(Float32Array.of(value))[0]!;

/** ggml's block_q8_0: half d, 32 × int8; x = d q. */
function quantiseQ8_0(block: Float32Array, out: DataView): void {
  const d = block.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
  out.setUint16(0, halfBits(d), true);
  block.forEach((x, i) => out.setInt8(2 + i, d === 0 ? 0 : Math.round(x / d)));
}

/** ggml's block_q4_0: half d, 16 bytes with element i low and i + 16 high; x = d (q − 8). */
function quantiseQ4_0(block: Float32Array, out: DataView): void {
  const extreme = block.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  const d = extreme / -8;
  const q = (x: number): number => (d === 0 ? 8 : Math.min(15, Math.max(0, Math.floor(x / d + 8.5))));
  out.setUint16(0, halfBits(d), true);
  for (let i = 0; i < 16; i++) out.setUint8(2 + i, q(block[i]!) | (q(block[i + 16]!) << 4));
}

/** ggml's block_q4_1: half d, half m, 16 bytes as in q4_0; x = d q + m. */
function quantiseQ4_1(block: Float32Array, out: DataView): void {
  const least = Math.min(...block);
  const d = (Math.max(...block) - least) / 15;
  const q = (x: number): number => (d === 0 ? 0 : Math.min(15, Math.round((x - least) / d)));
  out.setUint16(0, halfBits(d), true);
  out.setUint16(2, halfBits(least), true);
  for (let i = 0; i < 16; i++) out.setUint8(4 + i, q(block[i]!) | (q(block[i + 16]!) << 4));
}
