/** @file The table and the figures from all runs that are there. */
import { createRng } from '../../server/src/game/rng.ts';
import { judge, type GuardMeasures } from '../../server/src/training/promotion.ts';
import type { RunRecord } from './run.ts';

const points = (share: number): number => Math.round(1000 * share) / 10;

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

const gain = ({ before, after }: RunRecord): number => after.acceptance - before.acceptance;

/** Half the width of the 95 % interval of a mean, by Student's t for few seeds. */
function halfWidth(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 2) return null;
  const m = mean(values)!; // not empty
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / (n - 1));
  const t = [0, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31][n - 1] ?? 2;
  return (t * deviation) / Math.sqrt(n);
}

function groupsOf(records: readonly RunRecord[]): Map<string, RunRecord[]> {
  const key = ({ writer, method, kappa, beta, rounds = 1, shuffled, adapters = 'one' }: RunRecord): string =>
    `${shuffled ? 'no taste' : writer}, ${method}` +
    (kappa === 5 ? '' : `, κ ${kappa}`) +
    (beta === 0.05 ? '' : `, β ${beta}`) +
    (rounds === 1 ? '' : `, ${rounds} rounds`) +
    (adapters === 'one' ? '' : ', two adapters');
  return Map.groupBy(records, key);
}

export function printTable(records: readonly RunRecord[]): void {
  const rows = [...groupsOf(records)].map(([name, group]) => {
    const gains = group.map(gain);
    const half = halfWidth(gains);
    const of = (value: (record: RunRecord) => number): string => `${points(mean(group.map(value))!)} %`; // groups are not empty
    return {
      'writer, method': name,
      seeds: group.length,
      before: of(({ before }) => before.acceptance),
      after: of(({ after }) => after.acceptance),
      'gain (points)': `${points(mean(gains)!)}${half === null ? '' : ` ± ${points(half)}`}`,
      // What was kept aside changes nothing for the writer.
      'gain in use': `${points(mean(group.map((record) => (record.gate.promoted ? gain(record) : 0)))!)}`,
      'reply over draft': of(({ after }) => after.followerWinRate),
      'over best of 2': of(({ after }) => after.followerVersusBestOf2),
      'over untrained': of(({ overUntrained }) => overUntrained),
      'transfer': of(({ transfer }) => transfer),
      'promoted': `${group.filter(({ gate }) => gate.promoted).length}`,
      'minutes': (mean(group.map(({ trainSeconds }) => trainSeconds))! / 60).toFixed(1),
    };
  }); // prettier-ignore
  console.table(rows);
}

/** Whether a run learned as the product does by default, from a writer who has a taste. */
export function asByDefault(run: RunRecord): boolean {
  return run.method === 'styles' && isNoAblation(run);
}

function isNoAblation({ kappa, beta, rounds = 1, shuffled, adapters = 'one' }: RunRecord): boolean {
  return kappa === 5 && beta === 0.05 && rounds === 1 && adapters === 'one' && !shuffled;
}

export function figures(records: readonly RunRecord[]): Record<string, number | null> {
  const own = records.filter(asByDefault);
  const byWriter = [...Map.groupBy(own, ({ writer }) => writer).values()].map((group) =>
    mean(group.map(gain))!,
  ); // not empty
  const of = (writer: string, method: string): number | null => {
    const value = mean(
      records.filter((run) => run.writer === writer && run.method === method && isNoAblation(run)).map(gain),
    );
    return value === null ? null : points(value);
  };
  const share = (value: number | null): number | null =>
    value === null ? null : Math.round(1000 * value) / 1000;
  return {
    acceptanceGainPoints: byWriter.length === 0 ? null : points(Math.min(...byWriter)),
    acceptanceGainPointsMean: byWriter.length === 0 ? null : points(mean(byWriter)!),
    followerWinRate: share(mean(own.map(({ after }) => after.followerWinRate))),
    followerWinRateVsBestOf2: share(mean(own.map(({ after }) => after.followerVersusBestOf2))),
    transferWinRate: share(mean(own.map(({ transfer }) => transfer))),
    rlooGainPointsCyclic: of('cyclic', 'rloo'),
    slhfGainPointsCyclic: of('cyclic', 'styles'),
    nullPromotionRate: nullPromotionRate(),
  };
}

/** Share of 1,000 simulated gates between equal policies that promote. */
function nullPromotionRate(): number {
  const measures: GuardMeasures = { length: 20, endedShare: 1, junkShare: 0, copyShare: 0.2, quality: 50 };
  let promoted = 0;
  const gates = 1000;
  for (let g = 0; g < gates; g++) {
    const rng = createRng(1000 + g);
    const games = Array.from({ length: 60 }, (_, i) => {
      const p = rng.next();
      return { document: `d${i % 20}`, winProbability: () => p };
    });
    const input = { games, before: measures, after: measures, klToReference: 0.1, decisions: 60 };
    if (judge(input, rng).promoted) promoted += 1;
  }
  return promoted / gates;
}
