import { expect, it } from 'vitest';
import { defaultSettings } from '../../../server/protocol/settings.ts';
import { parseInitialization } from '../../../server/src/lsp/schemas.ts';

function parsed(raw: unknown) {
  const warnings: string[] = [];
  return { options: parseInitialization(raw, (message) => warnings.push(message)), warnings };
}

it('takes the options of an editor one by one: all of them may be missing', () => {
  expect(parsed(undefined)).toEqual({ options: { consent: 'unasked' }, warnings: [] });
  expect(parsed({ consent: 'given', storagePath: null })).toEqual({
    options: { consent: 'given' },
    warnings: [],
  });
  const { options, warnings } = parsed({ storagePath: '/data', settings: { refine: { rounds: 2 } } });
  expect(warnings).toEqual([]);
  expect(options).toEqual({
    consent: 'unasked',
    storagePath: '/data',
    settings: { ...defaultSettings, refine: { ...defaultSettings.refine, rounds: 2 } },
  });
});

it('loses only the option that is wrong, and says which', () => {
  const { options, warnings } = parsed({
    storagePath: '/data',
    bundledPath: '',
    settings: 'none',
    consent: 'yes',
  });
  expect(options).toEqual({ consent: 'unasked', storagePath: '/data' });
  expect(warnings.map((text) => text.split(' ')[0])).toEqual([
    'initializationOptions.bundledPath',
    'initializationOptions.settings',
    'initializationOptions.consent',
  ]);
});
