import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftClient } from '../../../extension/src/engine/client.ts';
import { Dialogs } from '../../../extension/src/messages/dialogs.ts';
import { ModelSetup } from '../../../extension/src/models/modelSetup.ts';
import { method } from '../../../server/protocol/messages.ts';
import { host } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const model = {
  id: 'qwen',
  title: 'Qwen',
  fit: 'runsWell',
  installed: true,
  bundled: false,
  selected: false,
  sizeBytes: 1e9,
  needsBytes: 1e9,
  goodFor: '',
  licence: '',
};

describe('the model picker', () => {
  beforeEach(() => {
    host.reset();
  });

  it('fails aloud when a model can’t be deleted', async () => {
    const client = {
      request: (name: string) =>
        name === method.models
          ? Promise.resolve({ models: [model], freeBytes: 1 })
          : Promise.reject(new Error('The file is in use.')),
    } as unknown as DraftClient;
    const dialogs = new Dialogs();
    dialogs.answerWith(({ buttons }) => buttons[0]);
    host.pressButton = 'Qwen';
    await expect(new ModelSetup(client, dialogs).choose()).rejects.toThrow('The file is in use.');
  });
});
