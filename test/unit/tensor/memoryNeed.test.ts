import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ComputeBackend } from '../../../server/src/tensor/backend.ts';
import { loadTransformer, type TransformerOptions } from '../../../server/src/tensor/transformer.ts';
import { DraftError } from '../../../server/src/util/errors.ts';
import { tinyShape, writeTinyModel } from '../../support/tinyModels.ts';

vi.mock('../../../server/src/util/memory.ts', () => ({ availableBytes: () => 3 * 2 ** 20 }));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-need-'));
  writeTinyModel(join(folder, 'model.gguf'), { architecture: 'llama', tied: true, type: 'Q4_1', seed: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said of a model that does not fit; no backend is touched before. */
function refusal(options: Partial<TransformerOptions>): DraftError {
  try {
    const lora = { rank: 4, alpha: 8, seed: 1 };
    loadTransformer(null as unknown as ComputeBackend, join(folder, 'model.gguf'), {
      lora,
      maxTokens: 4096,
      ...options,
    });
  } catch (error) {
    if (error instanceof DraftError) return error;
    throw error;
  }
  throw new Error('It fits.');
}

describe('the memory that training needs', () => {
  it('is held against what the system would give up, not against what nobody uses', () => {
    expect(refusal({}).message).toMatch(/^Training needs \d+ MiB of memory; 3 MiB are free\.$/);
    expect(refusal({}).facts).toMatchObject({ freeBytes: 3 * 2 ** 20 });
  });

  it('has room for the cache of the largest decoder', () => {
    const needs = [0, 1e6].map((maxSlots) => Number(refusal({ maxSlots }).facts.neededBytes));
    const { headDim, nHeadKv } = tinyShape;
    expect(needs[1]! - needs[0]!).toBe(1e6 * 2 * 2 * 2 * headDim.llama * nHeadKv); // two layers, keys and values of two bytes
  });
});
