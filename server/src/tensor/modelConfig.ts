/** @file What the header of a GGUF says about the transformer, checked before any memory is taken. */
import { ggmlTypeName } from './gguf.ts';
import type { GgufFile } from './gguf.ts';
import type { Rope } from './graph.ts';
import { DraftError } from '../util/errors.ts';

/** The seven linears of a layer that may carry an adapter, in the order of parameters. */
export const linearNames = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const;
export type LinearName = (typeof linearNames)[number];

export const ggufNames: Readonly<Record<LinearName, string>> = {
  q: 'attn_q',
  k: 'attn_k',
  v: 'attn_v',
  o: 'attn_output',
  gate: 'ffn_gate',
  up: 'ffn_up',
  down: 'ffn_down',
};

export interface ModelConfig {
  readonly architecture: 'llama' | 'qwen2' | 'qwen3';
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nHeadKv: number;
  readonly headDim: number;
  readonly nFf: number;
  readonly nVocab: number;
  readonly epsilon: number;
  readonly rope: Rope;
  readonly tied: boolean;
}

const ropeModes = { llama: 0, qwen2: 2, qwen3: 2 } as const;
const supportedTypes: ReadonlySet<string> = new Set([
  'F32', 'F16', 'BF16', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K',
]); // prettier-ignore

/** @throws DraftError `trainingFailed` that names the architecture, tensor type, shape or scaling which is not supported */
export function readModelConfig(file: GgufFile): ModelConfig {
  const architecture = file.string('general.architecture');
  if (architecture !== 'llama' && architecture !== 'qwen2' && architecture !== 'qwen3') {
    throw unsupported(`models of the architecture "${architecture}"`);
  }
  const key = (name: string): string => `${architecture}.${name}`;
  const nEmbd = file.number(key('embedding_length'));
  const nHead = file.number(key('attention.head_count'));
  const headDim = file.number(key('attention.key_length'), nEmbd / nHead);
  if (file.number(key('attention.value_length'), headDim) !== headDim) {
    throw unsupported('values of another width than keys');
  }
  if (file.number(key('expert_count'), 0) > 0) throw unsupported('mixtures of experts');
  for (const { name, type } of file.tensors.values()) {
    if (!supportedTypes.has(ggmlTypeName(type)))
      throw unsupported(`the tensor type ${ggmlTypeName(type)} (${name})`);
  }
  const config: ModelConfig = {
    architecture,
    nLayer: file.number(key('block_count')),
    nEmbd,
    nHead,
    nHeadKv: file.number(key('attention.head_count_kv'), nHead),
    headDim,
    nFf: file.number(key('feed_forward_length')),
    nVocab: file.tensor('token_embd.weight').shape[1] ?? 0,
    epsilon: file.number(key('attention.layer_norm_rms_epsilon')),
    rope: {
      dimensions: file.number(key('rope.dimension_count'), headDim),
      mode: ropeModes[architecture],
      contextLength: file.number(key('context_length')),
      frequencyBase: file.number(key('rope.freq_base'), 10000),
      frequencyScale: frequencyScale(file, key),
    },
    tied: !file.tensors.has('output.weight'),
  };
  checkShapes(file, config);
  return config;
}

/** [nIn, nOut] of a linear. */
export function linearShape(config: ModelConfig, linear: LinearName): readonly [number, number] {
  const { nEmbd, nFf, headDim, nHead, nHeadKv } = config;
  switch (linear) {
    case 'q':
      return [nEmbd, headDim * nHead];
    case 'k':
    case 'v':
      return [nEmbd, headDim * nHeadKv];
    case 'o':
      return [headDim * nHead, nEmbd];
    case 'gate':
    case 'up':
      return [nEmbd, nFf];
    case 'down':
      return [nFf, nEmbd];
  }
}

function frequencyScale(file: GgufFile, key: (name: string) => string): number {
  const scaling = file.string(key('rope.scaling.type'), 'none');
  if (scaling === 'none') return 1;
  if (scaling === 'linear') return 1 / file.number(key('rope.scaling.factor'), 1);
  throw unsupported(`the RoPE scaling "${scaling}"`);
}

function checkShapes(file: GgufFile, config: ModelConfig): void {
  for (let layer = 0; layer < config.nLayer; layer++) {
    for (const linear of linearNames) {
      const { name, shape } = file.tensor(`blk.${layer}.${ggufNames[linear]}.weight`);
      const [nIn, nOut] = linearShape(config, linear);
      if (shape[0] !== nIn || shape[1] !== nOut) throw unsupported(`the shape ${shape.join('×')} of ${name}`);
    }
  }
}

function unsupported(what: string): DraftError {
  return new DraftError('trainingFailed', `The training engine does not support ${what}.`);
}
