import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { method, serverCommand } from '../../server/protocol/messages.ts';
import type { RefineParams, RefineProgress, RefineResult } from '../../server/protocol/refine.ts';
import { failure, LspClient } from '../support/lspClient.ts';

const uri = 'file:///draft.md';
const bad =
  'She go to the **office** every days and he always forget him keys on the [table](https://example.org).';
const text = `# Notes\n\n${bad}\n\n\`\`\`\ncode go here\n\`\`\`\n`;
const settings = { engine: { gpu: 'off' } };

function paragraph(change: Partial<RefineParams> = {}): RefineParams {
  const caret = { line: 2, character: 4 };
  return {
    textDocument: { uri, version: 1 },
    range: { start: caret, end: caret },
    task: 'fixGrammar',
    ...change,
  };
}

describe.each(['stdio', 'ipc'] as const)('the built server over %s', (transport) => {
  let client: LspClient;

  beforeAll(async () => {
    client = await LspClient.start({ transport, settings });
    await client.open(uri, text);
  });
  afterAll(() => client.stop());

  it('refines the paragraph at the caret and streams leader and follower', async () => {
    const progress: RefineProgress[] = [];
    client.connection.onNotification('$/progress', (params: { token: string; value: RefineProgress }) => {
      if (params.token === 'refine-1') progress.push(params.value);
    });
    const result = await client.connection.sendRequest<RefineResult>(
      method.refine,
      paragraph({ partialResultToken: 'refine-1' }),
    );
    expect(result.original).toBe(bad);
    expect(result.outcome).toBe('improved');
    expect(result.candidates[0]).toMatchObject({ role: 'leader', round: 0 });
    for (const candidate of result.candidates) {
      expect(candidate.text).not.toBe(bad);
      expect(candidate.text).toContain('(https://example.org)');
    }
    expect(progress[0]).toMatchObject({ kind: 'target', original: bad });
    expect(progress.filter(({ kind }) => kind === 'candidate')).toHaveLength(result.candidates.length);
    expect(progress.some((value) => value.kind === 'writing' && value.role === 'leader')).toBe(true);
  });

  it('answers a cancelled request as cancelled and the next one as usual', async () => {
    const cancel = new CancellationTokenSource();
    const cancelled = failure(client.connection.sendRequest(method.refine, paragraph(), cancel.token));
    const next = client.connection.sendRequest<RefineResult>(method.refine, paragraph());
    cancel.cancel();
    expect((await cancelled).data?.code).toBe('cancelled');
    expect((await next).original).toBe(bad);
  });

  it('answers simultaneous requests in the order in which they came', async () => {
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (number) => {
        await client.connection.sendRequest(method.refine, paragraph({ rounds: 0 }));
        order.push(number);
      }),
    );
    expect(order).toEqual([1, 2, 3]);
  });
});

