import { describe, expect, it } from 'vitest';
import { availableBytes, availableOf } from '../../../server/src/util/memory.ts';

const vmStat = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                5000.
Pages active:                            300000.
Pages inactive:                          290000.
Pages speculative:                         4000.
Pages throttled:                              0.
Pages wired down:                        100000.
Pages purgeable:                           1000.
"Translation faults":                 123456789.
`;

describe('the memory that could be had', () => {
  it('counts what macOS would give up, not only what nobody uses', () => {
    expect(availableOf({ freeBytes: 5000 * 16384, limitBytes: 0, vmStat })).toBe(300_000 * 16384);
  });

  it('is what is free where macOS says nothing that is understood', () => {
    expect(availableOf({ freeBytes: 7e9, limitBytes: 0, vmStat: 'no figures' })).toBe(7e9);
    expect(availableOf({ freeBytes: 7e9, limitBytes: 0, vmStat: null })).toBe(7e9);
  });

  it('is at most what a container may have', () => {
    expect(availableOf({ freeBytes: 7e9, limitBytes: 4e9, vmStat: null })).toBe(4e9);
    expect(availableOf({ freeBytes: 7e9, limitBytes: 2 ** 64, vmStat: null })).toBe(7e9);
  });

  it('is known on this machine', () => {
    expect(availableBytes()).toBeGreaterThan(1e6);
  });
});
