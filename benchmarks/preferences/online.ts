/**
 * @file The online protocol: every decision is predicted from the writer's earlier ones by the product's own fit. Its prior is fitted
 * on other writers and other documents, never the shipped one: that has seen these decisions.
 */
import type { TokenScores } from '../../server/src/preferences/languageFeatures.ts';
import { coldStartModel, fitPreferenceModel } from '../../server/src/preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../../server/src/preferences/preferenceModel.ts';
import type { Prior } from '../../server/src/preferences/prior.ts';
import type { Decision } from './decisions.ts';
import type { Example } from './population.ts';
import { priorOf } from './priorOf.ts';

export interface OnlineRow extends Example {
  readonly decision: Decision;
}

type Method = 'majority so far' | 'last 20' | 'population' | 'personal' | 'personal + memory';

function comparisonOf({ decision }: OnlineRow, id: number) {
  const { original, revised, document, accepted } = decision;
  const [winner, loser] = accepted ? [revised, original] : [original, revised];
  return { decisionId: String(id), document, original, winner, loser, weight: 1 };
}

function rate(rows: readonly OnlineRow[]): number {
  return (rows.filter(({ accepted }) => accepted).length + 1) / (rows.length + 2);
}

/** Predictions of every method for every row, in the order of the rows. */
export function online(
  rows: readonly OnlineRow[],
  scores: (text: string) => TokenScores | undefined,
): Record<Method, number[]> {
  const predicted: Record<Method, number[]> = {
    'majority so far': [],
    'last 20': [],
    population: [],
    personal: [],
    'personal + memory': [],
  };
  const priors = new Map<string, Prior>();
  const past = new Map<string, OnlineRow[]>();
  for (const row of rows) {
    const { writer, decision } = row;
    const { document, original, revised, source } = decision;
    const own = past.get(writer) ?? [];
    past.set(writer, own);
    const key = `${writer} ${document}`;
    const prior =
      priors.get(key) ??
      priorOf(rows.filter((other) => other.writer !== writer && other.decision.document !== document));
    priors.set(key, prior);
    const fit = fitPreferenceModel(own.map(comparisonOf), { seed: 1, scores, prior });
    const cold = coldStartModel(prior);
    const model = fit.kind === 'model' ? fit : cold;
    const [ofOriginal, ofRevised] = [scores(original), scores(revised)];
    const pair = ofOriginal && ofRevised && { original: ofOriginal, a: ofRevised, b: ofOriginal };
    // Human edits are no candidates of a model: no guards.
    const p = (by: PreferenceModel, settings = {}) =>
      source === 'model'
        ? by.probability(original, revised, original, pair, settings)
        : by.unguardedProbability(original, revised, original, pair, settings);
    predicted['majority so far'].push(rate(own));
    predicted['last 20'].push(rate(own.slice(-20)));
    predicted.population.push(p(cold));
    predicted.personal.push(p(model));
    predicted['personal + memory'].push(p(model, { document }));
    own.push(row);
  }
  return predicted;
}
