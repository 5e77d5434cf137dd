import { existsSync } from 'node:fs';
import type * as vscode from 'vscode';
import { basename, dirname } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftClient } from '../../../extension/src/engine/client.ts';
import { Dialogs } from '../../../extension/src/messages/dialogs.ts';
import { ModelSetup } from '../../../extension/src/models/modelSetup.ts';
import { TrainingCommands } from '../../../extension/src/learning/trainingCommands.ts';
import { method } from '../../../server/protocol/messages.ts';
import { host, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const log = console as unknown as vscode.LogOutputChannel;
const dialogs = new Dialogs();
let said: string[];
let sent: { name: string; params: { path: string } }[];

/** A server that answers every request with this. */
function clientAnswering(result: unknown): DraftClient {
  return {
    onStatus: () => ({ dispose: () => undefined }),
    request: (name: string, params: { path: string }) => {
      sent.push({ name, params });
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
  } as unknown as DraftClient;
}

beforeEach(() => {
  host.reset();
  said = [];
  sent = [];
  dialogs.answerWith(({ message }) => {
    said.push(message);
    return undefined;
  });
});

describe('importing decisions', () => {
  it('sends the file that was chosen and says how many were taken', async () => {
    host.file = Uri.file('/home/me/decisions.jsonl');
    const client = clientAnswering({ imported: 12, alreadyThere: 0 });
    await new TrainingCommands(client, dialogs, log).importDecisions();
    expect(sent).toEqual([
      { name: 'secondDraft/importDecisions', params: { path: '/home/me/decisions.jsonl' } },
    ]);
    expect(said).toEqual(['Decisions imported: 12.']);
    expect(host.copies).toEqual([]);
  });

  it('says how many were here before', async () => {
    host.file = Uri.file('/home/me/decisions.jsonl');
    const client = clientAnswering({ imported: 0, alreadyThere: 3 });
    await new TrainingCommands(client, dialogs, log).importDecisions();
    expect(said).toEqual(['Decisions imported: 0; here already: 3.']);
  });

  it('sends nothing when no file was chosen, and hands on what went wrong', async () => {
    const client = clientAnswering(new Error('Line 3 is not JSON.'));
    const training = new TrainingCommands(client, dialogs, log);
    await training.importDecisions();
    expect(sent).toEqual([]);
    host.file = Uri.file('/home/me/decisions.jsonl');
    await expect(training.importDecisions()).rejects.toThrow('Line 3 is not JSON.');
  });
});

describe('a file on a remote machine', () => {
  it('is copied here before decisions or a model are imported from it, and the copy is removed', async () => {
    host.file = Uri.parse('vscode-remote:/there/decisions.jsonl');
    const client = clientAnswering({ imported: 1, alreadyThere: 0 });
    await new TrainingCommands(client, dialogs, log).importDecisions();
    host.file = Uri.parse('vscode-remote:/there/model.gguf');
    await new ModelSetup(client, dialogs).importFile();
    expect(host.copies.map(({ from }) => from)).toEqual([
      'vscode-remote:/there/decisions.jsonl',
      'vscode-remote:/there/model.gguf',
    ]);
    expect(sent.map(({ params }) => `file:${params.path}`)).toEqual(host.copies.map(({ to }) => to));
    expect(sent.map(({ params }) => basename(params.path))).toEqual(['decisions.jsonl', 'model.gguf']);
    for (const { params } of sent) expect(existsSync(dirname(params.path))).toBe(false);
  });

  it('gets what was exported here first', async () => {
    host.file = Uri.parse('vscode-remote:/there/decisions.csv');
    host.pick = () => 'CSV';
    await new TrainingCommands(clientAnswering({ rows: 2 }), dialogs, log).exportDecisions();
    expect(host.copies.map(({ to }) => to)).toEqual(['vscode-remote:/there/decisions.csv']);
    expect(sent.map(({ params }) => `file:${params.path}`)).toEqual(host.copies.map(({ from }) => from));
    expect(host.messages).toEqual(['2 rows exported']);
  });
});

describe('Compare in the message about what was learned', () => {
  it('opens the comparison of the new adapter with the one before it that can be used', async () => {
    const verdict = { kind: 'promoted', sentence: 'Learned from 64 decisions.' };
    const dashboard = {
      runs: [{ id: 'run', verdict }],
      adapters: [
        { id: 0, parent: null, verdict: null, refused: null },
        { id: 1, parent: 0, verdict, refused: 'its file is damaged' },
        { id: 2, parent: 1, verdict, refused: null },
        { id: 3, parent: 2, verdict: { kind: 'keptAside', sentence: '' }, refused: null },
      ],
    };
    let tell: ((status: unknown) => void) | undefined;
    const client = {
      onStatus: (listener: typeof tell) => (tell = listener),
      request: (name: string) => Promise.resolve(name === 'secondDraft/train' ? { runId: 'run' } : dashboard),
    } as unknown as DraftClient;
    dialogs.answerWith(({ buttons }) => buttons[0]);
    await new TrainingCommands(client, dialogs, log).train();
    tell?.({ training: { state: 'idle' } });
    await vi.waitFor(() =>
      expect(host.commands).toContainEqual({ id: 'secondDraft.compareAdapters', args: [2, 0] }),
    );
  });
});

describe('going back', () => {
  const shipped = { id: 0, parent: null, active: true, decisions: 0, refused: null };
  const learned = { id: 1, parent: 0, active: true, decisions: 40, refused: null };

  it.each([
    ['from what was learned to the adapter before', [{ ...shipped, active: false }, learned], 0],
    [
      'past one that can’t be used',
      [{ ...shipped, active: false, refused: 'It is damaged.' }, learned],
      null,
    ],
    ['nowhere from the adapter that ships', [shipped], undefined],
    ['nowhere from the plain model', [{ ...shipped, active: false }], undefined],
  ])('leads %s', async (_, adapters, activated) => {
    await new TrainingCommands(clientAnswering({ adapters }), dialogs, log).goBack();
    const ids = sent.filter(({ name }) => name === method.activateAdapter).map(({ params }) => params);
    expect(ids).toEqual(activated === undefined ? [] : [{ id: activated }]);
    expect(said).toEqual(activated === undefined ? ['There is no earlier adapter.'] : []);
  });
});
