/** @file How good predicted probabilities are: log-loss, accuracy, AUC, calibration error, temperature. */

export interface Scores {
  readonly logLoss: number;
  readonly accuracy: number;
  readonly auc: number;
  /** Expected calibration error over ten equal bins. */
  readonly ece: number;
}

function bounded(p: number): number {
  return Math.min(1 - 1e-4, Math.max(1e-4, p));
}

/** Mean −ln p of what happened, probabilities kept within [1e-4, 1 − 1e-4]. */
export function logLoss(happened: readonly boolean[], predicted: readonly number[]): number {
  const sum = predicted.reduce(
    (total, p, i) => total - Math.log(happened[i] ? bounded(p) : 1 - bounded(p)),
    0,
  );
  return sum / predicted.length;
}

/** Probability that a positive is ranked over a negative; ties count half. */
function areaUnderCurve(happened: readonly boolean[], predicted: readonly number[]): number {
  const order = predicted.map((p, i) => ({ p, positive: happened[i] === true })).sort((a, b) => a.p - b.p);
  let negativesBelow = 0;
  let pairs = 0;
  for (let i = 0; i < order.length;) {
    let positives = 0;
    let negatives = 0;
    const { p } = order[i]!; // i < order.length
    for (; i < order.length && order[i]!.p === p; i++) {
      if (order[i]!.positive) positives++;
      else negatives++;
    }
    pairs += positives * (negativesBelow + negatives / 2);
    negativesBelow += negatives;
  }
  return pairs / (negativesBelow * (order.length - negativesBelow));
}

export function score(happened: readonly boolean[], predicted: readonly number[]): Scores {
  const n = predicted.length;
  const bins = new Float64Array(10);
  let right = 0;
  predicted.forEach((p, i) => {
    const outcome = happened[i] === true;
    right += p === 0.5 ? 0.5 : Number(p > 0.5 === outcome);
    bins[Math.min(9, Math.floor(p * 10))]! += p - Number(outcome);
  });
  return {
    logLoss: logLoss(happened, predicted),
    accuracy: right / n,
    auc: areaUnderCurve(happened, predicted),
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin), 0) / n,
  };
}
