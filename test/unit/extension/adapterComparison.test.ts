import { describe, expect, it, vi } from 'vitest';
import { AdapterComparison } from '../../../extension/src/learning/adapterComparison.ts';
import type { DraftClient } from '../../../extension/src/engine/client.ts';
import type { ShownComparison } from '../../../server/protocol/dashboardMessages.ts';
import type { ContextId } from '../../../server/protocol/common.ts';
import { rpcErrorCode } from '../../../server/protocol/errors.ts';
import type { CompareAdaptersParams } from '../../../server/protocol/learning.ts';
import { method } from '../../../server/protocol/messages.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

interface Token {
  onCancellationRequested(listener: () => void): unknown;
}

const passages = [0, 1, 2].map((n) => ({
  contextId: `passage-${n}`,
  document: `file:///letter${n}.md`,
  text: `Text ${n}.`,
}));
const cancelled = Object.assign(new Error('Cancelled'), { code: -32800 });

/** A server that writes when `write` is called for it; what a test asks for is written in the order of asking. */
class Server {
  passages: unknown = { passages };
  decide: unknown = { recorded: true };
  readonly sent: { name: string; params: unknown }[] = [];
  readonly #asked: { resolve: (result: unknown) => void; reject: (error: unknown) => void }[] = [];
  #written = 0;

  readonly request = (<Result>(name: string, params: object, token?: Token): Promise<Result> => {
    this.sent.push({ name, params });
    if (name === method.passages) return Promise.resolve(this.passages as Result);
    if (name === method.decide)
      return this.decide instanceof Error
        ? Promise.reject(this.decide)
        : Promise.resolve(this.decide as Result);
    return new Promise<Result>((resolve, reject) => {
      this.#asked.push({ resolve: resolve as (result: unknown) => void, reject });
      token?.onCancellationRequested(() => reject(cancelled));
    });
  }) as DraftClient['request'];

  asked(): CompareAdaptersParams[] {
    return this.sent
      .filter(({ name }) => name === method.compareAdapters)
      .map(({ params }) => params as CompareAdaptersParams);
  }

  async write(a: string, b = `${a} Longer.`): Promise<void> {
    await vi.waitFor(() => expect(this.#asked.length).toBeGreaterThan(this.#written));
    const n = this.#written++;
    this.#asked[n]?.resolve({
      contextId: `c${n}`,
      a: { id: `a${n}`, text: a },
      b: { id: `b${n}`, text: b },
    });
  }

  async fail(error: Error): Promise<void> {
    await vi.waitFor(() => expect(this.#asked.length).toBeGreaterThan(this.#written));
    this.#asked[this.#written++]?.reject(error);
  }
}

function comparing(): { server: Server; comparison: AdapterComparison; shown: ShownComparison[] } {
  const server = new Server();
  const shown: ShownComparison[] = [];
  const comparison = new AdapterComparison(
    server,
    () => 0.2,
    (next) => shown.push(next),
  );
  return { server, comparison, shown };
}

const kinds = (shown: readonly ShownComparison[]): string[] =>
  shown.at(-1)?.texts.map(({ state }) => state.kind) ?? [];
const context = (n: number): ContextId => `c${n}` as ContextId;

describe('comparing adapters on texts', () => {
  it('writes one text after the other, and shows each as soon as it is there', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 3, b: null });
    await server.write('One.');
    await vi.waitFor(() => expect(kinds(shown)).toEqual(['open', 'writing', 'waiting']));
    await server.write('Two.');
    await server.write('Three.', 'Three.');
    await done;
    expect(kinds(shown)).toEqual(['open', 'open', 'same']);
    expect(server.asked()).toEqual(passages.map(({ contextId }) => ({ a: 3, b: null, passage: contextId })));
    expect(shown.at(-1)?.texts[0]).toEqual({
      document: 'file:///letter0.md',
      original: 'Text 0.',
      state: {
        kind: 'open',
        contextId: 'c0',
        swapped: true,
        diff: [
          { kind: 'equal', text: 'One.' },
          { kind: 'added', text: ' Longer.' },
        ],
      },
    });
  });

