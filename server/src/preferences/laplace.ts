/**
 * @file Logistic regression with a Gaussian prior: the posterior mode by Newton's method, its Laplace
 * approximation, and the evidence that chooses between priors (PREFERENCES.md §1).
 */

export interface Rows {
  /** n rows of `width` numbers: φ(winner) − φ(loser), scaled. */
  readonly values: Float64Array;
  readonly width: number;
  /** Weight of each row, in [0, 1]. */
  readonly weights: Float64Array;
}

export interface Gaussian {
  readonly mean: Float64Array;
  /** Inverse variances; the prior's covariance is diagonal. */
  readonly precision: Float64Array;
}

export interface Posterior {
  readonly mode: Float64Array;
  /** Lower Cholesky factor of the Hessian at the mode, [width, width] row by row. */
  readonly factor: Float64Array;
  readonly logEvidence: number;
}

export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function softplus(z: number): number {
  return z > 30 ? z : Math.log1p(Math.exp(z));
}

/** L with A = L·Lᵀ, for a symmetric positive definite A of d × d. */
function cholesky(matrix: Float64Array, d: number): Float64Array {
  const l = Float64Array.from(matrix);
  for (let j = 0; j < d; j++) {
    let diagonal = l[j * d + j]!; // in range, here and below: i, j, k < d
    for (let k = 0; k < j; k++) diagonal -= l[j * d + k]! ** 2;
    const root = Math.sqrt(diagonal);
    l[j * d + j] = root;
    for (let i = j + 1; i < d; i++) {
      let sum = l[i * d + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * d + k]! * l[j * d + k]!;
      l[i * d + j] = sum / root;
    }
  }
  return l;
}

/** Solves L·v = b. */
function forward(l: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const v = Float64Array.from(b);
  for (let i = 0; i < d; i++) {
    let sum = v[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * d + k]! * v[k]!;
    v[i] = sum / l[i * d + i]!;
  }
  return v;
}

/** Solves L·Lᵀ·v = b. */
function solve(l: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const v = forward(l, b);
  for (let i = d - 1; i >= 0; i--) {
    let sum = v[i]!;
    for (let k = i + 1; k < d; k++) sum -= l[k * d + i]! * v[k]!;
    v[i] = sum / l[i * d + i]!;
  }
  return v;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** xᵀ·H⁻¹·x: the posterior variance of w·x. */
export function variance(factor: Float64Array, x: Float64Array): number {
  const v = forward(factor, x);
  return dot(v, v);
}

/**
 * The mode of p(w | rows) ∝ N(w; prior) · Π σ(w·row)^weight: every row is "the winner was preferred".
 * Newton steps, halved while they do not descend. Deterministic.
 */
export function fitPosterior(rows: Rows, prior: Gaussian): Posterior {
  const { values, width: d, weights } = rows;
  const { mean, precision } = prior;
  const n = weights.length;
  const loss = (w: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let z = 0;
      for (let k = 0, at = i * d; k < d; k++) z += values[at + k]! * w[k]!;
      sum += weights[i]! * softplus(-z);
    }
    for (let k = 0; k < d; k++) sum += 0.5 * precision[k]! * (w[k]! - mean[k]!) ** 2;
    return sum;
  };
  const derivatives = (w: Float64Array) => {
    const hessian = new Float64Array(d * d);
    const gradient = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      const at = i * d;
      let z = 0;
      for (let k = 0; k < d; k++) z += values[at + k]! * w[k]!;
      const p = sigmoid(z);
      const error = weights[i]! * (p - 1);
      const curvature = weights[i]! * p * (1 - p);
      for (let k = 0; k < d; k++) {
        const xk = values[at + k]!;
        if (xk === 0) continue;
        gradient[k]! += error * xk;
        for (let q = 0; q <= k; q++) hessian[k * d + q]! += curvature * xk * values[at + q]!;
      }
    }
    for (let k = 0; k < d; k++) {
      gradient[k]! += precision[k]! * (w[k]! - mean[k]!);
      hessian[k * d + k]! += precision[k]!;
      for (let q = 0; q < k; q++) hessian[q * d + k] = hessian[k * d + q]!;
    }
    return { gradient, factor: cholesky(hessian, d) };
  };
  let mode = Float64Array.from(mean);
  let current = loss(mode);
  let { gradient, factor } = derivatives(mode);
  for (let iteration = 0; iteration < 50; iteration++) {
    const step = solve(factor, gradient);
    let size = 1;
    let next: Float64Array<ArrayBuffer>;
    let nextLoss: number;
    do {
      next = mode.map((value, k) => value - size * step[k]!);
      nextLoss = loss(next);
      size /= 2;
    } while (nextLoss > current && size > 1e-6);
    if (nextLoss > current) break; // at the mode to rounding
    const gain = current - nextLoss;
    mode = next;
    current = nextLoss;
    ({ gradient, factor } = derivatives(mode));
    if (gain < 1e-10) break;
  }
  let logDeterminant = 0;
  for (let k = 0; k < d; k++) logDeterminant += Math.log(precision[k]!) / 2 - Math.log(factor[k * d + k]!);
  return { mode, factor, logEvidence: logDeterminant - current };
}
