/**
 * @file The R3 benchmark: `npm run bench:preferences [-- --data FILE --log-probs FILE --model FILE]`, or
 * `node benchmarks/preferences.ts --train FILE --test FILE` for decisions that no fit has seen.
 * The product measures no log-probs for its preference model; what they would bring is measured beside it. Those that are not in the
 * given file are measured with the embedded model and cached.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logLoss, score } from '../server/src/preferences/calibration.ts';
import { editFeatures } from '../server/src/preferences/editFeatures.ts';
import { foldsOf } from '../server/src/preferences/folds.ts';
import { guardCandidate, guardCap } from '../server/src/preferences/guards.ts';
import type { TokenScores } from '../server/src/preferences/languageFeatures.ts';
import { fitPreferenceModel } from '../server/src/preferences/fitPreferenceModel.ts';
import { readDecisions, type Decision } from './preferences/decisions.ts';
import { agreement, measureLogProbs, readLogProbs, scoresIn } from './preferences/logProbs.ts';
import { online } from './preferences/online.ts';
import { fitPopulation, type Example } from './preferences/population.ts';
import { uniform } from '../test/support/random.ts';
import { printResult } from './support.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/revisions/r3-decisions.jsonl' },
    'log-probs': { type: 'string', default: '../shared/prototypes/preferences/logprobs.json' },
    model: { type: 'string', default: 'models/SmolLM2-135M-Instruct.Q4_1.gguf' },
    train: { type: 'string' },
    test: { type: 'string' },
  },
});

const trainPath = options.train ?? options.data;
if (!existsSync(trainPath)) {
  console.error(
    `${trainPath} is missing: the R3 interaction data, from dataset/R3_eval_data.zip of vipulraheja/iterater.`,
  );
  process.exit(1);
}

const cachePath = '.cache/preferences/logprobs.json';
const given = readLogProbs(options['log-probs']);
const measured = await measureLogProbs(
  [trainPath, ...(options.test === undefined ? [] : [options.test])]
    .flatMap((path) => readDecisions(path))
    .flatMap(({ original, revised }) => [original, revised]),
  options.model,
  cachePath,
  given,
);
const { texts, otherCount, sumPerToken } = agreement(readLogProbs(cachePath), given);
if (texts > 0) {
  console.log(
    `log-probs measured and given: ${texts} texts in both, ${otherCount} split otherwise, mean difference ${sumPerToken.toFixed(3)} a token`,
  );
}

function scoresOf(text: string): TokenScores | undefined {
  return scoresIn(measured, text);
}

interface Row extends Example {
  readonly decision: Decision;
}

function rowsOf(path: string): Row[] {
  return readDecisions(path).map((decision) => {
    const { original, revised, source, writer, accepted } = decision;
    const cap = source === 'model' ? guardCap(guardCandidate(original, revised)) : 1;
    const features = editFeatures(original, revised, scoresOf(original), scoresOf(revised));
    return { decision, writer, accepted, cap, features };
  });
}

/** As the product sees a row: it measures no log-probs. */
function asShipped<T extends Example>(row: T): T {
  return { ...row, features: { ...row.features, lmSum: 0, lmWorst: 0, lmEdit: 0 } };
}

type Predictor = (row: Row) => number;

/** Acceptance rate by a key, four pseudo-decisions at the overall rate. */
function rateBy(key: (row: Row) => string): (train: readonly Row[]) => Predictor {
  return (train) => {
    const mean = train.filter(({ accepted }) => accepted).length / train.length;
    return (row) => {
      const same = train.filter((other) => key(other) === key(row));
      return (same.filter(({ accepted }) => accepted).length + 4 * mean) / (same.length + 4);
    };
  };
}

const methods: Readonly<Record<string, (train: readonly Row[]) => Predictor>> = {
  majority: rateBy(() => ''),
  intent: rateBy(({ decision }) => decision.intent),
  writer: rateBy(({ writer }) => writer),
  'writer x intent': rateBy(({ writer, decision }) => `${writer} ${decision.intent}`),
  'LM only': (train) => fitPopulation(train, ['lmSum', 'lmWorst', 'lmEdit'], false).predict,
  shipped: (train) => {
    const { predict } = fitPopulation(train.map(asShipped));
    return (row) => predict(asShipped(row));
  },
  'shipped and LM': (train) => fitPopulation(train).predict,
};

