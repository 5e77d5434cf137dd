/** @file One transfer for all who ask for it: each can leave by its signal, and the last who leaves ends it. */
import { CancelledError } from '../util/errors.ts';

export type OnProgress = (doneBytes: number, totalBytes: number) => void;

export class SharedTransfer {
  /** Settles with the transfer; never rejects. */
  readonly ended: Promise<void>;
  readonly #done: Promise<void>;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<{ readonly onProgress: OnProgress }>();

  constructor(begin: (signal: AbortSignal, onProgress: OnProgress) => Promise<void>) {
    this.#done = begin(this.#stop.signal, (doneBytes, totalBytes) => {
      for (const { onProgress } of this.#waiting) onProgress(doneBytes, totalBytes);
    });
    this.ended = this.#done.catch(() => undefined);
  }

  /** Whether the last who asked for it has left: nobody can join any more. */
  get isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Settles as the transfer does, or at once when the signal aborts while others wait for it.
   * @param signal not aborted yet
   * @throws CancelledError, or what the transfer throws
   */
  join(signal: AbortSignal, onProgress: OnProgress): Promise<void> {
    const waiter = { onProgress };
    this.#waiting.add(waiter);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        if (this.#waiting.size > 0) reject(new CancelledError());
        else this.#stop.abort();
      };
      signal.addEventListener('abort', leave, { once: true });
      const stay = (): void => signal.removeEventListener('abort', leave);
      this.#done.finally(stay).then(resolve, reject);
    });
  }
}
