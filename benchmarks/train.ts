/**
 * @file The training engine beside PyTorch with transformers and peft on the same work in the same run: forward, step, rollouts, memory;
 * and how exact it is. PyTorch is installed into .cache/torch by this benchmark alone (about a gigabyte), or taken from --python.
 *
 *   npm run bench:train -- [--python BIN] [--threads 2] [--no-peer]
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printResult } from './support.ts';
import { maxGradRelError, maxLogProbDiff } from './train/accuracy.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf') },
    python: { type: 'string' },
    threads: { type: 'string', default: '2' },
    'no-peer': { type: 'boolean', default: false },
  },
});

interface Timed {
  readonly forwardSeconds: number;
  readonly stepSeconds: number;
  readonly rolloutStepSeconds: number;
  readonly peakMb: number;
}

const packedTokens = 8 * 128;
const rolloutTokens = 8 * 4 * 24;

const ours = (mode: string): Timed & { rolloutTokensPerSecond: number } =>
  output(process.execPath, [
    join(root, 'benchmarks/train/ours.ts'),
    values.model,
    mode,
    values.threads,
  ]) as Timed & { rolloutTokensPerSecond: number };
const fast = ours('keep');
const small = ours('recompute');
const peers = values['no-peer'] ? [] : peerTimes();

const row = (what: string, timed: Timed) => ({
  what,
  'forward tokens/s': Math.round(packedTokens / timed.forwardSeconds),
  'step tokens/s': Math.round(packedTokens / timed.stepSeconds),
  'step on rollouts, answer tokens/s': Math.round(rolloutTokens / timed.rolloutStepSeconds),
  'peak MB': Math.round(timed.peakMb),
});
console.table([
  row('ours, activations kept', fast),
  row('ours, recomputed', small),
  ...peers.map(({ name, timed }) => row(name, timed)),
]);
const bestStep = Math.min(...peers.map(({ timed }) => timed.stepSeconds));
const bestRollout = Math.min(...peers.map(({ timed }) => timed.rolloutStepSeconds));
const leastPeak = Math.min(...peers.map(({ timed }) => timed.peakMb));
const round = (value: number): number | null =>
  Number.isFinite(value) ? Number(value.toPrecision(3)) : null;
printResult('train', 'SmolLM2-135M-Instruct Q4_1', {
  forwardTokensPerSecond: Math.round(packedTokens / fast.forwardSeconds),
  stepTokensPerSecond: Math.round(packedTokens / fast.stepSeconds),
  rolloutTokensPerSecond: Math.round(fast.rolloutTokensPerSecond),
  stepOverForward: round(fast.stepSeconds / fast.forwardSeconds),
  tokensPerSecondOverTorch: round(bestStep / fast.stepSeconds),
  rolloutStepOverTorch: round(bestRollout / fast.rolloutStepSeconds),
  peakOverTorch: round(fast.peakMb / leastPeak),
  maxLogProbDiff: round(await maxLogProbDiff(values.model, Number(values.threads))),
  maxGradRelError: round(maxGradRelError()),
});

function peerTimes(): { name: string; timed: Timed }[] {
  const python = values.python ?? installTorch();
  return ['float32', 'bfloat16'].map((dtype) => ({
    name: `PyTorch + PEFT, ${dtype}`,
    timed: output(python, [
      join(root, 'benchmarks/train/torchPeer.py'),
      values.model,
      dtype,
      values.threads,
    ]) as Timed,
  }));
}

function installTorch(): string {
  const folder = join(root, '.cache/torch');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python)) return python;
  console.log('Installing PyTorch for the comparison (about a gigabyte)');
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder]);
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    'torch',
    'transformers',
    'peft',
    'accelerate',
    'gguf',
    'numpy',
    'sentencepiece',
  ]);
  return python;
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}

/** The JSON of a command's last line. */
function output(command: string, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
}