const rows = rowsOf(trainPath);
const missing = rows.filter(
  ({ decision }) => !scoresOf(decision.original) || !scoresOf(decision.revised),
).length;
console.log(
  `${rows.length} decisions, ${rows.filter(({ cap }) => cap < 1).length} guarded, ${missing} without log-probs`,
);

const splits = options.test === undefined ? [1, 2, 3, 4, 5] : [1];

/** Predictions for the test rows: of the test file, or of each fold from the others (folds by document). */
function predictions(method: (train: readonly Row[]) => Predictor, seed: number) {
  if (options.test !== undefined) {
    const test = rowsOf(options.test);
    const unscored = test.filter(
      ({ decision }) => !scoresOf(decision.original) || !scoresOf(decision.revised),
    );
    if (seed === 1) console.log(`${unscored.length} of ${test.length} test decisions without log-probs`);
    return { test, predicted: test.map(method(rows)) };
  }
  const folds = foldsOf(
    rows.map(({ decision }) => decision.document),
    5,
    seed,
  );
  const predicted = new Array<number>(rows.length);
  for (let fold = 0; fold < 5; fold++) {
    const predict = method(rows.filter((_, i) => folds[i] !== fold));
    rows.forEach((row, i) => {
      if (folds[i] === fold) predicted[i] = predict(row);
    });
  }
  return { test: rows, predicted };
}

console.log(`means of ${splits.length} split(s)`);
console.log('method           log-loss  accuracy  AUC    ECE');
const results = Object.entries(methods).map(([name, method]) => {
  const scores = splits.map((seed) => {
    const { test, predicted } = predictions(method, seed);
    return score(
      test.map(({ accepted }) => accepted),
      predicted,
    );
  });
  const mean = (of: 'logLoss' | 'accuracy' | 'auc' | 'ece') =>
    scores.reduce((sum, one) => sum + one[of], 0) / scores.length;
  const result = { logLoss: mean('logLoss'), accuracy: mean('accuracy'), auc: mean('auc'), ece: mean('ece') };
  console.log(
    name.padEnd(17) +
      Object.values(result)
        .map((v) => v.toFixed(3).padEnd(8))
        .join(''),
  );
  return { name, ...result };
});

/** 95 % interval of a mean log-loss (or of a difference of two): whole documents drawn again, 1,000 times. */
function interval(documents: readonly string[], losses: readonly number[]): [low: number, high: number] {
  const totals = new Map<string, { sum: number; count: number }>();
  documents.forEach((document, i) => {
    const total = totals.get(document) ?? { sum: 0, count: 0 };
    totals.set(document, { sum: total.sum + (losses[i] ?? 0), count: total.count + 1 });
  });
  const groups = [...totals.values()];
  const random = uniform(1);
  const means = Array.from({ length: 1000 }, () => {
    const drawn = groups.map(() => groups[Math.floor(random() * groups.length)]!); // not empty
    const sum = drawn.reduce((total, group) => total + group.sum, 0);
    const count = drawn.reduce((total, group) => total + group.count, 0);
    return sum / count;
  }).sort((x, y) => x - y);
  return [means[25]!, means[975]!]; // 1,000 of them
}

function lossesOf(test: readonly Row[], predicted: readonly number[]): number[] {
  return test.map(({ accepted }, i) => logLoss([accepted], [predicted[i] ?? 0.5]));
}

