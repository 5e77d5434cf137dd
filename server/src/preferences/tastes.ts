/**
 * @file In which respects a writer differs from the others: most do in one or two, and there by far. Each weight is either close to the other
 * writers' or free of them, a taste; the tastes are chosen one by one as long as the evidence grows by more than their prior odds (forward
 * selection among spike-and-slab priors; George & McCulloch 1993).
 */
import { fitPosterior, variance, type Gaussian, type Posterior, type Rows } from './laplace.ts';
import type { Prior } from './prior.ts';

export interface Fitted {
  readonly posterior: Posterior;
  readonly prior: Gaussian;
  /** Log-evidence plus log prior mass of the tastes. */
  readonly logScore: number;
}

/** How many of the likeliest tastes are fitted in each round. */
const shortlist = 3;

/** Component → what its usual precision is multiplied by. */
type Tastes = ReadonlyMap<number, number>;

/** @param skew precision of each component after the features, which are 0 in the mean */
export function fitTastes(rows: Rows, prior: Prior, skew: number): Fitted {
  const fit = (tastes: Tastes): Fitted => {
    const own = gaussian(prior, tastes, { precision: skew, width: rows.width });
    const posterior = fitPosterior(rows, own);
    return { prior: own, posterior, logScore: posterior.logEvidence + logOdds(prior, tastes) };
  };
  let tastes: Tastes = new Map();
  let best = fit(tastes);
  for (;;) {
    const options = likeliest(prior, tastes, best).map((more) => ({ tastes: more, fitted: fit(more) }));
    const next = options.reduce((a, b) => (b.fitted.logScore > a.fitted.logScore ? b : a), {
      tastes,
      fitted: best,
    });
    if (next.fitted === best) return best;
    tastes = next.tastes;
    best = next.fitted;
  }
}

/** Log prior odds of having these tastes against having none. */
function logOdds({ features, tasteMultiples }: Prior, tastes: Tastes): number {
  return [...tastes.keys()].reduce((sum, k) => {
    const p = features[k]!.tasteProbability; // in range
    return sum + Math.log(p / (1 - p) / tasteMultiples.length);
  }, 0);
}

function gaussian(
  prior: Prior,
  tastes: Tastes,
  skew: { readonly precision: number; readonly width: number },
): Gaussian {
  const { features } = prior;
  const rest = Math.max(0, skew.width - features.length);
  return {
    mean: Float64Array.from([...features.map(({ mean }) => mean), ...new Array<number>(rest).fill(0)]),
    precision: Float64Array.from([
      ...features.map(({ precision }, k) => precision * (tastes.get(k) ?? 1)),
      ...new Array<number>(rest).fill(skew.precision),
    ]),
  };
}

/** One taste more: those by which the evidence grows most as far as the present posterior tells. */
function likeliest(prior: Prior, tastes: Tastes, { posterior, prior: present }: Fitted): Tastes[] {
  return prior.features
    .flatMap(({ precision, tasteProbability: p }, k) =>
      p === 0 || tastes.has(k)
        ? []
        : prior.tasteMultiples.map((multiple) => ({
            tastes: new Map(tastes).set(k, multiple),
            gain: Math.log(p / (1 - p)) + gainOf(posterior, present, k, precision * multiple),
          })),
    )
    .sort((a, b) => b.gain - a.gain)
    .slice(0, shortlist)
    .map((option) => option.tastes);
}

/**
 * What the log-evidence grows by when component `k` gets another prior precision, where the posterior is normal:
 * log E[N(w; μ, 1/to) / N(w; μ, 1/from)] over the present posterior.
 */
function gainOf({ mode, factor }: Posterior, { mean, precision }: Gaussian, k: number, to: number): number {
  const from = precision[k]!; // in range, as the others
  const spread = variance(
    factor,
    mode.map((_, q) => Number(q === k)),
  );
  const freed = 1 - spread * (from - to); // above 0: the posterior is no wider than its prior
  return (
    (Math.log(to / from) - Math.log(freed)) / 2 + ((from - to) * (mode[k]! - mean[k]!) ** 2) / (2 * freed)
  );
}
