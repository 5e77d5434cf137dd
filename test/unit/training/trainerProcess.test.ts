import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrainerProcess } from '../../../server/src/training/trainerProcess.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A trainer that answers `start` with its first message, and runs `onCancel` when it is cancelled. */
async function begin(onCancel: string): Promise<TrainerProcess> {
  const path = join(folder, 'trainer.mjs');
  writeFileSync(
    path,
    `process.on('message', ({ type }) => {
      if (type === 'start') process.send({ type: 'progress', doing: 'x', step: 0, steps: 1, etaMs: null });
      if (type === 'cancel') { ${onCancel} }
    });`,
  );
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const trainer = new TrainerProcess(path, folder, { onProgress: resolve, onPaused: () => undefined }, { graceMs: 50 }); // prettier-ignore
  await promise;
  return trainer;
}

describe('a cancelled trainer', () => {
  it.each([
    ['it ends by itself', `process.send({ type: 'cancelled' }, () => process.exit(0));`],
    ['it has to be killed', ''],
    ['it fails while it ends', `process.send({ type: 'failed', code: 'internal', message: 'x' }, () => process.exit(1));`], // prettier-ignore
  ])('was cancelled, also where %s', async (_, onCancel) => {
    const trainer = await begin(onCancel);
    trainer.cancel();
    expect(await trainer.outcome).toEqual({ kind: 'cancelled' });
  });

  it('is done where it came to its end before', async () => {
    const trainer = await begin(`process.send({ type: 'done', resultPath: 'r' }, () => process.exit(0));`);
    trainer.cancel();
    expect(await trainer.outcome).toEqual({ kind: 'done', resultPath: 'r' });
  });

  it('that nobody cancelled failed', async () => {
    const trainer = await begin('');
    trainer.kill();
    await expect(trainer.outcome).rejects.toThrow('was ended by SIGKILL');
  });
});

describe('a log that can not be written', () => {
  it('ends neither the server nor the trainer, however much it says', async () => {
    mkdirSync(join(folder, 'trainer.log')); // not a file
    const trainer = await begin(
      `process.stdout.write('x'.repeat(4e6), () => process.send({ type: 'cancelled' }, () => process.exit(0)));`,
    );
    trainer.cancel();
    expect(await trainer.outcome).toEqual({ kind: 'cancelled' });
  });
});
