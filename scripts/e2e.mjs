/**
 * @file Runs the end-to-end suites (test/e2e) inside a real VS Code against the packaged VSIX: the desktop one where it can be
 * downloaded and shown, else code-server. SECOND_DRAFT_HOST=desktop|code-server decides; `--grep TEXT` picks tests. `--entry FILE` runs
 * another file in the host in place of the suites, and `--results NAME` names what it writes (the benchmarks use both).
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { main, root, step, Stop } from './lib/steps.mjs';
import { build, ensureModel, ensurePackages } from './lib/setup.mjs';

const { values } = parseArgs({
  options: {
    grep: { type: 'string' },
    vsix: { type: 'string' },
    keep: { type: 'boolean' },
    entry: { type: 'string', default: 'test/e2e/index.ts' },
    results: { type: 'string', default: 'e2e.json' },
  },
});
const limitMs = 12 * 60_000;

await main(async () => {
  await ensurePackages();
  await ensureModel();
  let vsix = values.vsix;
  if (!vsix) {
    await build({ production: true });
    const { packageExtension, hostTarget } = await import('./lib/vsix.mjs');
    vsix = (await packageExtension(hostTarget())).path;
  }
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'second-draft-e2e-')));
  const results = join(home, 'results.json');
  const workspace = join(home, 'workspace');
  cpSync(join(root, 'test/fixtures/sample'), workspace, { recursive: true });
  const tests = await bundleTests(home);
  const env = { SECOND_DRAFT_TEST_RESULTS: results, SECOND_DRAFT_TEST_GREP: values.grep ?? '' };
  const { runDesktop, runCodeServer, chooseHost } = await import('./lib/hosts.mjs');
  const host = await chooseHost();
  step(`Running the end-to-end suites in ${host.title}`);
  const job = { home, vsix, workspace, tests, env, limitMs };
  const code = host.kind === 'desktop' ? await runDesktop(job, host) : await runCodeServer(job);
  if (!existsSync(results)) throw new Stop(`The end-to-end suites wrote no results (exit code ${code}).`);
  const { passed, failed } = report(JSON.parse(readFileSync(results, 'utf8')));
  mkdirSync(join(root, 'test-results'), { recursive: true });
  cpSync(results, join(root, 'test-results', values.results));
  if (values.keep) console.log(home);
  else rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 || code !== 0 ? 1 : 0;
});

/** The suites as one CommonJS file, beside an otherwise empty extension that carries them. */
async function bundleTests(home) {
  const { build: bundle } = await import('esbuild');
  const folder = join(home, 'tests');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'index.cjs');
  await bundle({
    entryPoints: [join(root, values.entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
    sourcemap: 'inline',
    logLevel: 'warning',
    logOverride: { 'require-resolve-not-external': 'silent' }, // mocha's workers, which nothing here starts
  });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'second-draft-tests',
      publisher: 'second-draft',
      version: '0.0.0',
      engines: { vscode: '^1.125.0' },
    }),
  );
  return { folder, index: outfile };
}

/** @param results what test/e2e/index.ts wrote: {tests: [{title, state, error?, ms}]} */
function report({ tests }) {
  let passed = 0;
  let failed = 0;
  for (const test of tests) {
    if (test.state === 'passed') passed += 1;
    else failed += 1;
    console.log(
      `${test.state === 'passed' ? '✓' : '✗'} ${test.title} (${test.ms} ms)${test.error ? `\n    ${test.error}` : ''}`,
    );
  }
  return { passed, failed };
}
