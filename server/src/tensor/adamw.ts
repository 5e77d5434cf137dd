/**
 * @file AdamW as functions on typed arrays: state is data and goes into checkpoints as it is. Called by the trainer.
 * Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2:
 *   m ← β₁ m + (1−β₁) g      v ← β₂ v + (1−β₂) g²      x ← x − η ( m̂ / (√v̂ + ε) + λ x ),   m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 * Arithmetic is in double precision and rounded to the arrays' single precision in a fixed order: the same input gives the same bits.
 */

export interface AdamWConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** λ: decay per step is η λ, independent of the gradient. */
  readonly weightDecay: number;
}

export const defaultAdamW: AdamWConfig = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

export interface AdamWState {
  /** Updates done, t in the equations. */
  readonly step: number;
  /** First and second moments, one array for each parameter array. */
  readonly m: readonly Float32Array[];
  readonly v: readonly Float32Array[];
}

/** Zero moments for parameters of these shapes. */
export function adamwInit(parameters: readonly Float32Array[]): AdamWState {
  const zeros = (): Float32Array[] => parameters.map((values) => new Float32Array(values.length));
  return { step: 0, m: zeros(), v: zeros() };
}

/**
 * One update with gradients multiplied by `gradientScale` (what {@link clipScale} returns, over the number of micro-batches …).
 * Writes the new values into `parameters` and the moments' own arrays (a copy would double the optimiser's memory) and returns
 * the state that follows; the one passed in is used up.
 * @throws RangeError where the arrays do not correspond
 */
export function adamwUpdate(
  config: AdamWConfig,
  learningRate: number,
  parameters: readonly Float32Array[],
  gradients: readonly Float32Array[],
  state: AdamWState,
  gradientScale = 1,
): AdamWState {
  const { beta1, beta2, epsilon, weightDecay } = config;
  const step = state.step + 1;
  const correct1 = 1 / (1 - beta1 ** step);
  const correct2 = 1 / (1 - beta2 ** step);
  parameters.forEach((x, index) => {
    const g = gradients[index];
    const m = state.m[index];
    const v = state.v[index];
    if (g?.length !== x.length || m?.length !== x.length || v?.length !== x.length) {
      throw new RangeError(`Parameter array ${index} and its gradients or moments differ in length.`);
    }
    for (let i = 0; i < x.length; i++) {
      const gi = g[i]! * gradientScale; // i < length of all four
      const mi = beta1 * m[i]! + (1 - beta1) * gi;
      const vi = beta2 * v[i]! + (1 - beta2) * gi * gi;
      m[i] = mi;
      v[i] = vi;
      const xi = x[i]!;
      x[i] = xi - learningRate * ((mi * correct1) / (Math.sqrt(vi * correct2) + epsilon) + weightDecay * xi);
    }
  });
  return { step, m: state.m, v: state.v };
}

/** Euclidean norm over all arrays together. */
export function globalNorm(arrays: readonly Float32Array[]): number {
  let sum = 0;
  for (const array of arrays) {
    for (const value of array) sum += value * value;
  }
  return Math.sqrt(sum);
}

/** The factor that brings a gradient of this norm down to `maxNorm`; 1 where it is not above it. */
export function clipScale(norm: number, maxNorm: number): number {
  return norm > maxNorm ? maxNorm / norm : 1;
}

export interface Schedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** The rate at and after `totalSteps`, as a part of the peak. */
  readonly finalFraction: number;
}

/**
 * Learning rate of update `step` (0 is the first): linear up to the peak over the warm-up, then half a cosine down to
 * `finalFraction · peak` at `totalSteps`.
 */
export function warmupCosine(schedule: Schedule, step: number): number {
  const { peak, warmupSteps, totalSteps, finalFraction } = schedule;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return peak * (finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