{
  const shippedFit = predictions(methods.shipped!, 1);
  const writerFit = predictions(methods.writer!, 1);
  const documents = shippedFit.test.map(({ decision }) => decision.document);
  const own = lossesOf(shippedFit.test, shippedFit.predicted);
  const ofWriter = lossesOf(writerFit.test, writerFit.predicted);
  const show = (values: readonly number[]) =>
    `[${interval(documents, values)
      .map((v) => v.toFixed(3))
      .join(', ')}]`;
  console.log(`first split, 95 % by document: shipped log-loss ${show(own)}`);
  console.log(`shipped minus writer ${show(own.map((loss, i) => loss - (ofWriter[i] ?? 0)))}`);
  for (const [name, { test, predicted }] of Object.entries({ shipped: shippedFit, writer: writerFit })) {
    const indexes = test.map((_, i) => i).filter((i) => test[i]?.decision.source === 'model');
    const result = score(
      indexes.map((i) => test[i]?.accepted === true),
      indexes.map((i) => predicted[i] ?? 0.5),
    );
    console.log(
      `model edits, ${name}: log-loss ${result.logLoss.toFixed(3)}, AUC ${result.auc.toFixed(3)}, ${indexes.length} decisions`,
    );
  }
}

if (options.test === undefined) {
  const predicted = online(rows.map(asShipped), () => undefined);
  const withLogProbs = online(rows, scoresOf);
  const happened = rows.map(({ accepted }) => accepted);
  const documents = rows.map(({ decision }) => decision.document);
  console.log('online             log-loss  accuracy  AUC    ECE');
  const named = { ...predicted, 'and LM, personal': withLogProbs.personal };
  for (const [name, values] of Object.entries(named)) {
    const one = score(happened, values);
    const figures = [one.logLoss, one.accuracy, one.auc, one.ece];
    console.log(name.padEnd(19) + figures.map((v) => v.toFixed(3).padEnd(8)).join(''));
  }
  // How many decisions of the same writer came before.
  const counts = new Map<string, number>();
  const before = rows.map(({ writer }) => {
    const count = counts.get(writer) ?? 0;
    counts.set(writer, count + 1);
    return count;
  });
  console.log('own decisions before: log-loss of majority so far, population, personal');
  for (const [from, to] of [
    [0, 10],
    [10, 50],
    [50, 100],
    [100, 150],
    [150, Infinity],
  ] as const) {
    const chosen = rows.map((_, i) => i).filter((i) => before[i]! >= from && before[i]! < to); // one for each row
    const losses = [predicted['majority so far'], predicted.population, predicted.personal].map((values) =>
      logLoss(
        chosen.map((i) => happened[i] === true),
        chosen.map((i) => values[i] ?? 0.5),
      ).toFixed(3),
    );
    console.log(`${from} to ${to} (${chosen.length}): ${losses.join('  ')}`);
  }
  const majority = lossesOf(rows, predicted['majority so far']);
  const personal = lossesOf(rows, predicted.personal);
  console.log(
    `personal minus majority [${interval(
      documents,
      personal.map((loss, i) => loss - (majority[i] ?? 0)),
    )
      .map((v) => v.toFixed(3))
      .join(', ')}]`,
  );
}

const comparisons = Array.from({ length: 1000 }, (_, i) => {
  const { decision, accepted } = rows[i % rows.length]!; // not empty
  const { original, revised, document } = decision;
  const [winner, loser] = accepted ? [revised, original] : [original, revised];
  return { decisionId: String(i), document, original, winner, loser, weight: 1 };
});
const began = performance.now();
const model = fitPreferenceModel(comparisons, { seed: 1 });
const fitMs1000 = performance.now() - began;
const predictBegan = performance.now();
if (model.kind === 'model')
  for (const { original, winner, loser } of comparisons) model.probability(original, winner, loser);
const predictMs = (performance.now() - predictBegan) / comparisons.length;

const shipped = results.find(({ name }) => name === 'shipped')!; // it is in `methods`
printResult('preferences', null, {
  logLoss: shipped.logLoss,
  logLossBestBaseline: Math.min(
    ...results.filter(({ name }) => !/shipped|LM/.test(name)).map((r) => r.logLoss),
  ),
  auc: shipped.auc,
  accuracy: shipped.accuracy,
  ece: shipped.ece,
  fitMs1000,
  predictMs,
});
