/** @file How much memory a process could have: what nobody uses, and what the system would give up for it. */
import { execFileSync } from 'node:child_process';
import { freemem } from 'node:os';

/** Bytes. Read anew at every call; on macOS that runs a small program. */
export function availableBytes(): number {
  return availableOf({
    freeBytes: freemem(), // Linux and Windows count what can be given up
    limitBytes: process.constrainedMemory(),
    vmStat: process.platform === 'darwin' ? vmStat() : null,
  });
}

export interface MemoryReport {
  readonly freeBytes: number;
  /** Of a container; 0 or more than there is where there is none. */
  readonly limitBytes: number;
  /** What macOS's `vm_stat` prints. */
  readonly vmStat: string | null;
}

export function availableOf({ freeBytes, limitBytes, vmStat }: MemoryReport): number {
  const available = Math.max(freeBytes, vmStat === null ? 0 : reclaimable(vmStat));
  return limitBytes > 0 ? Math.min(available, limitBytes) : available;
}

/** Pages that are unused, or hold only what can be read or made again. */
function reclaimable(vmStat: string): number {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(vmStat)?.[1] ?? 0);
  const pages = ['free', 'inactive', 'speculative', 'purgeable'].map((kind) =>
    Number(new RegExp(`^Pages ${kind}:\\s+(\\d+)`, 'm').exec(vmStat)?.[1] ?? 0),
  );
  return pageBytes * pages.reduce((sum, count) => sum + count, 0);
}

function vmStat(): string | null {
  try {
    return execFileSync('/usr/bin/vm_stat', { encoding: 'utf8', timeout: 1000 });
  } catch {
    return null; // then unused pages are all that is known
  }
}
