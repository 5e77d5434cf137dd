/** @file One job at a time, in the order of asking; a job whose signal aborts while it waits leaves the queue at once. */
import { CancelledError } from '../util/errors.ts';

export class FairQueue {
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Jobs that run or wait. */
  get size(): number {
    return this.#waiting;
  }

  /** @throws CancelledError when the signal aborts before the job's turn; afterwards the job itself heeds the signal */
  async run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    let release!: () => void;
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    this.#waiting += 1;
    try {
      await Promise.race([before, aborted(signal)]);
      if (signal.aborted) throw new CancelledError();
      return await job();
    } finally {
      this.#waiting -= 1;
      // A job that left early must not let its successor overtake the one that still runs.
      void before.then(release);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
