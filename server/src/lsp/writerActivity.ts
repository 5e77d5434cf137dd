/** @file Whether the writer needs the machine: somebody types or is written for, in this window or in another on the same folder. */
import type { SharedActivity } from '../storage/sharedActivity.ts';

/** The machine stays the writer's this long after the last word was written for somebody … */
const quietAfterWritingMs = 3000;
/** … and this long after the last key. */
export const quietAfterTypingMs = 30_000;
const claimEveryMs = 2000;
/** Two accounts of one key differ by less. */
const sameKeyMs = 1000;

export class WriterActivity {
  readonly #now: () => number;
  readonly #shared: SharedActivity;
  #claiming: ReturnType<typeof setInterval> | undefined;
  /** When the last keystroke was, as far as the client has said. */
  #lastKey: number;
  /** What was claimed until then does not count: the writer said that learning may go on. */
  #forgiven = 0;

  constructor(shared: SharedActivity, now: () => number) {
    this.#shared = shared;
    this.#now = now;
    this.#lastKey = now();
  }

  /** The server writes for somebody, or has stopped to. */
  generating(busy: boolean): void {
    clearInterval(this.#claiming);
    this.#claiming = undefined;
    const claim = () => this.#shared.claim(this.#now() + quietAfterWritingMs);
    claim();
    if (!busy) return;
    this.#claiming = setInterval(claim, claimEveryMs);
    this.#claiming.unref();
  }

  /** The client's word on when somebody typed last. */
  typed(idleMs: number): void {
    this.#lastKey = this.#now() - Math.max(0, idleMs);
    if (this.#lastKey + quietAfterTypingMs > this.#now())
      this.#shared.claim(this.#lastKey + quietAfterTypingMs);
  }

  /** Whether learning has to wait. */
  get busy(): boolean {
    if (this.#claiming) return true;
    const until = this.#shared.until();
    return until > this.#now() && until > this.#forgiven + sameKeyMs;
  }

  /** How long nothing was typed or written in any window, at least. */
  get idleMs(): number {
    const lastElsewhere = this.#shared.until() - quietAfterTypingMs;
    // A key in the future was pressed before the clock was set back.
    if (this.#lastKey > this.#now()) this.#lastKey = this.#now();
    return this.#now() - Math.max(this.#lastKey, Math.min(lastElsewhere, this.#now()));
  }

  /** What was typed so far is no reason to wait: the writer wants to learn now. */
  forgive(): void {
    this.#forgiven = this.#shared.until();
  }

  dispose(): void {
    clearInterval(this.#claiming);
  }
}
