/** @file Says in words what a fitted model holds the writer to prefer; the dashboard shows it. */
import { featureNames, type FeatureName } from './editFeatures.ts';

export interface Belief {
  readonly feature: FeatureName;
  /** Completes "You prefer: …". */
  readonly text: string;
  /** Posterior mean per scale unit, and its standard deviation. */
  readonly weight: number;
  readonly deviation: number;
}

/** [when the weight is positive, when it is negative]; features that mean nothing to a writer are left out. */
const wordings: Partial<Record<FeatureName, readonly [string, string]>> = {
  lengthRatio: ['longer', 'shorter'],
  contentDeleted: ['content words cut', 'content words kept'],
  onlyDelete: ['plain cuts', 'no plain cuts'],
  onlyPunct: ['punctuation fixes', 'no changes of punctuation alone'],
  onlyCase: ['capitals fixed', 'no changes of capitals alone'],
  nearWord: ['other forms of the same word', 'no other forms of the same word'],
  namesLost: ['fewer names', 'names kept'],
  numbersLost: ['fewer numbers', 'numbers kept'],
  comma: ['more commas', 'fewer commas'],
  longWords: ['more long words', 'fewer long words'],
  contractions: ['more contractions', 'fewer contractions'],
  informal: ['more casual words', 'fewer casual words'],
  formal: ['more formal words', 'fewer formal words'],
  exclaim: ['more exclamation marks', 'fewer exclamation marks'],
  firstPerson: ['more “I” and “we”', 'less “I” and “we”'],
  adverbs: ['more adverbs', 'fewer adverbs'],
  passive: ['more passive voice', 'less passive voice'],
  register: ['a more formal tone', 'a more casual tone'],
  rewritten: ['more rewritten', 'your own words kept'],
};

/** Weights at least two deviations from 0 about which the writer's own decisions have said something. */
export function beliefsOf(
  mode: Float64Array,
  priorPrecision: readonly number[],
  varianceOf: (x: Float64Array) => number,
): Belief[] {
  const beliefs: Belief[] = [];
  featureNames.forEach((feature, k) => {
    const wording = wordings[feature];
    if (!wording) return;
    const weight = mode[k] ?? 0;
    const deviation = Math.sqrt(varianceOf(Float64Array.from(mode, (_, q) => Number(q === k))));
    const learned = deviation ** 2 * (priorPrecision[k] ?? 0) < 0.9;
    if (!learned || Math.abs(weight) < 2 * deviation) return;
    beliefs.push({ feature, text: wording[weight > 0 ? 0 : 1], weight, deviation });
  });
  return beliefs.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}
