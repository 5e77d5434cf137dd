/** @file What all benchmarks share: the machine, the table, the last line. */
import { cpus } from 'node:os';

/** Prints the line that docs/metrics.md describes: one JSON object, the last thing a benchmark prints. */
export function printResult(
  bench: string,
  model: string | null,
  figures: Readonly<Record<string, number | null>>,
): void {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', gpu: null };
  console.log(JSON.stringify({ bench, machine, model, figures }));
}
