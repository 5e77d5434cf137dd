import { expect, it } from 'vitest';
import { trialEnd, trialExitCode } from '../../../server/src/models/trial.ts';
import { DraftError } from '../../../server/src/util/errors.ts';

it.each([
  ['damaged', 1, null, 'llama.cpp error: error loading model: tensor is out of bounds'],
  ['damaged', 1, null, ''],
  ['damaged', 0xc0000005, null, ''],
  ['damaged', null, 'SIGSEGV', ''],
  ['damaged', null, 'SIGABRT', 'GGML_ASSERT'],
  ['unsupported', 1, null, "llama.cpp error: error loading model: unknown model architecture: 'new'"],
  ['outOfMemory', null, 'SIGKILL', ''],
  ['unfinished', null, 'SIGTERM', ''],
  ['unfinished', null, 'SIGHUP', ''],
] as const)(
  'takes a trial for %s that ended with code %s, signal %s and the words %j',
  (kind, code, signal, words) => {
    expect(trialEnd(code, signal, words, 1000)?.kind).toBe(kind);
  },
);

it('says that a trial was too slow, not what ended it', () => {
  expect(trialEnd(null, 'SIGTERM', '', 120_001)?.message).toContain('longer than 2 minutes');
  expect(trialEnd(null, 'SIGTERM', '', 1000)?.message).toContain('SIGTERM');
});

it.each([
  ['modelCorrupt', 'damaged'],
  ['modelUnsupported', 'unsupported'],
  ['outOfMemory', 'outOfMemory'],
  ['unsupportedPlatform', 'unfinished'],
] as const)('tells of %s over the exit code', (code, kind) => {
  const end = trialEnd(trialExitCode(new DraftError(code, 'Why.')), null, 'Why.\n', 1000);
  expect(end).toMatchObject({ kind, message: 'Why.' });
});

it('finds nothing wrong with what loaded', () => {
  expect(trialEnd(0, null, '', 1000)).toBeNull();
});
