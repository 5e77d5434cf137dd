/**
 * @file kill -9 at random points while decisions are written: is what was acknowledged still there, does the database always open?
 *
 *   npm run test:faults -- [--kills 1000] [--seed 1]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killWriters } from './faults/killWriters.ts';
import { printResult } from './support.ts';

const { values: options } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const folder = mkdtempSync(join(tmpdir(), 'second-draft-faults-'));
const kills = Number(options.kills);
const started = performance.now();
const found = await killWriters(folder, kills, Number(options.seed), (done) => {
  if (done % 50 === 0) process.stderr.write(`\r${done} of ${kills} kills`);
});
process.stderr.write('\n');
rmSync(folder, { recursive: true });
console.table([{ ...found, seconds: Math.round((performance.now() - started) / 1000) }]);
printResult('faults', null, { kills, lost: found.lost, unopened: found.unopened });
if (found.lost > 0 || found.unopened > 0) process.exitCode = 1;
