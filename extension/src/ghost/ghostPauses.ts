/** @file When ghost text keeps quiet: a text that was dismissed stays away, five dismissals in a row pause it, and so does snoozing. Pure. */
export const pauseMs = 5 * 60_000;
const dismissalsInARow = 5;
const remembered = 200;

export class GhostPauses {
  readonly #now: () => number;
  readonly #dismissed = new Set<string>();
  #inARow = 0;
  #until = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds since the epoch, while paused; null otherwise. */
  get pausedUntil(): number | null {
    return this.#now() < this.#until ? this.#until : null;
  }

  /** True when this dismissal was the one that paused it. */
  dismissed(place: string, text: string): boolean {
    this.#dismissed.add(key(place, text));
    const [oldest] = this.#dismissed;
    if (this.#dismissed.size > remembered && oldest !== undefined) this.#dismissed.delete(oldest);
    this.#inARow++;
    if (this.#inARow < dismissalsInARow) return false;
    this.pause();
    return true;
  }

  welcomed(): void {
    this.#inARow = 0;
  }

  wasDismissed(place: string, text: string): boolean {
    return this.#dismissed.has(key(place, text));
  }

  pause(): void {
    this.#inARow = 0;
    this.#until = this.#now() + pauseMs;
  }

  resume(): void {
    this.#until = 0;
  }
}

/** A place is the words before the caret: the same ones elsewhere are the same place. */
function key(place: string, text: string): string {
  return `${place.trimEnd().slice(-60)}\u0000${text.trim()}`;
}
