import { describe, expect, it } from 'vitest';
import { errorView, failureOf, type Failure } from '../../../extension/src/messages/errors.ts';
import { inEnglish } from '../../../extension/src/messages/translate.ts';
import { rpcErrorCode, type ErrorCode } from '../../../server/protocol/errors.ts';

function view(code: ErrorCode, facts: Failure['facts'] = {}) {
  return errorView({ code, message: 'The sentence of the server.', facts }, inEnglish);
}

describe('errors', () => {
  const all: Record<ErrorCode, true> = {
    modelMissing: true,
    modelCorrupt: true,
    modelUnsupported: true,
    outOfMemory: true,
    downloadFailed: true,
    storageFull: true,
    storageUnavailable: true,
    staleDocument: true,
    nothingToRefine: true,
    selectionTooLong: true,
    notEnoughDecisions: true,
    trainingBusy: true,
    learningOff: true,
    onBattery: true,
    trainingFailed: true,
    adapterRefused: true,
    serverCrashed: true,
    unsupportedPlatform: true,
    badRequest: true,
    gpuUnavailable: true,
    remoteFailed: true,
    cancelled: true,
    internal: true,
  };

  it.each(Object.keys(all) as ErrorCode[])('%s has a way out, or is a plain fact', (code) => {
    const shown = view(code);
    if (code === 'cancelled') {
      expect(shown).toBeNull();
      return;
    }
    expect(shown?.message).not.toMatch(/[{}]|undefined/);
    if (code !== 'nothingToRefine') expect(shown?.buttons.length).toBeGreaterThan(0);
  });

  it('names numbers as people write them', () => {
    const part = { start: 10, end: 9876, version: 3 };
    expect(view('selectionTooLong', { words: 5200, limit: 2000, ...part })).toMatchObject({
      message: 'That is 5,200 words; the limit is 2,000.',
      buttons: [{ title: 'Refine the First 2,000', args: [part] }, { title: 'Change Limit' }],
    });
    expect(view('storageFull', { neededBytes: 1.1e9, freeBytes: 0.4e9 })?.message).toBe(
      '1.1 GB is needed, 400 MB is free.',
    );
    expect(view('notEnoughDecisions', { needed: 20, has: 12 })?.message).toBe(
      'Learning starts at 20 decisions; you have 12.',
    );
  });
});

describe('an error and its buttons', () => {
  const rows: readonly [ErrorCode, Failure['facts'], string, readonly string[]][] = [
    ['modelMissing', {}, 'No model is installed.', ['Use the Bundled Model', 'Choose']],
    [
      'modelMissing',
      { id: 'qwen3-4b' },
      'The model "qwen3-4b" is not installed.',
      ['Use the Bundled Model', 'Choose'],
    ],
    [
      'modelMissing',
      { path: '/models/a.gguf' },
      'There is no model at /models/a.gguf.',
      ['Use the Bundled Model', 'Choose'],
    ],
    ['selectionTooLong', {}, 'This passage is too long for the model; select less of it.', ['Choose']],
    [
      'modelCorrupt',
      { model: 'Qwen3 4B', setAside: 'yes', id: 'qwen3-4b' },
      'Qwen3 4B is damaged and was set aside.',
      ['Download Again', 'Choose'],
    ],
    [
      'outOfMemory',
      {
        model: 'Qwen3 8B',
        neededBytes: 6.2e9,
        freeBytes: 3.1e9,
        fits: 'qwen2.5-1.5b',
        fitsTitle: 'Qwen2.5 1.5B',
      },
      'Qwen3 8B needs 6.2 GB; 3.1 GB is free.',
      ['Use Qwen2.5 1.5B', 'Choose'],
    ],
    [
      'downloadFailed',
      { id: 'qwen3-4b', percent: 42, reason: 'no connection' },
      'Download stopped at 42 %: no connection.',
      ['Resume', 'Import a GGUF File'],
    ],
    [
      'storageFull',
      { neededBytes: 1.1e9, freeBytes: 1.4e9 },
      '1.1 GB is needed, 1.4 GB is free.',
      ['Manage Models'],
    ],
    ['staleDocument', {}, 'The text changed while Second Draft was writing.', ['Refine Again']],
    [
      'notEnoughDecisions',
      { needed: 20, has: 12 },
      'Learning starts at 20 decisions; you have 12.',
      ['Open Dashboard'],
    ],
    ['trainingBusy', { where: 'here' }, 'Second Draft is learning already.', ['Open Dashboard']],
    ['trainingBusy', { where: 'elsewhere' }, 'Another window is learning.', ['Pause It', 'Cancel It']],
    ['learningOff', {}, 'Learning is off in your settings.', ['Open Setting']],
    ['onBattery', {}, 'Learning stays paused while this computer runs on its battery.', ['Learn on Battery']],
    ['serverCrashed', {}, 'The writing engine stopped three times.', ['Restart on CPU', 'Show Log']],
    [
      'gpuUnavailable',
      { gpu: 'cuda' },
      'The setting secondDraft.engine.gpu asks for cuda, which does not work here.',
      ['Automatic', 'Restart on CPU'],
    ],
    ['remoteFailed', {}, 'The sentence of the server.', ['Change Address', 'Use the Bundled Model']],
    ['unsupportedPlatform', { system: 'aix ppc64' }, 'There is no engine for aix ppc64.', ['Use a Server']],
  ];

  it.each(rows)('%s', (code, facts, message, buttons) => {
    const shown = view(code, facts);
    expect(shown?.message).toBe(message);
    expect(shown?.buttons.map(({ title }) => title)).toEqual(buttons);
  });
});

describe('what a request was rejected with', () => {
  it('is read from the protocol’s data', () => {
    const data = { code: 'outOfMemory', facts: { needsBytes: 1 } };
    expect(failureOf(Object.assign(new Error('Too large.'), { code: rpcErrorCode, data }))).toEqual({
      code: 'outOfMemory',
      message: 'Too large.',
      facts: { needsBytes: 1 },
    });
  });

  it.each([
    [-32800, 'cancelled'],
    [-32802, 'cancelled'],
    [-32801, 'staleDocument'],
    [-32097, 'serverCrashed'],
  ])('is known by JSON-RPC code %d', (code, expected) => {
    expect(failureOf(Object.assign(new Error('x'), { code })).code).toBe(expected);
  });

  it('is internal when nobody foresaw it', () => {
    expect(failureOf(new TypeError('boom'))).toEqual({ code: 'internal', message: 'boom', facts: {} });
    expect(failureOf('odd').code).toBe('internal');
  });
});
