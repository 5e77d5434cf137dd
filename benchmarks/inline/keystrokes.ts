/** @file Recorded typing against the built server: one change and one request a keystroke, each cancelling the one before. */
import { readFileSync } from 'node:fs';
import { LspClient } from '../../test/support/lspClient.ts';

export interface TypingResult {
  readonly keystrokes: number;
  readonly answered: number;
  readonly cancelled: number;
  /** From a keystroke behind which the writer waits to the suggestion, ms, ascending; only where there was one. */
  readonly waitsMs: readonly number[];
  /** Resident memory of the server at the end minus after the warm-up, in MB. */
  readonly memoryGrowthMb: number | null;
}

/** Every so many keystrokes the writer waits for the answer. */
const pauseEvery = 25;
/** Until then the heap and the model's buffers reach their size: about 90 MB, in steps. */
const warmUpKeystrokes = 15_000;

export async function typeIntoServer(
  texts: readonly string[],
  keystrokes: number,
  threads: number,
): Promise<TypingResult> {
  const client = await LspClient.start({
    transport: 'stdio',
    settings: { engine: { gpu: 'off', threads } },
  });
  const uri = 'file:///typing.md';
  await client.open(uri, '');
  const counts = { answered: 0, cancelled: 0 };
  let version = 1;
  let done = 0;
  let warm: number | null = null;
  const pending: Promise<unknown>[] = [];
  const waitsMs: number[] = [];
  typing: for (;;) {
    for (const text of texts) {
      for (let length = 1; length <= text.length; length++) {
        const now = text.slice(0, length);
        version += 1;
        const typedAt = performance.now();
        const waits = (done + 1) % pauseEvery === 0;
        await client.change(uri, version, now);
        const request = client.connection
          .sendRequest<unknown[]>('textDocument/inlineCompletion', {
            textDocument: { uri },
            position: { line: 0, character: now.length },
            context: { triggerKind: 2 },
          })
          .then(
            (items) => {
              counts.answered += 1;
              if (waits && items.length > 0) waitsMs.push(performance.now() - typedAt);
            },
            () => (counts.cancelled += 1),
          );
        pending.push(request);
        done += 1;
        if (done % pauseEvery === 0) await Promise.all(pending.splice(0));
        if (done === warmUpKeystrokes) {
          warm = residentMb(client.process.pid);
          counts.answered = counts.cancelled = 0;
          waitsMs.length = 0;
        }
        if (done >= warmUpKeystrokes + keystrokes) break typing;
      }
    }
  }
  await Promise.all(pending);
  const end = residentMb(client.process.pid);
  await client.stop();
  return {
    keystrokes: done - warmUpKeystrokes,
    ...counts,
    waitsMs: waitsMs.sort((a, b) => a - b),
    memoryGrowthMb: warm === null || end === null ? null : end - warm,
  };
}

/** Only where /proc is. */
function residentMb(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
