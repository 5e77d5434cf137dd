import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Presence } from '../../../extension/src/decisions/presence.ts';
import type { PresenceParams } from '../../../server/protocol/status.ts';

interface Change {
  readonly document: { readonly uri: { readonly scheme: string } };
  readonly contentChanges: readonly unknown[];
}
let change: (event: Change) => void = () => undefined;

vi.mock('vscode', () => {
  const nothing = { dispose: () => undefined };
  return {
    workspace: {
      onDidChangeTextDocument: (listener: typeof change) => {
        change = listener;
        return nothing;
      },
    },
    window: { onDidChangeTextEditorSelection: () => nothing },
  };
});

const seconds = (n: number): unknown => vi.advanceTimersByTime(1000 * n);
const type = (scheme = 'file', contentChanges: readonly unknown[] = ['x']): void =>
  change({ document: { uri: { scheme } }, contentChanges });

describe('what the server hears of the writer', () => {
  let told: PresenceParams[];
  let presence: Presence;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    const nothing = () => ({ dispose: () => undefined });
    const client = {
      onDidStart: nothing,
      presence: (params: PresenceParams) => {
        told.push(params);
        return Promise.resolve();
      },
    };
    const consent = { answer: 'given', onDidChange: nothing };
    presence = new Presence(client as never, consent as never, {} as never, Date.now); // all that it uses
  });
  afterEach(() => {
    presence.dispose();
    vi.useRealTimers();
  });

  it('is the first key at once, and the keys after it every ten seconds', () => {
    seconds(5);
    type();
    expect(told).toEqual([{ consent: 'given', idleMs: 0 }]);
    for (let second = 0; second < 21; second++) {
      seconds(1);
      type();
    }
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.length).toBeLessThanOrEqual(4);
  });

  it('is no log that grows, and no change without content', () => {
    type('output');
    type('file', []);
    expect(told).toEqual([]);
    seconds(30);
    expect(told).toEqual([{ consent: 'given', idleMs: 30_000 }]);
  });

  it('is never a time that is less than none, also where the clock was set back', () => {
    type();
    vi.setSystemTime(Date.now() - 1e9);
    seconds(30);
    expect(told.at(-1)?.idleMs).toBe(0);
  });
});
