/**
 * @file How long activation holds up the extension host, in a real VS Code with the packaged extension; the median of several starts.
 *
 *   npm run bench:activation -- [--starts 5] [--vsix FILE]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresFromHost } from './host/run.ts';
import { printResult } from './support.ts';

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '5' }, vsix: { type: 'string' } },
});
const packaged = join(import.meta.dirname, '..', 'second-draft-linux-x64-0.1.0.vsix');
const [times, walls]: [number[], number[]] = [[], []];
for (let start = 0; start < Number(values.starts); start++) {
  // The first start packages the extension; the others take the same package.
  const vsix = values.vsix ?? (start > 0 && existsSync(packaged) ? packaged : undefined);
  const { activationMs = NaN, wallMs = NaN } = figuresFromHost('activation', vsix);
  times.push(activationMs);
  walls.push(wallMs);
}
const tenths = (ms: number): number => Math.round(10 * ms) / 10;
console.table(times.map((ms, i) => ({ 'busy, ms': tenths(ms), 'until active, ms': tenths(walls[i]!) }))); // as many
const sorted = [...times].sort((a, b) => a - b);
printResult('activation', null, {
  activationMs: tenths(sorted[Math.floor(sorted.length / 2)] ?? NaN),
  activationMsWorst: tenths(sorted.at(-1) ?? NaN),
});
