/** @file The seeded generator that is passed in wherever something is drawn: xoshiro128** seeded by splitmix32. */

export interface Rng {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** The state as four unsigned 32-bit words; {@link rngFromState} goes on from it. */
  state(): number[];
}

/** A generator that gives the same numbers for the same seed (an integer; its low 32 bits count). */
export function createRng(seed: number): Rng {
  let z = seed >>> 0;
  const word = (): number => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  return rngFromState([word(), word(), word(), word()]);
}

/** Goes on from a state that {@link Rng.state} gave. Throws a RangeError when it is not four words, or all zero. */
export function rngFromState(words: readonly number[]): Rng {
  if (words.length !== 4 || words.every((word) => word >>> 0 === 0)) {
    throw new RangeError('A generator state is four 32-bit words, not all zero.');
  }
  let [a, b, c, d] = words.map((word) => word >>> 0) as [number, number, number, number]; // length checked above
  return {
    next() {
      const product = Math.imul(b, 5);
      const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return result / 0x1_0000_0000;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
}

/** One standard normal number (Box–Muller). */
export function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

/** An index drawn with the probabilities in `p[offset … offset + count)`, which sum to 1. */
export function drawIndex(rng: Rng, p: ArrayLike<number>, offset = 0, count = p.length): number {
  let left = rng.next();
  for (let i = 0; i < count - 1; i++) {
    left -= p[offset + i]!; // index is in range
    if (left < 0) return i;
  }
  return count - 1;
}
