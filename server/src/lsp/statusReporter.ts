/** @file The status notification: always whole, only the part that changed is given. */
import type { StatusParams } from '../../protocol/status.ts';

export class StatusReporter {
  readonly #send: (status: StatusParams) => void;
  #heard = false;
  #last: StatusParams = {
    status: { state: 'ready', model: '', adapter: null },
    training: { state: 'idle' },
    recording: false,
  };

  constructor(send: (status: StatusParams) => void) {
    this.#send = send;
  }

  report(change: Partial<StatusParams>): void {
    this.#last = { ...this.#last, ...change };
    if (this.#heard) this.#send(this.#last);
  }

  /** The client speaks our part of the protocol: until then it is told nothing that it might not understand, from now on all. */
  hear(): void {
    if (this.#heard) return;
    this.#heard = true;
    this.#send(this.#last);
  }
}
