import { describe, expect, it, vi } from 'vitest';
import { ModelHost } from '../../../server/src/generation/modelHost.ts';
import { silentLog } from '../../../server/src/util/log.ts';

const noBinary = new Error('NoBinaryFoundError');

vi.mock('node-llama-cpp', () => ({
  getLlama: () => Promise.reject(noBinary),
  InsufficientMemoryError: class InsufficientMemoryError extends Error {},
}));

describe('an engine that does not start', () => {
  const start = (gpu: 'auto' | 'cuda' | 'vulkan' | 'off') =>
    ModelHost.start({ gpu, threads: 1, log: silentLog });

  it.each(['cuda', 'vulkan'] as const)('names the setting that asks for %s', async (gpu) => {
    await expect(start(gpu)).rejects.toMatchObject({
      code: 'gpuUnavailable',
      message: expect.stringContaining('secondDraft.engine.gpu') as string,
      facts: { gpu },
      cause: noBinary,
    });
  });

  it.each(['auto', 'off'] as const)('names the machine where the setting is %s', async (gpu) => {
    await expect(start(gpu)).rejects.toMatchObject({ code: 'unsupportedPlatform', cause: noBinary });
  });
});
