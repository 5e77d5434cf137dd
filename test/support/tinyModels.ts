/**
 * @file Writes tiny random models (llama, qwen2, qwen3) as complete GGUF files that llama.cpp loads too, for the parity and
 * gradient tests. Two layers, 64 wide (256 with K-quants, whose blocks are as long), a byte-level BPE tokenizer of 288 tokens; about
 * 500 kB in F32.
 */
import { GGML_F32 } from '../../server/src/tensor/gguf.ts';
import type { GgufValue } from '../../server/src/tensor/gguf.ts';
import { bytesOf } from '../../server/src/tensor/ggufAdapter.ts';
import { writeGguf } from '../../server/src/tensor/ggufWriter.ts';
import type { GgufTensorData } from '../../server/src/tensor/ggufWriter.ts';
import { encode } from './quantise.ts';
import type { MatrixType } from './quantise.ts';

export interface TinyModel {
  readonly architecture: 'llama' | 'qwen2' | 'qwen3';
  /** Tied: the token embedding is the output matrix, and the file holds no output.weight. */
  readonly tied: boolean;
  /** Of the matrices; norms, biases and RoPE factors are always F32. */
  readonly type: MatrixType;
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

const wideShape = {
  ...tinyShape,
  nEmbd: 256,
  nFf: 512,
  headDim: { llama: 64, qwen2: 64, qwen3: 128 },
} as const;

const shapeOf = ({ type }: TinyModel): typeof tinyShape | typeof wideShape =>
  type.endsWith('_K') ? wideShape : tinyShape;

/** Ids of the special tokens. */
export const tinyTokens = { imStart: 256, imEnd: 257, endOfText: 258 } as const;

export function writeTinyModel(path: string, model: TinyModel): void {
  writeGguf(path, tinyMetadata(model), tinyTensors(model));
}

function tinyMetadata(model: TinyModel): Map<string, GgufValue> {
  const { architecture, ropeScaling, layers = 2 } = model;
  const { nVocab, nEmbd, nFf, nHead, nHeadKv, nContext, headDim } = shapeOf(model);
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

function tinyTensors(model: TinyModel): GgufTensorData[] {
  const { architecture, tied, type, seed, ropeScaling, layers = 2, classes } = model;
  const { nVocab, nEmbd, nFf, nHead, nHeadKv, headDim: headDims } = shapeOf(model);
  const headDim = headDims[architecture];
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
