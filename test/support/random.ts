/** @file Seeded numbers for tests. */

/** mulberry32: uniform in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids of ordinary tokens, also of the tiny models. */
export function randomIds(random: () => number, length: number): number[] {
  return Array.from({ length }, () => Math.floor(random() * 256));
}
