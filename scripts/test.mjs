/**
 * @file `npm test`: everything from a fresh clone to the last line `N passed, N failed`: unit, browser, LSP, model and end-to-end
 * suites. `npm test -- --suite unit --suite lsp` runs some of them. What failed is named once more before that line, because the output
 * is long and its end is what one sees.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, ensureModel, ensurePackages } from './lib/setup.mjs';
import { main, projectEnv, projectNode, root, run, step } from './lib/steps.mjs';

/** Suites in order; vitest ones report to JSON, the others are scripts that write the same. */
const suites = {
  unit: { title: 'Unit tests', vitest: true },
  browser: { title: 'Pages in a browser', vitest: true, browser: true },
  lsp: { title: 'The built language server', vitest: true },
  model: { title: 'The real model', vitest: true },
  e2e: { title: 'A real VS Code', script: 'scripts/e2e.mjs', results: 'e2e.json', vsix: true },
  ui: { title: 'A real VS Code, as a person sees it', vitest: true, browser: true, vsix: true },
};

const { values } = parseArgs({
  options: { suite: { type: 'string', multiple: true }, vsix: { type: 'string' } },
});

await main(async () => {
  const chosen = values.suite ?? Object.keys(suites);
  const output = join(root, 'test-results');
  mkdirSync(output, { recursive: true });
  await ensurePackages();
  await ensureModel();
  await build({ production: true });
  if (chosen.some((name) => suites[name]?.browser)) (await import('./lib/chromium.mjs')).ensureChromium();
  const vsix = chosen.some((name) => suites[name]?.vsix) ? (values.vsix ?? (await packaged())) : undefined;
  let passed = 0;
  let failed = 0;
  const failures = [];
  for (const name of chosen) {
    const suite = suites[name];
    if (!suite) throw new Error(`There is no suite "${name}"; there are ${Object.keys(suites).join(', ')}.`);
    step(`${suite.title} (${name})`);
    const counts = suite.vitest ? await vitest(name, output, vsix) : await script(suite, output, vsix);
    passed += counts.passed;
    failed += counts.failed;
    const named = counts.failures.length > 0 ? counts.failures : ['an error outside a test, see above'];
    if (counts.failed > 0) failures.push(...named.map((failure) => `✗ ${name}: ${failure}`));
    step(`${name}: ${counts.passed} passed, ${counts.failed} failed`);
  }
  for (const failure of failures) console.log(failure);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
});

async function packaged() {
  const { hostTarget, packageExtension } = await import('./lib/vsix.mjs');
  return (await packageExtension(hostTarget())).path;
}

async function vitest(name, output, vsix) {
  const report = join(output, `${name}.json`);
  rmSync(report, { force: true });
  const code = await run(
    projectNode(),
    [
      'node_modules/vitest/vitest.mjs',
      ...['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ],
    { env: projectEnv(vsix ? { SECOND_DRAFT_VSIX: vsix } : {}) },
  );
  if (!existsSync(report)) return noReport(report);
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that could not even be loaded, or an error outside a test, counts as one failure.
  const failed = numFailedTests > 0 ? numFailedTests : numFailedTestSuites > 0 || code !== 0 ? 1 : 0;
  return { passed: numPassedTests, failed, failures: testResults.flatMap(failuresOf) };
}

/** @param file of vitest's JSON report */
function failuresOf({ name, status, message, assertionResults }) {
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length === 0 && status === 'failed') return [described(name, message)];
  return tests.map(({ fullName, failureMessages }) => described(fullName, failureMessages.join('\n')));
}

/** A test and the first lines of what it says, which hold the message and where it was thrown. */
function described(title, message = '') {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return [title, ...lines.slice(0, 4).map((line) => `    ${line.trim()}`)].join('\n');
}

function noReport(report) {
  return { passed: 0, failed: 1, failures: [`ended without a report (${report})`] };
}

async function script({ script: file, results }, output, vsix) {
  const report = join(output, results);
  rmSync(report, { force: true });
  const code = await run(projectNode(), [file, '--vsix', vsix]);
  if (!existsSync(report)) return noReport(report);
  const { tests } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = tests.filter(({ state }) => state !== 'passed');
  return {
    passed: tests.length - failed.length,
    failed: failed.length === 0 && code !== 0 ? 1 : failed.length,
    failures: failed.map(({ title, error }) => described(title, error)),
  };
}
