/** @file Entry of the end-to-end suites inside the extension host: runs Mocha, writes the results where the runner reads them. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

interface Result {
  readonly title: string;
  readonly state: 'passed' | 'failed';
  readonly ms: number;
  readonly error?: string;
}

/** Rejects when a test failed: the host then exits with an error. */
export async function run(): Promise<void> {
  const grep = process.env.SECOND_DRAFT_TEST_GREP;
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, ...(grep ? { grep } : {}) });
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  // In this order: consent is asked once in a profile's life.
  await import('./consent.test.ts');
  await import('./review.test.ts');
  await import('./documents.test.ts');
  await import('./inline.test.ts');
  // After ghost text: what is dismissed here stays away in this profile.
  await import('./capture.test.ts');
  await import('./dashboard.test.ts');
  await import('./learning.test.ts');
  await import('./package.test.ts');
  const results: Result[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) =>
      results.push({ title: test.fullTitle(), state: 'passed', ms: test.duration ?? 0 }),
    );
    runner.on('fail', (test, error: Error) =>
      results.push({
        title: test.fullTitle(),
        state: 'failed',
        ms: test.duration ?? 0,
        error: error.stack ?? error.message,
      }),
    );
  });
  const path = process.env.SECOND_DRAFT_TEST_RESULTS;
  if (path) writeFileSync(path, JSON.stringify({ failures, tests: results }, null, 2));
  if (failures > 0) throw new Error(`${failures} end-to-end tests failed`);
}
