/** @file What every script shares: one line for each step, running a command, where things are. Plain JavaScript: runs on Node 20 before anything is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cache = join(root, '.cache');
export const windows = process.platform === 'win32';

/** Says in one line what is being done. */
export function step(text) {
  console.log(`\u001b[36m›\u001b[0m ${text}`);
}

/** Ends the script with a sentence and a way out, without a stack trace. */
export class Stop extends Error {}

/** The Node that the project pins, once it is installed; before that the one that runs this script. */
export function projectNode() {
  const pinned = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

/** The environment of the project's own commands: its binaries first. */
export function projectEnv(extra = {}) {
  const separator = windows ? ';' : ':';
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}${separator}${process.env.PATH}`,
    ...extra,
  };
}

/**
 * Windows finds `npm` and the like, which are no programs, only through its shell, and that takes every space for the end of a word.
 * @returns {{ shell: boolean, words: string[] }} the command and its arguments
 */
export function asTheSystemTakesIt(command, args, isWindows = windows) {
  const shell = isWindows && !command.endsWith('.exe');
  const quoted = (word) => (shell && /[\s&()^]/.test(word) ? `"${word}"` : word);
  return { shell, words: [command, ...args].map(quoted) };
}

/**
 * Runs a command with its output shown.
 * @returns its exit code
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const { shell, words } = asTheSystemTakesIt(command, args);
    const child = spawn(words[0], words.slice(1), {
      cwd: root,
      stdio: 'inherit',
      env: projectEnv(),
      shell,
      ...options,
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** As {@link run}; a failure ends the script. */
export async function mustRun(what, command, args, options = {}) {
  step(what);
  const code = await run(command, args, options);
  if (code !== 0) throw new Stop(`${what} failed (exit code ${code}): ${command} ${args.join(' ')}`);
}

/** Runs a command silently; throws with its output when it fails. */
export function quiet(what, command, args, options = {}) {
  const { shell, words } = asTheSystemTakesIt(command, args);
  const result = spawnSync(words[0], words.slice(1), {
    cwd: root,
    encoding: 'utf8',
    env: projectEnv(),
    shell,
    maxBuffer: 1 << 28,
    ...options,
  });
  if (result.error) throw new Stop(`${what} failed: ${result.error.message}`);
  if (result.status !== 0) throw new Stop(`${what} failed:\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

/** Runs a script's main function; a {@link Stop} is shown as a sentence. */
export async function main(action) {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    console.error(error instanceof Stop ? `\u001b[31m✗\u001b[0m ${error.message}` : error);
    process.exitCode = 1;
  }
}
