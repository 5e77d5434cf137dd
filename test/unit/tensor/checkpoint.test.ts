import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adamwInit,
  adamwUpdate,
  clipScale,
  defaultAdamW,
  globalNorm,
} from '../../../server/src/tensor/adamw.ts';
import { GgufError } from '../../../server/src/tensor/gguf.ts';
import { adapterParameters, writeAdapter } from '../../../server/src/tensor/ggufAdapter.ts';
import type { LoraAdapter } from '../../../server/src/tensor/ggufAdapter.ts';
import { readCheckpoint, writeCheckpoint } from '../../../server/src/training/checkpoint.ts';
import type { Checkpoint } from '../../../server/src/training/checkpoint.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fresh(): Checkpoint {
  const pair = (name: string, nIn: number, nOut: number): LoraAdapter['pairs'][number] => ({
    name,
    nIn,
    nOut,
    a: Float32Array.from({ length: nIn * 2 }, (_, i) => Math.sin(i + nIn)),
    bt: new Float32Array(nOut * 2),
  });
  const adapter: LoraAdapter = {
    architecture: 'qwen3',
    rank: 2,
    alpha: 4,
    pairs: [pair('blk.0.attn_q.weight', 3, 5), pair('blk.0.ffn_down.weight', 7, 3)],
    provenance: { baseModelSha256: 'cd'.repeat(32), parent: null, step: 0, config: { seed: 1 } },
  };
  const optimiser = adamwInit(adapterParameters(adapter));
  return { adapter, optimiser, rng: [1], progress: { step: 0 }, workedMs: 0.5 };
}

/** One step of a made-up training whose gradients depend on the parameters and on the generator. */
function train(run: Checkpoint): Checkpoint {
  let word = run.rng[0]!;
  const parameters = adapterParameters(run.adapter);
  const gradients = parameters.map((values) =>
    values.map((value) => {
      word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
      return value + word / 2 ** 31 - 1;
    }),
  );
  const scale = clipScale(globalNorm(gradients), 1);
  const optimiser = adamwUpdate(defaultAdamW, 0.01, parameters, gradients, run.optimiser, scale);
  return { ...run, optimiser, rng: [word], progress: { step: optimiser.step } };
}

function trainTo(run: Checkpoint, step: number): Checkpoint {
  let now = run;
  while (now.optimiser.step < step) now = train(now);
  return now;
}

describe('a checkpoint', () => {
  it('reads back bit for bit: adapter, moments, generator and progress', () => {
    const path = join(folder, 'checkpoint.gguf');
    const run = trainTo(fresh(), 3);
    writeCheckpoint(path, run);
    expect(readCheckpoint(path)).toEqual(run);
  });

  it('lets a killed run end with the very bits of one that was not', () => {
    const path = join(folder, 'checkpoint.gguf');
    const straight = trainTo(fresh(), 12);
    let resumed = trainTo(fresh(), 5);
    writeCheckpoint(path, resumed);
    resumed = trainTo(readCheckpoint(path), 9);
    writeCheckpoint(path, resumed);
    resumed = trainTo(readCheckpoint(path), 12);
    expect(resumed).toEqual(straight);
  });

  it('keeps a generator state of any 32-bit word', () => {
    const path = join(folder, 'checkpoint.gguf');
    writeCheckpoint(path, { ...fresh(), rng: [0, 0xffffffff, 0x80000000] });
    expect(readCheckpoint(path).rng).toEqual([0, 0xffffffff, 0x80000000]);
  });

  it('from before the time of work was kept counts none', () => {
    const path = join(folder, 'checkpoint.gguf');
    const run = fresh();
    writeCheckpoint(path, run);
    const text = readFileSync(path, 'latin1').replace('checkpoint.worked_ms', 'checkpoint.unknown_k');
    writeFileSync(path, text, 'latin1');
    expect(readCheckpoint(path)).toEqual({ ...run, workedMs: 0 });
  });

  it('is replaced whole and leaves nothing beside it', () => {
    const path = join(folder, 'checkpoint.gguf');
    writeCheckpoint(path, fresh());
    writeCheckpoint(path, trainTo(fresh(), 2));
    expect(readCheckpoint(path).progress).toEqual({ step: 2 });
    expect(readdirSync(folder)).toEqual(['checkpoint.gguf']);
  });

  it('is refused where it is cut off, another kind of file, or holds moments that do not fit each other', () => {
    const path = join(folder, 'checkpoint.gguf');
    const run = fresh();
    writeCheckpoint(path, run);
    writeFileSync(path, readFileSync(path).subarray(0, 1500));
    expect(() => readCheckpoint(path)).toThrow(GgufError);
    writeAdapter(path, run.adapter);
    expect(() => readCheckpoint(path)).toThrow(/no checkpoint/);
    const { m, step } = run.optimiser;
    const other = { ...run, optimiser: { step, m, v: [new Float32Array(1)] } };
    expect(() => writeCheckpoint(path, other)).toThrow(RangeError);
  });
});
