import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionsResult } from '../../server/protocol/decisions.ts';
import { method, serverCommand } from '../../server/protocol/messages.ts';
import { failure, LspClient } from '../support/lspClient.ts';

interface Item {
  readonly insertText: string;
  readonly range: { readonly start: object; readonly end: object };
  readonly command: { readonly command: string; readonly arguments: readonly [string, string] };
}

const settings = { engine: { gpu: 'off' } };
/** A count that even a tiny model knows how to go on with. */
const likely = 'The children of the village count every day after school: one, two, three,';

describe('ghost text for a plain LSP client', () => {
  let client: LspClient;

  beforeAll(async () => {
    client = await LspClient.start({ transport: 'stdio', settings });
  });
  afterAll(() => client.stop());

  /** Asks at the end of the document's line. */
  function ask(uri: string, text: string, line = 0, triggerKind = 1): Promise<Item[]> {
    const character = text.split('\n')[line]?.length ?? 0;
    return client.connection.sendRequest('textDocument/inlineCompletion', {
      textDocument: { uri },
      position: { line, character },
      context: { triggerKind },
    });
  }

  it('is announced as a capability', () => {
    expect(client.capabilities).toMatchObject({ inlineCompletionProvider: true });
  });

  it('goes on with a sentence, at the caret and with the right space', async () => {
    const uri = 'file:///count.md';
    await client.open(uri, likely);
    const [item] = await ask(uri, likely);
    expect(item?.insertText).toMatch(/^ four\b/);
    expect(item?.insertText).not.toContain('\n');
    const caret = { line: 0, character: likely.length };
    expect(item?.range).toEqual({ start: caret, end: caret });
  });

  it('offers the rest of the same text while the writer types it', async () => {
    const uri = 'file:///typing.md';
    await client.open(uri, likely);
    const [first] = await ask(uri, likely);
    const offered = first?.insertText ?? '';
    const typed = likely + offered.slice(0, 4);
    await client.change(uri, 2, typed);
    const [second] = await ask(uri, typed);
    expect(second?.insertText).toBe(offered.slice(4));
    expect(second?.command.arguments).toEqual(first?.command.arguments);
  });

  it('keeps an acceptance as a decision when the client runs the item’s command', async () => {
    const uri = 'file:///accepted.md';
    await client.open(uri, likely);
    const [item] = await ask(uri, likely);
    expect(item?.command.command).toBe(serverCommand.inlineAccepted);
    await expect(
      client.connection.sendRequest('workspace/executeCommand', item?.command),
    ).resolves.toMatchObject({ recorded: true });
    const { rows } = await client.connection.sendRequest<DecisionsResult>(method.decisions, {
      filter: { document: uri },
    });
    expect(rows).toMatchObject([{ kind: 'ghostAccepted', role: 'inline', candidate: item?.insertText }]);
  });

  it.each([
    ['a heading', '# Count: one, two, three, four,', 0],
    ['a code block', '```\none, two, three, four,\n```', 1],
    ['a table', '| a |\n|---|\n| one, two, three, four,', 2],
    ['front matter', '---\ntitle: one, two, three, four,\n---\n', 1],
    ['mathematics', '$$\none, two, three, four,\n$$', 1],
  ])('stays silent in %s', async (name, text, line) => {
    const uri = `file:///silent/${encodeURIComponent(name)}.md`;
    await client.open(uri, text);
    expect(await ask(uri, text, line)).toEqual([]);
  });

  it('lets the newest request win', async () => {
    const uri = 'file:///newest.md';
    const longer = `${likely} four,`;
    await client.open(uri, likely);
    const older = failure(ask(uri, likely));
    await client.change(uri, 2, longer);
    const [item] = await ask(uri, longer);
    expect((await older).data?.code).toBe('cancelled');
    expect(item?.insertText).toMatch(/^ five\b/);
  });

  it('gives way to a refine', async () => {
    const uri = 'file:///refined.md';
    await client.open(uri, likely);
    const ghost = failure(ask(uri, likely));
    const start = { line: 0, character: 0 };
    const refined = client.connection.sendRequest(method.refine, {
      textDocument: { uri, version: 1 },
      range: { start, end: start },
      task: 'fixGrammar',
    });
    expect((await ghost).data?.code).toBe('cancelled');
    await refined;
  });

  it('answers only when asked, where the settings say so', async () => {
    const quiet = await LspClient.start({
      transport: 'stdio',
      settings: { ...settings, inlineSuggestions: { trigger: 'onDemand' } },
    });
    const uri = 'file:///quiet.md';
    await quiet.open(uri, likely);
    const request = (triggerKind: number): Promise<Item[]> =>
      quiet.connection.sendRequest('textDocument/inlineCompletion', {
        textDocument: { uri },
        position: { line: 0, character: likely.length },
        context: { triggerKind },
      });
    expect(await request(2)).toEqual([]);
    expect(await request(1)).toHaveLength(1);
    await quiet.stop();
  });
});
