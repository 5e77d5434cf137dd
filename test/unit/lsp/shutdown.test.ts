import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atMost } from '../../../server/src/lsp/shutdown.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for what ends in time, and says what went wrong with it', async () => {
  let finish: () => void = () => undefined;
  let over = false;
  const work = new Promise<void>((resolve) => (finish = resolve));
  const waiting = atMost(1500, work).then(() => (over = true));
  await vi.advanceTimersByTimeAsync(1499);
  expect(over).toBe(false);
  finish();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
  await expect(atMost(1500, Promise.reject(new Error('disk')))).rejects.toThrow('disk');
});

it('does not wait any longer for what never ends', async () => {
  const waiting = atMost(1500, new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(1500);
  await expect(waiting).resolves.toBeUndefined();
});
