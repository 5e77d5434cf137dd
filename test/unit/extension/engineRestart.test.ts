import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialogs, type Answer } from '../../../extension/src/messages/dialogs.ts';
import { EngineRestart } from '../../../extension/src/engine/engineRestart.ts';

const editor = vi.hoisted(() => {
  const settings = new Map<string, unknown>();
  const listeners = new Set<(event: { affectsConfiguration: (section: string) => boolean }) => void>();
  return {
    settings,
    listeners,
    set: (key: string, value: unknown) => {
      if (value === undefined) settings.delete(key);
      else settings.set(key, value);
      for (const listener of listeners)
        listener({ affectsConfiguration: (section) => section === `secondDraft.${key}` });
    },
  };
});

vi.mock('vscode', () => ({
  l10n: { t: (text: string) => text },
  ConfigurationTarget: { Global: 1 },
  Disposable: Object,
  window: {},
  workspace: {
    onDidChangeConfiguration: (listener: () => void) => {
      editor.listeners.add(listener);
      return { dispose: () => editor.listeners.delete(listener) };
    },
    getConfiguration: () => ({
      update: (key: string, value: unknown) => {
        editor.set(key, value);
        return Promise.resolve();
      },
    }),
  },
}));

const plain = 'The writing engine has to restart for the new setting.';
const busyWords = `${plain} That ends what it is writing or learning.`;

let restart: EngineRestart;
let restarts: number;
let asked: string[];
let answers: Answer[];
let busy: boolean[];

beforeEach(() => {
  editor.settings.clear();
  editor.listeners.clear();
  [restarts, asked, answers, busy] = [0, [], [], []];
  const dialogs = new Dialogs();
  dialogs.answerWith(({ message }) => {
    asked.push(message);
    return answers.shift();
  });
  restart = new EngineRestart({
    client: {
      restart: () => {
        restarts += 1;
        return Promise.resolve();
      },
    },
    dialogs,
    isBusy: () => busy.shift() ?? false,
    onError: (error) => {
      throw error;
    },
  });
});

describe('a setting of the engine', () => {
  it.each(['engine.gpu', 'engine.threads', 'storage.path'])(
    '%s offers a restart when it changes',
    async (key) => {
      answers = ['Restart Now'];
      editor.set(key, 'other');
      await vi.waitFor(() => expect(restarts).toBe(1));
      expect(asked).toEqual([plain]);
    },
  );

  it('of another kind does not', () => {
    editor.set('refine.rounds', 2);
    expect(asked).toEqual([]);
  });

  it('restarts nothing when the writer declines, and asks again at the next change', async () => {
    editor.set('engine.threads', 2);
    editor.set('engine.threads', 3); // the question is open
    expect(asked).toEqual([plain]);
    await vi.waitFor(() => {
      editor.set('engine.threads', 4);
      expect(asked).toEqual([plain, plain]);
    });
    expect(restarts).toBe(0);
  });

  it('says what a restart would end, also when that was begun while the question was open', async () => {
    busy = [false, true, true];
    answers = ['Restart Now', 'Restart Now'];
    editor.set('engine.threads', 2);
    await vi.waitFor(() => expect(restarts).toBe(1));
    expect(asked).toEqual([plain, busyWords]);
  });

  it('is changed by a button without a question, also while one is open', async () => {
    editor.set('engine.gpu', 'cuda');
    await restart.useGpu('auto');
    expect(editor.settings.has('engine.gpu')).toBe(false);
    await restart.useGpu('off');
    expect(editor.settings.get('engine.gpu')).toBe('off');
    expect(restarts).toBe(2);
    expect(asked).toEqual([plain]);
  });
});
