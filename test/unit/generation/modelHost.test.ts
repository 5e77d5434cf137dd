import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelHost } from '../../../server/src/generation/modelHost.ts';
import { silentLog } from '../../../server/src/util/log.ts';

const library = vi.hoisted(() => ({
  getLlama: vi.fn<() => Promise<unknown>>(),
  InsufficientMemoryError: class InsufficientMemoryError extends Error {},
}));
vi.mock('node-llama-cpp', () => library);

type Gpu = 'auto' | 'cuda' | 'vulkan' | 'off';
const adapter = (id: number) => ({ path: `${id}.gguf`, format: 'edit-1' }) as const;
const lora = (id: number) => ({ adapters: [{ filePath: `${id}.gguf`, scale: 1 }] });
const start = (gpu: Gpu) => ModelHost.start({ gpu, threads: 1, log: silentLog });

describe('an engine that does not start', () => {
  const noBinary = new Error('NoBinaryFoundError');

  beforeEach(() => {
    library.getLlama.mockRejectedValue(noBinary);
  });

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

describe('a model for which memory is short', () => {
  const createContext = vi.fn<(options: object) => Promise<never>>();
  const model = {
    size: 98e6,
    trainContextSize: 2048,
    fileInfo: { metadata: { tokenizer: {} } },
    createContext,
  };
  const { signal } = new AbortController();

  beforeEach(() => {
    createContext.mockReset().mockRejectedValue(new library.InsufficientMemoryError('too large'));
    library.getLlama.mockResolvedValue({ gpu: false, loadModel: () => Promise.resolve(model) });
  });

  it('says so when it can’t begin to write', async () => {
    const loaded = await (await start('off')).load({ path: 'a.gguf', title: 'Big' }, null);
    await expect(loaded.score(['text'], signal)).rejects.toMatchObject({ code: 'outOfMemory' });
    expect(createContext).toHaveBeenLastCalledWith(
      expect.objectContaining({ ignoreMemorySafetyChecks: false }),
    );
  });

  it('is asked for with the adapter that was active when it was asked, or with that of the view', async () => {
    const loaded = await (await start('off')).load({ path: 'a.gguf', title: 'Big' }, adapter(0));
    const asked = loaded.score(['text'], signal);
    loaded.setAdapter(adapter(3));
    await expect(asked).rejects.toMatchObject({ code: 'outOfMemory' });
    expect(createContext).toHaveBeenLastCalledWith(expect.objectContaining({ lora: lora(0) }));
    const view = loaded.withAdapter(null).withAdapter(adapter(7));
    expect(view.adapterFormat).toBe('edit-1');
    await expect(view.score(['text'], signal)).rejects.toMatchObject({ code: 'outOfMemory' });
    expect(createContext).toHaveBeenLastCalledWith(expect.objectContaining({ lora: lora(7) }));
  });

  it('is tried all the same where it is the bundled one, on the processor', async () => {
    const host = await start('off');
    const loaded = await host.load({ path: 'a.gguf', title: 'Small', bundled: true }, null);
    await expect(loaded.score(['text'], signal)).rejects.toThrow();
    expect(createContext).toHaveBeenLastCalledWith(
      expect.objectContaining({ ignoreMemorySafetyChecks: true }),
    );
  });
});

it('does not keep a model in memory whose chat template can’t be used', async () => {
  const dispose = vi.fn(() => Promise.resolve());
  const tokenizer = { chat_template: '{% for m in messages %}' };
  const model = { size: 98e6, fileInfo: { metadata: { tokenizer } }, dispose };
  library.getLlama.mockResolvedValue({ gpu: false, loadModel: () => Promise.resolve(model) });
  const host = await start('off');
  await expect(host.load({ path: 'a.gguf', title: 'Odd' }, null)).rejects.toMatchObject({
    code: 'modelUnsupported',
  });
  expect(dispose).toHaveBeenCalledOnce();
});
