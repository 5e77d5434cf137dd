import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Consent } from '../../../extension/src/decisions/consent.ts';
import { Dialogs } from '../../../extension/src/messages/dialogs.ts';
import { host } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

/** A consent that is asked for, and the buttons that the questions had. */
function consentAnswering(...answers: (string | undefined)[]): [Consent, (readonly string[])[]] {
  const stored = new Map<string, unknown>();
  const memory = {
    get: (key: string) => stored.get(key),
    update: (key: string, value: unknown) => {
      stored.set(key, value);
      return Promise.resolve();
    },
  } as unknown as vscode.Memento;
  const dialogs = new Dialogs();
  const asked: (readonly string[])[] = [];
  dialogs.answerWith(({ buttons }) => {
    asked.push(buttons);
    return answers.shift();
  });
  return [new Consent(memory, dialogs), asked];
}

describe('the question about keeping decisions', () => {
  beforeEach(() => {
    host.reset();
  });

  it('is not put again in this session when it was closed', async () => {
    const [consent, asked] = consentAnswering(undefined, 'OK');
    expect(await consent.ask()).toBe('unasked');
    expect(await consent.ask()).toBe('unasked');
    expect(asked).toHaveLength(1);
    await consent.set('given');
    expect(await consent.ask()).toBe('given');
  });

  it('is put once more, beside the answer, to who wants to know what is kept', async () => {
    const [consent, asked] = consentAnswering('What Is Kept?', 'OK');
    expect(await consent.ask()).toBe('given');
    expect(host.commands.map(({ id }) => id)).toEqual(['secondDraft.whatIsKept']);
    expect(asked).toEqual([
      ['OK', "Don't Keep", 'What Is Kept?'],
      ['OK', "Don't Keep"],
    ]);
  });

  it('is answered where the answer is given in another place while VS Code hides it', async () => {
    vi.useFakeTimers();
    const stored = new Map<string, unknown>();
    const memory = {
      get: (key: string) => stored.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void stored.set(key, value)),
    } as unknown as vscode.Memento;
    const dialogs = { ask: () => new Promise<never>(() => undefined) } as unknown as Dialogs; // never closed
    const consent = new Consent(memory, dialogs);
    const answer = consent.ask();
    await consent.set('given');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBe('given');
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('is closed for the session when nothing follows what was read', async () => {
    const [consent, asked] = consentAnswering('What Is Kept?', undefined, 'OK');
    expect(await consent.ask()).toBe('unasked');
    expect(await consent.ask()).toBe('unasked');
    expect(asked).toHaveLength(2);
  });
});
