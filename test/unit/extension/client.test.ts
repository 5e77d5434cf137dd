import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DraftClient } from '../../../extension/src/engine/client.ts';
import { host } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const library = vi.hoisted(() => {
  const servers: LanguageClient[] = [];
  /** How long each takes to start, in the order in which they are made. */
  const startsIn: number[] = [];
  /** As the library's: it can't be stopped while it starts. */
  class LanguageClient {
    state: 'starting' | 'running' | 'stopped' = 'starting';
    readonly #ms = startsIn[servers.push(this) - 1];
    #started: Promise<void> | undefined;
    readonly onNotification = () => undefined;
    readonly needsStop = () => this.state !== 'stopped';
    readonly dispose = () => this.stop();
    readonly sendRequest = () => Promise.resolve(servers.indexOf(this));

    start(): Promise<void> {
      this.#started ??= new Promise((resolve) => {
        const run = () => {
          this.state = 'running';
          resolve();
        };
        setTimeout(run, this.#ms);
      });
      return this.#started;
    }

    stop(): Promise<void> {
      if (this.state === 'starting') return Promise.reject(new Error('It is starting.'));
      this.state = 'stopped';
      return Promise.resolve();
    }
  }
  return { servers, startsIn, LanguageClient, CloseAction: {}, ErrorAction: {}, TransportKind: {} };
});
vi.mock('../../../extension/src/languageClient.ts', () => library);

const noLog = { warn: () => undefined, error: () => undefined } as unknown as vscode.LogOutputChannel;
const states = () => library.servers.map(({ state }) => state);
let client: DraftClient;

beforeEach(() => {
  vi.useFakeTimers();
  host.reset();
  library.servers.length = 0;
  client = new DraftClient({
    serverModule: 'server.mjs',
    log: noLog,
    initializationOptions: () => ({ storagePath: '', bundledPath: '', consent: 'given' }),
    middleware: {},
    now: Date.now,
  });
});

afterEach(() => {
  client.dispose();
  vi.useRealTimers();
});

describe('a restart', () => {
  it('ends a server that takes longer to start than is waited for, as soon as it has', async () => {
    library.startsIn.splice(0, 2, 8_000, 1_000);
    const first = client.start();
    const waits = expect(first).rejects.toThrow('The server is not running');
    await vi.advanceTimersByTimeAsync(1_000);
    const restarted = client.restart();
    await vi.advanceTimersByTimeAsync(6_500);
    await restarted;
    expect(states()).toEqual(['starting', 'running']);
    await vi.advanceTimersByTimeAsync(500);
    await waits;
    expect(states()).toEqual(['stopped', 'running']);
    expect(await client.request('which', {})).toBe(1);
  });

  it('waits for one that starts in time, and leaves no timer behind', async () => {
    library.startsIn.splice(0, 2, 2_000, 500);
    const first = client.start();
    await vi.advanceTimersByTimeAsync(1_000);
    const restarted = client.restart();
    await vi.advanceTimersByTimeAsync(1_500);
    await Promise.all([first, restarted]);
    expect(states()).toEqual(['stopped', 'running']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
