/**
 * @file The forked trainer as the server sees it: start, pause, resume, cancel, and a named error when it dies.
 * The only file of training/ that lsp/ may import.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { FromTrainer, ToTrainer } from '../../protocol/trainerIpc.ts';
import { DraftError } from '../util/errors.ts';

export interface TrainerEvents {
  onProgress(progress: Extract<FromTrainer, { type: 'progress' }>): void;
  onPaused(paused: boolean): void;
}

export interface TrainerOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** How long a cancelled trainer may take to end by itself. */
  readonly graceMs?: number;
}

/** A run under way, as who started it sees it. */
export type Trainer = Pick<TrainerProcess, 'outcome' | 'pause' | 'resume' | 'cancel' | 'kill'>;

export type TrainerOutcome =
  { readonly kind: 'done'; readonly resultPath: string } | { readonly kind: 'cancelled' };

/** How long a cancelled trainer may take to end by itself before it is killed. */
const cancelGraceMs = 10_000;
const logTailLines = 20;

/** One training run in its own process. */
export class TrainerProcess {
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #logPath: string;
  readonly #events: TrainerEvents;
  /** Settles when the process has ended: the result, or a {@link DraftError} `trainingFailed` with the last lines of its log. */
  readonly outcome: Promise<TrainerOutcome>;
  #last: TrainerOutcome | undefined;
  #failure: DraftError | undefined;
  #cancelled = false;
  readonly #cancelGraceMs: number;

  /**
   * @param modulePath the bundled trainer (dist/trainer.mjs)
   * @param runFolder holds run.json; checkpoint, log and result are written there
   */
  constructor(
    modulePath: string,
    runFolder: string,
    events: TrainerEvents,
    { environment = process.env, graceMs = cancelGraceMs }: TrainerOptions = {},
  ) {
    this.#events = events;
    this.#cancelGraceMs = graceMs;
    this.#logPath = join(runFolder, 'trainer.log');
    this.#log = createWriteStream(this.#logPath, { flags: 'a' });
    this.#log.once('error', () => this.#goOnWithoutLog());
    // Under Electron `process.execPath` is the editor itself: fork sets ELECTRON_RUN_AS_NODE for its children.
    this.#child = fork(modulePath, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
    });
    this.#child.stdout?.pipe(this.#log, { end: false });
    this.#child.stderr?.pipe(this.#log, { end: false });
    this.#child.on('message', (message) => this.#receive(message as FromTrainer)); // our own process at the other end
    this.outcome = new Promise((resolve, reject) => {
      this.#child.once('error', (error) =>
        reject(
          new DraftError('trainingFailed', `The trainer could not be started: ${error.message}`, {
            cause: error,
          }),
        ),
      );
      this.#child.once('close', (code, signal) => {
        this.#log.end();
        if (this.#last?.kind === 'done') resolve(this.#last);
        else if (this.#cancelled) resolve({ kind: 'cancelled' });
        else if (this.#last) resolve(this.#last);
        else if (this.#failure) reject(this.#failure);
        else reject(this.#crash(code, signal));
      });
    });
    this.#send({ type: 'start', runFolder });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to stop between two micro-steps and to give its threads back. */
  pause(): void {
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#send({ type: 'resume' });
  }

  /** Asks it to end between two micro-steps; kills it when that takes long. It ended by the writer's wish either way. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#send({ type: 'cancel' });
    const timer = setTimeout(() => this.kill(), this.#cancelGraceMs);
    timer.unref();
    this.#child.once('close', () => clearTimeout(timer));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** A log that can't be written (a full disk) is lost; what the trainer says is still read, or it would wait for ever. */
  #goOnWithoutLog(): void {
    this.#log.on('error', () => undefined); // such as that it was written to after all
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.unpipe(this.#log);
      output?.resume();
    }
  }

  #send(message: ToTrainer): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #receive(message: FromTrainer): void {
    switch (message.type) {
      case 'ready':
        break;
      case 'progress':
        this.#events.onProgress(message);
        break;
      case 'paused':
        this.#events.onPaused(true);
        break;
      case 'resumed':
        this.#events.onPaused(false);
        break;
      case 'cancelled':
        this.#last = { kind: 'cancelled' };
        break;
      case 'done':
        this.#last = { kind: 'done', resultPath: message.resultPath };
        break;
      case 'failed':
        this.#failure = new DraftError('trainingFailed', message.message, {
          facts: { trainerCode: message.code },
        });
        break;
    }
  }

  #crash(code: number | null, signal: NodeJS.Signals | null): DraftError {
    const how = signal ? `was ended by ${signal}` : `ended with code ${code ?? 'unknown'}`;
    const tail = logTail(this.#logPath);
    // The line that names the error says more than the stack behind it, or the first of what there is.
    const words = tail.find((line) => /(?:Error|error|ASSERT|abort)/.test(line)) ?? tail[0];
    const said = words === undefined ? '' : ` Its last words: ${words.trim()}`;
    return new DraftError('trainingFailed', `The trainer ${how}.${said}\n${tail.join('\n')}`.trim());
  }
}

function logTail(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return lines.filter((line) => line !== '').slice(-logTailLines);
  } catch {
    return [];
  }
}
