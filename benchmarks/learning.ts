/**
 * @file Does it learn? Simulated writers decide on the shipped adapter's candidates, the product's own trainer learns from their
 * decisions, and held-out texts tell what became of it; the same for controls on the same budget. Every run is kept as one JSON file,
 * so that the table is a job that can be stopped and gone on with; the table and docs/figures/learning.svg are made from all files that are there.
 *
 *   npm run bench:learning -- --quick
 *   npm run bench:learning -- [--writer concise,formal] [--seed 1,2,3] [--method styles,distil,rloo] [--steps 20] [--adapters perRole] [--resume] [--shuffled]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { WriterName } from '../test/support/writers.ts';
import { sha256Of } from './editor/data.ts';
import { figure } from './learning/figure.ts';
import type { Lab } from './learning/lab.ts';
import { labArguments, openedLab, textsDecidedOn } from './learning/options.ts';
import { runOnce, type RunRecord, type RunRequest } from './learning/run.ts';
import { asByDefault, figures, printTable } from './learning/table.ts';
import { writerNames } from './learning/writer.ts';
import { printResult } from './support.ts';

const root = join(import.meta.dirname, '..');
const defaultOut = join(root, 'docs/evidence/learning');
const { values: options } = parseArgs({
  options: {
    ...labArguments,
    quick: { type: 'boolean', default: false },
    writer: { type: 'string', default: writerNames.join() },
    seed: { type: 'string', default: '1,2,3,4,5' },
    method: { type: 'string', default: 'styles' },
    steps: { type: 'string', default: '20' },
    decisions: { type: 'string', default: '300' },
    heldOut: { type: 'string', default: '60' },
    kappa: { type: 'string', default: '5' },
    beta: { type: 'string', default: '0.05' },
    rounds: { type: 'string', default: '1' },
    adapters: { type: 'string', default: 'one' },
    shuffled: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    out: { type: 'string', default: defaultOut },
  },
});

/** What runs, whatever is committed meanwhile. */
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const out = options.quick ? join(root, '.cache/learning/quick') : options.out;
mkdirSync(out, { recursive: true });
if (!options.table) {
  const lab = await openedLab(options);
  for (const request of requests()) await keep(lab, request);
  await lab.dispose();
}
const records = readdirSync(out)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')) as RunRecord);
printTable(records);
const drawn = records.filter(asByDefault);
if (drawn.length > 0) {
  writeFileSync(
    out === defaultOut ? join(root, 'docs/figures/learning.svg') : join(out, 'learning.svg'),
    figure(drawn),
  );
}
printResult('learning', 'SmolLM2-135M-Instruct Q4_1', figures(records));

function requests(): RunRequest[] {
  const list = (value: string): string[] => value.split(',').map((item) => item.trim());
  const shared = {
    kappa: Number(options.kappa),
    beta: Number(options.beta),
    rounds: Number(options.rounds),
    ...(options.adapters === 'perRole' && { adapters: 'perRole' as const }),
    shuffled: options.shuffled,
  };
  if (options.quick) {
    return [
      {
        ...shared,
        writer: 'concise',
        seed: 1,
        method: 'styles',
        steps: 6,
        decisions: 120,
        heldOut: 24,
        texts: 64,
      },
    ];
  }
  return list(options.seed).flatMap((seed) =>
    list(options.method).flatMap((method) =>
      list(options.writer).map((writer) => ({
        ...shared,
        writer: writer as WriterName, // an unknown one has no utility and throws
        method: method as RunRequest['method'],
        seed: Number(seed),
        steps: Number(options.steps),
        decisions: Number(options.decisions),
        heldOut: Number(options.heldOut),
        texts: textsDecidedOn,
      })),
    ),
  );
}

async function keep(lab: Lab, request: RunRequest): Promise<void> {
  const { writer, method, seed, shuffled, kappa, beta, rounds = 1, adapters = 'one' } = request;
  const ablation =
    (kappa === 5 ? '' : `-kappa${kappa}`) +
    (beta === 0.05 ? '' : `-beta${beta}`) +
    (rounds === 1 ? '' : `-rounds${rounds}`) +
    (adapters === 'one' ? '' : `-${adapters}`);
  const name = `${writer}-${method}-${seed}${shuffled ? '-shuffled' : ''}`;
  const path = join(out, `${name}${ablation}.json`);
  const adapter = sha256Of(options.adapter);
  if (options.resume && existsSync(path)) {
    const there = JSON.parse(readFileSync(path, 'utf8')) as RunRecord & { readonly adapter: string };
    const differs = differences(there, { ...request, adapter });
    if (differs.length === 0) return;
    console.error(
      `${path} is of a run with other settings (${differs.join(', ')}): give another --out, or move it away.`,
    );
    process.exit(2);
  }
  const started = performance.now();
  const record = await runOnce(lab, request, (line) => console.log(line));
  const command = `npm run bench:learning -- ${process.argv.slice(2).join(' ')}`;
  const seconds = Math.round((performance.now() - started) / 1000);
  const styles = sha256Of(options.styles);
  writeFileSync(
    path,
    `${JSON.stringify({ command, commit, adapter, styles, seconds, ...record }, null, 2)}\n`,
  );
}

/** What a run that is there was asked otherwise; fields that it lacks are from before there were others. */
function differences(there: Readonly<object>, asked: Readonly<object>): string[] {
  const found = new Map<string, unknown>(Object.entries(there));
  return Object.entries(asked).flatMap(([name, value]) =>
    found.has(name) && found.get(name) !== value ? [name] : [],
  );
}
