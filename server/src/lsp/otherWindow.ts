/** @file The window that learns instead of this one, on the same folder: whether there is one, and what is asked of it. */
import type { RunId } from '../../protocol/common.ts';
import type { RunRequest, RunStore } from '../storage/runStore.ts';
import { DraftError } from '../util/errors.ts';

/** A run of another window has so long to end when its decisions are deleted. */
const discardMs = 13_000;
const lookEveryMs = 250;
/** While another window learns its end is seen within this; its beginning at the next {@link OtherWindow.look}. */
const watchEveryMs = 5000;

export class OtherWindow {
  readonly #runs: RunStore;
  readonly #onChange: (learns: boolean) => void;
  #watch: ReturnType<typeof setInterval> | undefined;

  /** @param onChange another window has begun to learn, or has ended */
  constructor(runs: RunStore, onChange: (learns: boolean) => void) {
    this.#runs = runs;
    this.#onChange = onChange;
  }

  /** Says whether it learns, where that is news. Called where this window does not learn itself. */
  look(): void {
    const learns = this.#runs.lockHolder() !== undefined;
    if (learns === (this.#watch !== undefined)) return;
    this.stop();
    if (learns) {
      this.#watch = setInterval(() => this.look(), watchEveryMs);
      this.#watch.unref();
    }
    this.#onChange(learns);
  }

  /** Watches no more, as this window learns itself or ends. */
  stop(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Pause, resume and cancel mean the run that there is, whichever window's it is. */
  ask(request: RunRequest): void {
    const holder = this.#runs.lockHolder();
    if (holder) this.#runs.ask(holder.id, request);
  }

  /** Ends its run where that is one of those `concerned`. @returns the run that it holds in spite of being asked */
  async discard(concerned: (id: RunId) => boolean): Promise<RunId | undefined> {
    const holder = this.#runs.lockHolder();
    if (!holder || !concerned(holder.id)) return undefined;
    for (let waitedMs = 0; waitedMs < discardMs; waitedMs += lookEveryMs) {
      this.#runs.ask(holder.id, 'discard'); // again: it may just be beginning
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      if (this.#runs.lockHolder()?.id !== holder.id) return undefined;
    }
    return holder.id;
  }
}

/** Why this window can't learn now. */
export function learnsElsewhere(): DraftError {
  return new DraftError('trainingBusy', 'Another window is learning.', { facts: { where: 'elsewhere' } });
}