  it('asks for one text where one is given, and says that there is none where the writer has none', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 1, b: 0 }, 'We was late.');
    await server.write('We were late.');
    await done;
    expect(server.asked()).toEqual([{ a: 1, b: 0, text: 'We was late.' }]);
    expect(shown.at(-1)?.texts).toMatchObject([{ document: null, original: 'We was late.' }]);
    server.passages = { passages: [] };
    await comparison.start({ a: 1, b: 0 });
    expect(shown.at(-1)).toEqual({ a: 1, b: 0, texts: [] });
  });

  it('goes on with the others where one text can not be written', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 1, b: 0 });
    await server.write('One.');
    await server.fail(
      Object.assign(new Error('No prose.'), { code: rpcErrorCode, data: { code: 'nothingToRefine' } }),
    );
    await server.write('Three.');
    await done;
    expect(kinds(shown)).toEqual(['open', 'failed', 'open']);
    expect(shown.at(-1)?.texts[1]?.state).toEqual({ kind: 'failed', message: 'No prose.' });
  });

  it('stops at once; what is written can still be picked', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 1, b: 0 });
    await server.write('One.');
    await vi.waitFor(() => expect(server.asked()).toHaveLength(2));
    comparison.stop();
    await done;
    expect(kinds(shown)).toEqual(['open', 'stopped', 'stopped']);
    await comparison.pick(context(0), 'a');
    expect(kinds(shown)).toEqual(['picked', 'stopped', 'stopped']);
    expect(server.asked()).toHaveLength(2);
  });

  it('keeps each pick as one decision, however often it is told; that neither is better is none', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 1, b: 0 });
    for (const text of ['One.', 'Two.', 'Three.']) await server.write(text);
    await done;
    await Promise.all([comparison.pick(context(1), 'b'), comparison.pick(context(1), 'a')]);
    await comparison.pick(context(0), 'neither');
    server.decide = { recorded: false, reason: 'recordingOff' };
    await comparison.pick(context(2), 'a');
    const decisions = server.sent.filter(({ name }) => name === method.decide);
    expect(decisions.map(({ params }) => params)).toEqual([
      { contextId: 'c1', candidateId: 'b1', kind: 'compared', seen: ['a1', 'b1'] },
      { contextId: 'c2', candidateId: 'a2', kind: 'compared', seen: ['a2', 'b2'] },
    ]);
    expect(shown.at(-1)?.texts.map(({ state }) => state)).toMatchObject([
      { picked: 'neither', kept: false },
      { picked: 'b', kept: true },
      { picked: 'a', kept: false },
    ]);
  });

  it('hands on why a pick could not be kept, and says that it is none', async () => {
    const { server, comparison, shown } = comparing();
    const done = comparison.start({ a: 1, b: 0 }, 'Text.');
    await server.write('One.');
    await done;
    server.decide = new Error('The disk is full.');
    await expect(comparison.pick(context(0), 'a')).rejects.toThrow('The disk is full.');
    expect(shown.at(-1)?.texts[0]?.state).toMatchObject({ kind: 'picked', kept: false });
  });

  it('ends the comparison before when another begins, and a pick of that one is nothing', async () => {
    const { server, comparison, shown } = comparing();
    const first = comparison.start({ a: 1, b: 0 });
    await server.write('One.');
    await vi.waitFor(() => expect(server.asked()).toHaveLength(2));
    const second = comparison.start({ a: 2, b: 1 }, 'Mine.');
    await first;
    await comparison.pick(context(0), 'a');
    expect(server.sent.some(({ name }) => name === method.decide)).toBe(false);
    expect(shown.at(-1)).toMatchObject({ a: 2, b: 1, texts: [{ original: 'Mine.' }] });
    comparison.end();
    await second;
  });
});