describe('the built server', () => {
  let client: LspClient;

  beforeAll(async () => {
    client = await LspClient.start({ transport: 'stdio', settings });
  });
  afterAll(() => client.stop());

  it('does the main job for an editor that only knows standard LSP', async () => {
    const plain = await LspClient.start({ transport: 'stdio', initializationOptions: { settings } });
    await plain.open(uri, text);
    const range = { start: { line: 2, character: 0 }, end: { line: 2, character: bad.length } };
    const actions = await plain.connection.sendRequest<
      { command: { command: string; arguments: unknown[] } }[]
    >('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics: [] },
    });
    expect(actions).toHaveLength(1);
    expect(actions[0]?.command.command).toBe(serverCommand.refineAndApply);
    await plain.connection.sendRequest('workspace/executeCommand', actions[0]?.command);
    expect(plain.edits).toMatchObject([
      {
        edit: {
          documentChanges: [
            {
              textDocument: { uri, version: 1 },
              edits: [{ range, newText: expect.not.stringContaining(bad) as string }],
            },
          ],
        },
      },
    ]);
    expect(plain.statuses).toEqual([]); // it would not know what to do with them
    await plain.stop();
  });

  it('offers no code action for a bare caret', async () => {
    await client.open('file:///caret.md', text);
    const caret = { line: 2, character: 1 };
    const actions = await client.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: 'file:///caret.md' },
      range: { start: caret, end: caret },
      context: { diagnostics: [], triggerKind: 2 },
    });
    expect(actions).toEqual([]);
  });

  it('refuses to refine another version of the document than it has', async () => {
    const stale = 'file:///stale.md';
    await client.open(stale, text, 'markdown', 5);
    const error = await failure(
      client.connection.sendRequest(method.refine, paragraph({ textDocument: { uri: stale, version: 4 } })),
    );
    expect(error.data?.code).toBe('staleDocument');
  });

  describe('while the writer types', () => {
    const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    const inside = { start: { line: 2, character: 4 }, end: { line: 2, character: 6 } };

    /** A refine that is being written; `type` is run at the first words. */
    async function meanwhile(
      document: string,
      token: string,
      type: () => Promise<void>,
    ): Promise<RefineResult> {
      await client.open(document, text);
      const writing = new Promise<void>((resolve) => {
        client.connection.onNotification('$/progress', (params: { token: string; value: RefineProgress }) => {
          if (params.token === token && params.value.kind === 'writing') resolve();
        });
      });
      const request = client.connection.sendRequest<RefineResult>(
        method.refine,
        paragraph({ textDocument: { uri: document, version: 1 }, partialResultToken: token }),
      );
      await Promise.race([writing, request]);
      await type();
      return request;
    }

    it('goes on through changes around the text', async () => {
      const around = 'file:///around.md';
      const result = await meanwhile(around, 'around', async () => {
        for (const version of [2, 3, 4, 5, 6, 7]) await client.type(around, version, top, 'x');
        await client.change(around, 8, `xxxxxx${text}\nmore`);
      });
      expect(result).toMatchObject({ original: bad, version: 1, outcome: 'improved' });
      expect(result.range.start).toEqual({ line: 2, character: 0 });
    });

    it.each([
      ['a change', (document: string) => client.type(document, 2, inside, 'goes')],
      [
        'a whole new text',
        (document: string) => client.change(document, 2, text.replace('go to', 'goes to')),
      ],
    ])('gives up at %s inside the text', async (what, type) => {
      const document = `file:///inside-${what.length}.md`;
      const error = await failure(meanwhile(document, document, () => type(document)));
      expect(error.data?.code).toBe('staleDocument');
    });

    it('replaces the text where it is then, for an editor that only knows standard LSP', async () => {
      const moved = 'file:///moved.md';
      await client.open(moved, text);
      const request = client.connection.sendRequest('workspace/executeCommand', {
        command: serverCommand.refineAndApply,
        arguments: [paragraph({ textDocument: { uri: moved, version: 1 } })],
      });
      await client.type(moved, 2, top, 'A line.\n');
      await request;
      const range = { start: { line: 3, character: 0 }, end: { line: 3, character: bad.length } };
      expect(client.edits.at(-1)).toMatchObject({
        edit: { documentChanges: [{ textDocument: { uri: moved, version: 2 }, edits: [{ range }] }] },
      });
    });
  });

  it.each([
    ['code', { line: 5, character: 2 }, 'nothingToRefine'],
    ['a position that is no position', { line: -1, character: 2 }, 'badRequest'],
  ])('says what is wrong with %s', async (_, caret, code) => {
    const error = await failure(
      client.connection.sendRequest(
        method.refine,
        paragraph({
          textDocument: { uri: 'file:///caret.md', version: 1 },
          range: { start: caret, end: caret },
        }),
      ),
    );
    expect(error.data?.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
  });

  it('names the limit when the selection is too long', async () => {
    const long = 'file:///long.md';
    await client.open(long, 'many words here '.repeat(900));
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 14_400 } };
    const error = await failure(
      client.connection.sendRequest(
        method.refine,
        paragraph({ textDocument: { uri: long, version: 1 }, range }),
      ),
    );
    const end = 'many words here '.repeat(900).split(' ', 2000).join(' ').length;
    expect(error.data).toMatchObject({
      code: 'selectionTooLong',
      facts: { words: 2700, limit: 2000, start: 0, end, version: 1 },
    });
    const caret = { line: 0, character: 3 };
    const atCaret = await failure(
      client.connection.sendRequest(
        method.refine,
        paragraph({ textDocument: { uri: long, version: 1 }, range: { start: caret, end: caret } }),
      ),
    );
    expect(atCaret.data?.facts).toEqual(error.data?.facts);
  });

  it('rewrites a part of a sentence as a part, and a heading as a heading', async () => {
    const file = 'file:///parts.md';
    await client.open(
      file,
      '# The plans for next weeks\n\nI know that he go to school every days, but not why.\n',
    );
    const texts = async (line: number, from: number, to: number): Promise<string[]> => {
      const { candidates } = await client.connection.sendRequest<RefineResult>(
        method.refine,
        paragraph({
          textDocument: { uri: file, version: 1 },
          range: { start: { line, character: from }, end: { line, character: to } },
        }),
      );
      return candidates.map(({ text: candidate }) => candidate);
    };
    const clauses = await texts(2, 7, 37);
    expect(clauses[0]).toBe('that he goes to school every day');
    for (const clause of clauses) expect(clause).toMatch(/^that .*[^.]$/);
    for (const heading of await texts(0, 2, 26)) expect(heading).not.toMatch(/\.$/);
  });

  it('refines once more from the text that is shown', async () => {
    const again = 'file:///again.md';
    await client.open(again, text);
    const first = await client.connection.sendRequest<RefineResult>(
      method.refine,
      paragraph({ textDocument: { uri: again, version: 1 }, rounds: 0 }),
    );
    const shown = first.candidates[0];
    const next = await client.connection.sendRequest<RefineResult>(method.refineAgain, {
      contextId: first.contextId,
      candidateId: shown?.id,
    });
    expect(next.contextId).toBe(first.contextId);
    for (const candidate of next.candidates) expect(candidate).toMatchObject({ role: 'follower', round: 1 });
  });

  describe('once more, after changes', () => {
    const uri = 'file:///later.md';
    let first: RefineResult;

    beforeAll(async () => {
      await client.open(uri, text);
      first = await client.connection.sendRequest<RefineResult>(
        method.refine,
        paragraph({ textDocument: { uri, version: 1 }, rounds: 0 }),
      );
    });

    function again(place?: { version: number; range: RefineResult['range'] }): Promise<RefineResult> {
      return client.connection.sendRequest<RefineResult>(method.refineAgain, {
        contextId: first.contextId,
        candidateId: first.candidates[0]?.id,
        ...(place && { place }),
      });
    }

    it('says where the text has moved', async () => {
      await client.change(uri, 2, `New.\n\n${text}`);
      const next = await again();
      expect(next).toMatchObject({ version: 2, original: bad });
      expect(next.range).toEqual({
        start: { line: 4, character: 0 },
        end: { line: 4, character: bad.length },
      });
    });

    it('refuses when the text itself was changed, unless the editor did that and says where it is', async () => {
      const range = { start: { line: 4, character: 4 }, end: { line: 4, character: 6 } };
      await client.type(uri, 3, range, 'goes');
      expect((await failure(again())).data?.code).toBe('staleDocument');
      const place = {
        version: 3,
        range: { start: { line: 4, character: 0 }, end: { line: 4, character: bad.length + 2 } },
      };
      expect((await failure(again({ ...place, version: 2 }))).data?.code).toBe('staleDocument');
      expect(await again(place)).toMatchObject(place);
      await client.type(uri, 4, range, 'go');
      expect((await failure(again())).data?.code).toBe('staleDocument');
    });
  });

  it('stays alive with a model file that is none, and says which', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'second-draft-model-'));
    const path = join(folder, 'broken.gguf');
    writeFileSync(path, 'this is no model');
    const broken = await LspClient.start({ transport: 'stdio', settings: { ...settings, model: { path } } });
    await broken.open(uri, text);
    const error = await failure(broken.connection.sendRequest(method.refine, paragraph()));
    expect(['modelCorrupt', 'modelUnsupported']).toContain(error.data?.code);
    const again = await failure(broken.connection.sendRequest(method.refine, paragraph()));
    expect(again.data?.code).toBe(error.data?.code);
    await broken.stop();
    rmSync(folder, { recursive: true });
  });

  it('ends what it writes when it is shut down in the middle of it', async () => {
    const ending = await LspClient.start({ transport: 'ipc', settings });
    await ending.open(uri, text);
    const writing = new Promise<void>((resolve) => {
      ending.connection.onNotification('$/progress', ({ value }: { value: RefineProgress }) => {
        if (value.kind === 'writing') resolve();
      });
    });
    const refined = failure(
      ending.connection.sendRequest(method.refine, paragraph({ partialResultToken: 1, rounds: 4 })),
    );
    await writing;
    await ending.connection.sendRequest('shutdown');
    expect((await refined).data?.code).toBe('cancelled');
    await ending.stop();
  });

  it('can be killed in the middle of a refine and started again', async () => {
    const victim = await LspClient.start({ transport: 'ipc', settings });
    await victim.open(uri, text);
    const writing = new Promise<void>((resolve) => {
      victim.connection.onNotification('$/progress', () => resolve());
    });
    void victim.connection
      .sendRequest(method.refine, paragraph({ partialResultToken: 1 }))
      .catch(() => undefined);
    await writing;
    const ended = new Promise((resolve) => victim.process.once('exit', resolve));
    victim.process.kill('SIGKILL');
    await ended;
    await victim.stop();
    const next = await LspClient.start({ transport: 'ipc', settings });
    await next.open(uri, text);
    expect((await next.connection.sendRequest<RefineResult>(method.refine, paragraph())).outcome).toBe(
      'improved',
    );
    await next.stop();
  });
});
