/** @file The models that can be downloaded, as data. Sizes are of the file; shapes say what the key-value cache takes. */
import type { ModelShape } from './modelShape.ts';

export interface CatalogueModel {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly url: string;
  readonly sizeBytes: number;
  readonly shape: ModelShape;
  readonly goodFor: string;
}

const hub = 'https://huggingface.co';

/** The embedded model comes with the extension and is not downloaded. */
export const bundledModel = {
  id: 'smollm2-135m',
  title: 'SmolLM2 135M',
  licence: 'Apache-2.0',
  fileName: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  shape: { architecture: 'llama', layers: 30, keyValueWidth: 384 },
  goodFor: 'Grammar and small edits, on any machine; learns fastest',
} as const;

export const catalogue: readonly CatalogueModel[] = [
  {
    id: 'qwen2.5-0.5b',
    title: 'Qwen2.5 0.5B',
    licence: 'Apache-2.0',
    url: `${hub}/Qwen/Qwen2.5-0.5B-Instruct-GGUF/resolve/main/qwen2.5-0.5b-instruct-q4_k_m.gguf`,
    sizeBytes: 491e6,
    shape: { architecture: 'qwen2', layers: 24, keyValueWidth: 256 },
    goodFor: 'Clearer rewrites, still quick without a GPU',
  },
  {
    id: 'qwen2.5-1.5b',
    title: 'Qwen2.5 1.5B',
    licence: 'Apache-2.0',
    url: `${hub}/Qwen/Qwen2.5-1.5B-Instruct-GGUF/resolve/main/qwen2.5-1.5b-instruct-q4_k_m.gguf`,
    sizeBytes: 1117e6,
    shape: { architecture: 'qwen2', layers: 28, keyValueWidth: 512 },
    goodFor: 'Good rewrites in many languages on a recent laptop',
  },
  {
    id: 'qwen3-4b',
    title: 'Qwen3 4B',
    licence: 'Apache-2.0',
    url: `${hub}/unsloth/Qwen3-4B-Instruct-2507-GGUF/resolve/main/Qwen3-4B-Instruct-2507-Q4_K_M.gguf`,
    sizeBytes: 2497e6,
    shape: { architecture: 'qwen3', layers: 36, keyValueWidth: 2048 },
    goodFor: 'Tone and style; wants a GPU',
  },
  {
    id: 'qwen2.5-7b',
    title: 'Qwen2.5 7B',
    licence: 'Apache-2.0',
    url: `${hub}/bartowski/Qwen2.5-7B-Instruct-GGUF/resolve/main/Qwen2.5-7B-Instruct-Q4_K_M.gguf`,
    sizeBytes: 4683e6,
    shape: { architecture: 'qwen2', layers: 28, keyValueWidth: 1024 },
    goodFor: 'The best rewrites here; a GPU with 8 GB',
  },
];
