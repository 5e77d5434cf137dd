/**
 * @file Until when the machine belongs to the writer, as all windows on one folder know it: the time of change of one file, which lies ahead
 * while somebody types or is written for.
 */
import { closeSync, mkdirSync, openSync, statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';

/** Nobody claims the machine for longer at once: a later time comes from another clock. */
export const longestClaimMs = 60_000;
/** A claim that gains less than this is not written. */
const leastGainMs = 1000;

export class SharedActivity {
  readonly #path: string;
  readonly #now: () => number;
  #until = 0;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** Ms since the epoch; the past when the machine is free. */
  until(): number {
    const shared = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const latest = Math.max(
      ...[shared, this.#until].filter((time) => time <= this.#now() + longestClaimMs),
      0,
    );
    return latest;
  }

  /** The machine is the writer's until then, whatever was said before. */
  claim(until: number): void {
    if (until < this.until() + leastGainMs) return;
    this.#until = until;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      closeSync(openSync(this.#path, 'a'));
      utimesSync(this.#path, until / 1000, until / 1000);
    } catch {
      // this window knows; the others are not worth an error to the writer
    }
  }
}
