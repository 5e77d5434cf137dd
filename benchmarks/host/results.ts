/** @file What a file that runs inside VS Code leaves for benchmarks/host/run.ts; in the form of the suites' results. */
import { writeFileSync } from 'node:fs';

export function leave(title: string, figures: Readonly<Record<string, number>>): void {
  const path = process.env.SECOND_DRAFT_TEST_RESULTS;
  if (path)
    writeFileSync(path, JSON.stringify({ failures: 0, tests: [{ title, state: 'passed', ms: 0 }], figures }));
}
