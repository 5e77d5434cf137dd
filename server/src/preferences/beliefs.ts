/** @file Says in words what a fitted model holds the writer to prefer; the dashboard shows it. */
import { featureNames, type FeatureName } from './editFeatures.ts';
import { dot } from './laplace.ts';
import type { Prior } from './prior.ts';

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
  rewritten: ['bigger rewrites', 'your own words kept'],
};

/** What a formal tone is made of, and whether more of it is more formal: their weights are what they count beside the tone. */
const tone: Partial<Record<FeatureName, 1 | -1>> = { formal: 1, informal: -1, contractions: -1 };

/**
 * Effects at least two deviations from 0 about which the writer's own decisions have said something; of a tone that is believed its signs
 * are not told besides.
 */
export function beliefsOf(
  mode: Float64Array,
  {
    features,
    priorPrecision,
  }: { readonly features: Prior['features']; readonly priorPrecision: readonly number[] },
  varianceOf: (x: Float64Array) => number,
): Belief[] {
  const register = featureNames.indexOf('register');
  const beliefs: Belief[] = [];
  featureNames.forEach((feature, k) => {
    const wording = wordings[feature];
    if (!wording) return;
    const x = new Float64Array(mode.length);
    x[k] = 1;
    const ofTone = tone[feature];
    if (ofTone !== undefined) x[register] = (ofTone * features[k]!.scale) / features[register]!.scale; // one for each feature
    const weight = dot(mode, x);
    const deviation = Math.sqrt(varianceOf(x));
    const inPrior = Math.sqrt(x.reduce((sum, value, q) => sum + value ** 2 / (priorPrecision[q] ?? 1), 0));
    const learned = (deviation / inPrior) ** 2 < 0.9;
    if (!learned || Math.abs(weight) < 2 * deviation) return;
    beliefs.push({ feature, text: wording[weight > 0 ? 0 : 1], weight, deviation });
  });
  const hasTone = beliefs.some(({ feature }) => feature === 'register');
  return beliefs
    .filter(({ feature }) => !hasTone || tone[feature] === undefined)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}
