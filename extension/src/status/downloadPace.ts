/** @file How long a download will still take, from its pace since it began or went on. Pure. */
import type { Status } from '../../../server/protocol/status.ts';

/** Before this the pace is a guess. */
const settledMs = 3_000;

export class DownloadPace {
  #start: { readonly model: string; readonly ms: number; readonly bytes: number } | undefined;
  #leftMs: number | null = null;

  /** Milliseconds; null while nothing is downloaded, or its pace is not known yet. */
  get leftMs(): number | null {
    return this.#leftMs;
  }

  note(status: Status | undefined, nowMs: number): void {
    this.#leftMs = null;
    if (status?.state !== 'downloading') {
      this.#start = undefined;
      return;
    }
    const { model, doneBytes, totalBytes } = status;
    if (this.#start?.model !== model) this.#start = { model, ms: nowMs, bytes: doneBytes };
    const [tookMs, came] = [nowMs - this.#start.ms, doneBytes - this.#start.bytes];
    if (tookMs >= settledMs && came > 0) this.#leftMs = ((totalBytes - doneBytes) * tookMs) / came;
  }
}
