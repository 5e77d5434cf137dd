import { describe, expect, it } from 'vitest';
import {
  adamwInit,
  adamwUpdate,
  clipScale,
  defaultAdamW,
  globalNorm,
  warmupCosine,
} from '../../../server/src/tensor/adamw.ts';

describe('AdamW', () => {
  it('moves by the learning rate against the sign of the gradient in its first step, thanks to bias correction', () => {
    const x = [Float32Array.of(1, -2, 3)];
    adamwUpdate(defaultAdamW, 0.1, x, [Float32Array.of(0.5, -1e-3, 20)], adamwInit(x));
    expect(x[0]![0]).toBeCloseTo(0.9, 6);
    expect(x[0]![1]).toBeCloseTo(-1.9, 5);
    expect(x[0]![2]).toBeCloseTo(2.9, 6);
  });

  it('follows the closed form over several steps', () => {
    const config = { beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.01 };
    const x = [Float32Array.of(0.3)];
    let state = adamwInit(x);
    let expected = Math.fround(0.3);
    const gradients = [0.2, -0.5, 0.1, 0.7];
    gradients.forEach((g, t) => {
      state = adamwUpdate(config, 0.05, x, [Float32Array.of(g)], state);
      // moments as explicit sums, not by recurrence
      let m = 0;
      let v = 0;
      for (let k = 0; k <= t; k++) {
        m += 0.2 * 0.8 ** (t - k) * gradients[k]!;
        v += 0.1 * 0.9 ** (t - k) * gradients[k]! ** 2;
      }
      const update = m / (1 - 0.8 ** (t + 1)) / (Math.sqrt(v / (1 - 0.9 ** (t + 1))) + 1e-6);
      expected -= 0.05 * (update + 0.01 * expected);
      expect(x[0]![0]).toBeCloseTo(expected, 5);
    });
    expect(state.step).toBe(4);
  });

  it('decays weights apart from the gradient: with none, x shrinks by rate times decay and the moments stay zero', () => {
    const x = [Float32Array.of(2)];
    const state = adamwUpdate(
      { ...defaultAdamW, weightDecay: 0.1 },
      0.5,
      x,
      [Float32Array.of(0)],
      adamwInit(x),
    );
    expect(x[0]![0]).toBeCloseTo(1.9, 6);
    expect([state.m[0]![0], state.v[0]![0]]).toEqual([0, 0]);
  });

  it('gives the same bits for the same input', () => {
    const run = (): Float32Array => {
      const x = [Float32Array.from({ length: 100 }, (_, i) => Math.sin(i))];
      let state = adamwInit(x);
      for (let t = 0; t < 20; t++) {
        const g = [Float32Array.from(x[0]!, (value, i) => value * Math.cos(i + t))];
        state = adamwUpdate(defaultAdamW, 0.01, x, g, state, clipScale(globalNorm(g), 1));
      }
      return x[0]!;
    };
    expect(run()).toEqual(run());
  });

  it('finds the minimum of a badly scaled bowl', () => {
    const scales = [1, 100, 1e4];
    const x = [Float32Array.of(1, 1, 1)];
    let state = adamwInit(x);
    const schedule = { peak: 0.05, warmupSteps: 10, totalSteps: 400, finalFraction: 0 };
    for (let t = 0; t < 400; t++) {
      const g = [Float32Array.from(x[0]!, (value, i) => value * scales[i]!)];
      state = adamwUpdate(defaultAdamW, warmupCosine(schedule, t), x, g, state);
    }
    for (const value of x[0]!) expect(Math.abs(value)).toBeLessThan(1e-3);
  });

  it('refuses gradients of another shape', () => {
    const x = [new Float32Array(3)];
    expect(() => adamwUpdate(defaultAdamW, 1, x, [new Float32Array(2)], adamwInit(x))).toThrow(RangeError);
    expect(() => adamwUpdate(defaultAdamW, 1, x, [], adamwInit(x))).toThrow(RangeError);
  });
});

describe('clipping', () => {
  it('measures the norm over all arrays together and scales only what is above the limit', () => {
    const gradients = [Float32Array.of(3), Float32Array.of(0, 4)];
    expect(globalNorm(gradients)).toBe(5);
    expect(clipScale(5, 1)).toBe(0.2);
    expect(clipScale(0.5, 1)).toBe(1);
    expect(clipScale(0, 1)).toBe(1);
  });
});

describe('the schedule', () => {
  const schedule = { peak: 2, warmupSteps: 4, totalSteps: 104, finalFraction: 0.1 };
  it('warms up linearly, peaks, and comes down a half cosine to its final part', () => {
    expect([0, 1, 2, 3].map((step) => warmupCosine(schedule, step))).toEqual([0.5, 1, 1.5, 2]);
    expect(warmupCosine(schedule, 4)).toBe(2);
    expect(warmupCosine(schedule, 54)).toBeCloseTo(1.1, 10);
    expect(warmupCosine(schedule, 104)).toBeCloseTo(0.2, 10);
    expect(warmupCosine(schedule, 1000)).toBeCloseTo(0.2, 10);
  });
});
