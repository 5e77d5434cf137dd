import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../server/src/generation/fairQueue.ts';
import { CancelledError } from '../../../server/src/util/errors.ts';

const open = new AbortController().signal;

/** A job that ends when it is told to. */
function job(log: string[], name: string): { run: () => Promise<string>; end: () => void } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    run: async () => {
      log.push(`${name} begins`);
      await ended;
      log.push(`${name} ends`);
      return name;
    },
    end: () => end(),
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the queue', () => {
  it('runs one job at a time, in the order of asking', async () => {
    const [queue, log] = [new FairQueue(), [] as string[]];
    const jobs = ['a', 'b', 'c'].map((name) => job(log, name));
    const results = jobs.map(({ run }) => queue.run(open, run));
    await settle();
    expect(log).toEqual(['a begins']);
    expect(queue.size).toBe(3);
    for (const { end } of jobs) end();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(queue.size).toBe(0);
  });

  it('lets a job that is cancelled while it waits go at once, and nobody overtakes the one that runs', async () => {
    const [queue, log, cancel] = [new FairQueue(), [] as string[], new AbortController()];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => job(log, name)) as [
      ReturnType<typeof job>,
      ReturnType<typeof job>,
      ReturnType<typeof job>,
    ];
    const first = queue.run(open, a.run);
    const second = queue.run(cancel.signal, b.run);
    const third = queue.run(open, c.run);
    cancel.abort();
    await expect(second).rejects.toBeInstanceOf(CancelledError);
    await settle();
    expect(log).toEqual(['a begins']);
    a.end();
    c.end();
    expect(await Promise.all([first, third])).toEqual(['a', 'c']);
    expect(log).not.toContain('b begins');
  });

  it('goes on after a job that failed', async () => {
    const queue = new FairQueue();
    await expect(queue.run(open, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await queue.run(open, () => Promise.resolve('next'))).toBe('next');
  });
});
