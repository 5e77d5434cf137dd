/** @file Loading a model file in a child process first: what comes of it, told apart, so that only a damaged file is called damaged. */
import { fork } from 'node:child_process';
import { DraftError } from '../util/errors.ts';

/** `unfinished`: nobody knows; the process was too slow, was ended from outside, or could not be started. */
export type TrialKind = 'damaged' | 'unsupported' | 'outOfMemory' | 'unfinished';

export class TrialError extends Error {
  override readonly name = 'TrialError';
  readonly kind: TrialKind;

  /** @param message the last words of the process, or how it ended */
  constructor(kind: TrialKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Of the trial process; any other is that of a crash. */
const exitCodes = { damaged: 1, unsupported: 65, outOfMemory: 66, unfinished: 67 } as const;
/** What a process is ended by that a damaged file makes crash. */
const crashes: readonly string[] = ['SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGBUS', 'SIGFPE'];
const timeoutMs = 120_000;

/** With what the trial process ends where the model did not load. */
export function trialExitCode(error: unknown): number {
  switch (error instanceof DraftError ? error.code : undefined) {
    case 'modelCorrupt':
      return exitCodes.damaged;
    case 'modelUnsupported':
      return exitCodes.unsupported;
    case 'outOfMemory':
      return exitCodes.outOfMemory;
    default:
      return exitCodes.unfinished; // it says nothing of the file
  }
}

/** @returns what a trial that ended like this found; null where the file loaded */
export function trialEnd(
  code: number | null,
  signal: string | null,
  words: string,
  tookMs: number,
): TrialError | null {
  if (code === 0) return null;
  if (signal === 'SIGKILL') {
    // So the system ends a process that takes too much memory; it has no last words.
    return new TrialError('outOfMemory', 'the system ended its trial');
  }
  if (code === null && !crashes.includes(signal ?? '')) {
    const slow = tookMs >= timeoutMs;
    return new TrialError(
      'unfinished',
      slow
        ? `its trial took longer than ${timeoutMs / 60_000} minutes`
        : `its trial was ended by ${signal ?? 'nobody knows what'}`,
    );
  }
  const message = firstError(words) ?? `the trial ended with ${signal ?? `code ${String(code)}`}`;
  switch (code) {
    case exitCodes.outOfMemory:
      return new TrialError('outOfMemory', message);
    case exitCodes.unfinished:
      return new TrialError('unfinished', message);
    case exitCodes.unsupported:
      return new TrialError('unsupported', message);
    default: {
      const unknown = /unknown (?:model )?architecture|unsupported/i.test(message);
      return new TrialError(unknown ? 'unsupported' : 'damaged', message);
    }
  }
}

/**
 * Lets `modulePath --check-model FILE` load the file; whatever happens to that process does not happen to this one.
 * @throws TrialError
 */
export function tryInChild(modulePath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = fork(modulePath, ['--check-model', path], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
      timeout: timeoutMs,
    });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
    child.once('error', (error) => reject(new TrialError('unfinished', error.message)));
    child.once('close', (code, signal) => {
      const end = trialEnd(code, signal, words, performance.now() - started);
      if (end) reject(end);
      else resolve();
    });
  });
}

/** "llama.cpp error: llama_model_load: error loading model: unknown model architecture: 'x'" → what stands behind the last "model:". */
function firstError(words: string): string | undefined {
  const [line] = words.split('\n').filter((text) => text.trim() !== '');
  return line?.replace(/^.*error(?: loading model)?: /, '').slice(0, 200);
}
