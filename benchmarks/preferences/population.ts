/** @file A model of several writers at once: shared weights and one offset a writer; what the shipped prior is fitted with. */
import {
  dot,
  fitPosterior,
  sigmoid,
  variance,
  type Posterior,
} from '../../server/src/preferences/laplace.ts';
import { featureNames, type FeatureName, type Features } from '../../server/src/preferences/editFeatures.ts';

export interface Example {
  readonly writer: string;
  readonly features: Features;
  readonly accepted: boolean;
  /** Upper bound of p that the guards set; 1 without a trip. Guarded examples are not fitted. */
  readonly cap: number;
}

/** Sums of other features, in which writers differ from each other: the population has its weights on what they sum up. */
const sums: readonly FeatureName[] = ['register', 'rewritten'];
export const shared = featureNames.filter((name) => name !== 'changed' && !sums.includes(name));
/** Of a writer's willingness to accept. */
export const offsetPrecision = 4;

/** MacKay's update of the one precision of the shared weights: α ← (d − α·tr H⁻¹)/‖w‖². */
export function fitPopulation(
  examples: readonly Example[],
  chosen: readonly FeatureName[] = shared,
  guards = true,
) {
  const train = examples.filter(({ cap }) => !guards || cap === 1);
  const writers = [...new Set(train.map(({ writer }) => writer))].sort();
  const rms = (name: FeatureName) =>
    Math.sqrt(train.reduce((sum, { features }) => sum + features[name] ** 2, 0) / train.length);
  const scales = chosen.map((name) => Math.max(0.25, rms(name)));
  const width = writers.length + chosen.length;
  const vector = ({ writer, features }: Example) =>
    Float64Array.from([
      // A writer who is not in the training data gets the mean of the others' offsets.
      ...writers.map((name) => (writers.includes(writer) ? Number(name === writer) : 1 / writers.length)),
      ...chosen.map((name, k) => features[name] / (scales[k] ?? 1)),
    ]);
  const values = new Float64Array(train.length * width);
  train.forEach((example, i) =>
    values.set(
      vector(example).map((v) => (example.accepted ? v : -v)),
      i * width,
    ),
  );
  const rows = { values, width, weights: new Float64Array(train.length).fill(1) };
  const mean = new Float64Array(width);
  const fitAt = (alpha: number) =>
    fitPosterior(rows, {
      mean,
      precision: mean.map((_, k) => (k < writers.length ? offsetPrecision : alpha)),
    });
  let alpha = 10;
  let posterior: Posterior = fitAt(alpha);
  for (let iteration = 0; iteration < 15; iteration++) {
    let trace = 0;
    let norm = 0;
    for (let k = writers.length; k < width; k++) {
      trace += variance(
        posterior.factor,
        mean.map((_, q) => Number(q === k)),
      );
      norm += (posterior.mode[k] ?? 0) ** 2;
    }
    const next = Math.min(2000, Math.max(0.2, Math.max(chosen.length - alpha * trace, 0.05) / norm));
    const settled = Math.abs(Math.log(next / alpha)) < 0.01;
    alpha = next;
    posterior = fitAt(alpha);
    if (settled) break;
  }
  const predict = (example: Example) => {
    const x = vector(example);
    const p = sigmoid(dot(x, posterior.mode) / Math.sqrt(1 + (Math.PI * variance(posterior.factor, x)) / 8));
    return guards ? Math.min(example.cap, p) : p;
  };
  return {
    predict,
    alpha,
    scales,
    offsets: posterior.mode.slice(0, writers.length),
    weights: posterior.mode.slice(writers.length),
  };
}
