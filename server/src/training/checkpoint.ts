/**
 * @file Checkpoints: adapter, optimiser, random generator and progress in one GGUF, written atomically, so that a run that was
 * killed goes on with the very bits it had. Written by run.ts after whole steps.
 */
import type { AdamWState } from '../tensor/adamw.ts';
import { GGML_F32, GgufError, GgufFile } from '../tensor/gguf.ts';
import type { GgufValue } from '../tensor/gguf.ts';
import { bytesOf } from '../tensor/ggufAdapter.ts';
import type { AdapterProvenance, LoraAdapter, LoraPair } from '../tensor/ggufAdapter.ts';
import { writeGguf } from '../tensor/ggufWriter.ts';
import type { GgufTensorData } from '../tensor/ggufWriter.ts';

export interface Checkpoint {
  readonly adapter: LoraAdapter;
  /** Moments of what is learned: of {@link adapterParameters} in their order, or of the shares of styles. */
  readonly optimiser: AdamWState;
  /** The generator's state as unsigned 32-bit words. */
  readonly rng: readonly number[];
  /** Whatever else the run must remember, as a JSON value: step, metrics … */
  readonly progress: unknown;
  /** Milliseconds that the run was worked on until then, in every process that did; 0 in checkpoints from before it was written. */
  readonly workedMs: number;
}

const version = 1;

/** Replaces the checkpoint at `path`; a crash leaves the one before. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  const { adapter, optimiser, rng, progress, workedMs } = checkpoint;
  const json = (value: unknown): GgufValue => ({ type: 'string', value: JSON.stringify(value) });
  const metadata = new Map<string, GgufValue>([
    ['general.type', { type: 'string', value: 'checkpoint' }],
    ['general.architecture', { type: 'string', value: adapter.architecture }],
    ['second_draft.checkpoint.version', { type: 'uint32', value: version }],
    ['second_draft.checkpoint.rank', { type: 'uint32', value: adapter.rank }],
    ['second_draft.checkpoint.alpha', { type: 'float64', value: adapter.alpha }],
    ['second_draft.checkpoint.provenance', json(adapter.provenance)],
    ['second_draft.checkpoint.adam_step', { type: 'uint32', value: optimiser.step }],
    ['second_draft.checkpoint.adam_arrays', { type: 'uint32', value: optimiser.m.length }],
    ['second_draft.checkpoint.rng', { type: 'array', of: 'uint32', value: rng }],
    ['second_draft.checkpoint.progress', json(progress)],
    ['second_draft.checkpoint.worked_ms', { type: 'float64', value: workedMs }],
  ]);
  const tensors: GgufTensorData[] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array): void => {
    tensors.push({ name, shape, type: GGML_F32, bytes: bytesOf(values) });
  };
  for (const { name, nIn, nOut, a, bt } of adapter.pairs) {
    add(`${name}.a`, [nIn, adapter.rank], a);
    add(`${name}.bt`, [nOut, adapter.rank], bt);
  }
  optimiser.m.forEach((m, i) => {
    const v = optimiser.v[i];
    if (v?.length !== m.length) throw new RangeError(`The optimiser's moments ${i} do not fit each other.`);
    add(`adam.${i}.m`, [m.length], m);
    add(`adam.${i}.v`, [v.length], v);
  });
  writeGguf(path, metadata, tensors);
}

/** @throws GgufError where the file is no checkpoint of this version or is damaged */
export function readCheckpoint(path: string): Checkpoint {
  const file = new GgufFile(path);
  try {
    return checkpointIn(file);
  } finally {
    file.dispose();
  }
}

function checkpointIn(file: GgufFile): Checkpoint {
  const { path } = file;
  const found = file.number('second_draft.checkpoint.version', 0);
  if (found !== version) throw new GgufError(`${path} is no checkpoint of version ${version}.`);
  const floats = (name: string): Float32Array => {
    const bytes = file.readTensor(name);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  };
  const pairs: LoraPair[] = [];
  for (const [tensorName, { shape }] of file.tensors) {
    if (!tensorName.endsWith('.a')) continue;
    const name = tensorName.slice(0, -2);
    const nOut = file.tensor(`${name}.bt`).shape[0] ?? 0;
    pairs.push({ name, nIn: shape[0] ?? 0, nOut, a: floats(tensorName), bt: floats(`${name}.bt`) });
  }
  const arrays = file.number('second_draft.checkpoint.adam_arrays', pairs.length * 2);
  const moments = (which: 'm' | 'v'): Float32Array[] =>
    Array.from({ length: arrays }, (_, i) => floats(`adam.${i}.${which}`));
  const rng = file.metadata.get('second_draft.checkpoint.rng');
  if (rng?.type !== 'array' || rng.of !== 'uint32') throw new GgufError(`${path} has no generator state.`);
  return {
    adapter: {
      architecture: file.string('general.architecture'),
      rank: file.number('second_draft.checkpoint.rank'),
      alpha: file.number('second_draft.checkpoint.alpha'),
      pairs,
      provenance: provenanceOf(parse(file.string('second_draft.checkpoint.provenance'), path), path),
    },
    optimiser: { step: file.number('second_draft.checkpoint.adam_step'), m: moments('m'), v: moments('v') },
    rng: rng.value,
    progress: parse(file.string('second_draft.checkpoint.progress'), path),
    workedMs: file.number('second_draft.checkpoint.worked_ms', 0),
  };
}

function parse(json: string, path: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new GgufError(`${path} holds damaged JSON.`, { cause });
  }
}

function provenanceOf(value: unknown, path: string): AdapterProvenance {
  if (typeof value === 'object' && value !== null && 'baseModelSha256' in value && 'parent' in value) {
    if ('step' in value && 'config' in value) {
      const { baseModelSha256, parent, step, config } = value;
      if (
        typeof baseModelSha256 === 'string' &&
        (parent === null || typeof parent === 'string') &&
        typeof step === 'number' &&
        typeof config === 'object' &&
        config !== null
      ) {
        return { baseModelSha256, parent, step, config: { ...config } };
      }
    }
  }
  throw new GgufError(`${path} does not say where its adapter comes from.`);
}
