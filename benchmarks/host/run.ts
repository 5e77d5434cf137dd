/** @file Runs a file inside a real VS Code with the packaged extension, and reads the figures that it writes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** @throws Error with the host's output when it failed */
export function figuresFromHost(entry: string, vsix?: string): Record<string, number> {
  const results = `bench-${entry}.json`;
  const args = ['scripts/e2e.mjs', '--entry', `benchmarks/host/${entry}.ts`, '--results', results];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, ...(vsix ? ['--vsix', vsix] : [])],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The host failed:\n${stdout}\n${stderr}`);
  const written = JSON.parse(readFileSync(join(root, 'test-results', results), 'utf8')) as {
    figures: Record<string, number>;
  };
  return written.figures;
}
