/** @file Composition root of the forked trainer: opens the engine for a run, and listens for pause, resume and cancel. */
import { constants, setPriority } from 'node:os';
import type { FromTrainer, ToTrainer } from '../protocol/trainerIpc.ts';
import { openTokenizer } from './generation/chatTokenizer.ts';
import { productWriting } from './productWriting.ts';
import { openBackend } from './tensor/backend.ts';
import { loadTransformer } from './tensor/transformer.ts';
import { LoraPolicy } from './training/loraPolicy.ts';
import type { RunEngine } from './training/examination.ts';
import { runTraining } from './training/run.ts';
import { slotsOfRun } from './training/texts.ts';
import { WorkClock } from './training/workClock.ts';
import { CancelledError, DraftError } from './util/errors.ts';

/** Packed tokens of one micro-step. */
const maxTokens = 1024;

// Whatever the writer does comes first, and yet learning ends also on a busy machine; threads that begin after this inherit it.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that forbids it is no reason not to learn.
}

const send = (message: FromTrainer): void => {
  process.send?.(message);
};

/** Waited for between micro-steps while the writer needs the machine. */
let paused: { readonly until: Promise<void>; readonly go: () => void } | undefined;
let announced = false;
const clock = new WorkClock(() => performance.now());
let cancelled = false;

async function betweenSteps(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve)); // messages come in
  while (paused && !cancelled) {
    if (!announced) send({ type: 'paused' });
    announced = true;
    clock.stop();
    await paused.until;
  }
  clock.go();
  if (cancelled) throw new CancelledError();
  if (announced) send({ type: 'resumed' });
  announced = false;
}

function pause(): void {
  if (paused) return;
  let go: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (go = resolve));
  paused = { until, go };
}

function resume(): void {
  paused?.go();
  paused = undefined;
}

async function start(folder: string): Promise<void> {
  const opened: (() => unknown)[] = [];
  try {
    const { adapterPath } = await runTraining(folder, {
      load: async (snapshot, adapter): Promise<RunEngine> => {
        const vocabulary = await openTokenizer(snapshot.modelPath);
        const { tokenizer } = vocabulary;
        opened.unshift(() => vocabulary.dispose());
        const backend = openBackend({ threads: snapshot.threads, device: snapshot.device });
        opened.unshift(() => backend.dispose());
        const writing = productWriting(tokenizer, snapshot.promptFormat);
        const transformer = loadTransformer(backend, snapshot.modelPath, {
          lora: adapter,
          maxTokens,
          maxSlots: slotsOfRun(snapshot, writing),
        });
        opened.unshift(() => transformer.dispose());
        return {
          transformer,
          policy: new LoraPolicy(transformer, { maxTokens, betweenLayers: betweenSteps }),
          writing,
          encode: (text) => tokenizer.encode(text),
        };
      },
      report: send,
      betweenSteps,
      worked: () => clock.elapsed,
    });
    send({ type: 'done', resultPath: adapterPath });
  } catch (error) {
    if (error instanceof CancelledError) send({ type: 'cancelled' });
    else {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      const { code, message } = named(error);
      send({ type: 'failed', code, message });
    }
  } finally {
    for (const dispose of opened) await dispose();
    process.disconnect();
  }
}

function named(error: unknown): Pick<DraftError, 'code' | 'message'> {
  if (error instanceof DraftError) return error;
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    const message = 'The disk is full: learning stopped. Your decisions are kept, and teach the next run.';
    return { code: 'storageFull', message };
  }
  return { code: 'internal', message: error.message };
}

process.on('message', (message: ToTrainer) => {
  switch (message.type) {
    case 'start':
      void start(message.runFolder); // catches everything itself
      break;
    case 'pause':
      pause();
      break;
    case 'resume':
      resume();
      break;
    case 'cancel':
      cancelled = true;
      resume();
  }
});
// The server is gone: nobody waits for a result, and the checkpoint is on disk.
process.on('disconnect', () => process.exit(0));
send({ type: 'ready' });
