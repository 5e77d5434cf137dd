/**
 * @file What so many decisions teach, without training: how near the preference model comes to simulated writers who decide on the shipped
 * adapter's candidates, and how often the promotion gate sees a policy that they want.
 *
 *   npm run bench:hearing [-- --seeds 16]
 */
import { parseArgs } from 'node:util';
import { hear } from './learning/hearing.ts';
import { shippedCandidates } from './learning/lab.ts';
import { labArguments, openedLab, textsDecidedOn } from './learning/options.ts';
import { writerNames } from './learning/writer.ts';
import { printResult } from './support.ts';

const { values: options } = parseArgs({
  options: { ...labArguments, seeds: { type: 'string', default: '16' } },
});
const lab = await openedLab(options);
const candidates = await shippedCandidates(lab, lab.contexts.train.slice(0, textsDecidedOn));
await lab.dispose();
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const rows = [60, 120, 300].flatMap((decisions) =>
  writerNames.map((writer) => hear(candidates, writer, decisions, seeds)),
);
const short = (value: number): number => Number(value.toFixed(3));
console.table(
  rows.map(({ correlation, leastCorrelation, off, ...row }) => ({
    ...row,
    correlation: short(correlation),
    leastCorrelation: short(leastCorrelation),
    off: short(off),
  })),
);
const of300 = rows.filter(({ decisions }) => decisions === 300);
const gates = rows.flatMap(({ promotedByCoin }) => promotedByCoin ?? []);
printResult('hearing', 'SmolLM2-135M-Instruct Q4_1', {
  leastCorrelation300: Math.min(...of300.map(({ correlation }) => correlation)),
  promotedByCoinRate: gates.reduce((sum, count) => sum + count, 0) / (gates.length * seeds.length),
});
