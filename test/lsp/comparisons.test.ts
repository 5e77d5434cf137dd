import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecideResult, DecisionsResult } from '../../server/protocol/decisions.ts';
import type { CompareAdaptersResult, PassagesResult } from '../../server/protocol/learning.ts';
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { keepDecisions } from '../support/decisions.ts';
import { failure, LspClient } from '../support/lspClient.ts';

const uri = 'file:///home/writer/letter.md';
const text = 'She go to the office every days and he always forget him keys.';
const casual =
  "I think its clear that he don't go to the office, so we can't help him and it isn't our fault.";
let client: LspClient;

async function refine(of: string): Promise<RefineResult> {
  await client.open(uri, of);
  const at = { line: 0, character: 0 };
  return client.connection.sendRequest(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start: at, end: at },
    task: 'improve',
  });
}

beforeEach(async () => {
  client = await LspClient.start({ transport: 'stdio', settings: { engine: { gpu: 'off' } } });
});
afterEach(() => client.stop());

describe('comparing adapters, as a client sees it', () => {
  it("compares the plain model with an adapter on a text of one's own, and the pick is a decision", async () => {
    const result = await client.connection.sendRequest<CompareAdaptersResult>(method.compareAdapters, {
      a: 0,
      b: null,
      text,
    });
    expect(result.a.text).not.toBe('');
    const decided = await client.connection.sendRequest<DecideResult>(method.decide, {
      contextId: result.contextId,
      candidateId: result.a.id,
      kind: 'compared',
      seen: [result.a.id, result.b.id],
    });
    expect(decided).toMatchObject({ recorded: true });
    expect((await refine(text)).adapter).toBe(0);
  });

  it('compares what a refine would draft, sentence by sentence', async () => {
    const long = `${text} The report was wrote by the team last weak.`;
    const compared = await client.connection.sendRequest<CompareAdaptersResult>(method.compareAdapters, {
      a: 0,
      b: null,
      text: `${long}\n`,
    });
    await client.open(uri, long);
    const at = { line: 0, character: 0 };
    const { candidates } = await client.connection.sendRequest<RefineResult>(method.refine, {
      textDocument: { uri, version: 1 },
      range: { start: at, end: at },
      task: 'improve',
      rounds: 0,
    });
    expect(candidates[0]?.text).toContain('written');
    expect(compared.a.text).toBe(`${candidates[0]?.text}\n`);
  });

  it('compares the two adapters that were named, also while a text is refined with the one in use', async () => {
    const of = `${text} The report was wrote by the team last weak. He have two car. ${casual}`;
    const compare = (): Promise<CompareAdaptersResult> =>
      client.connection.sendRequest(method.compareAdapters, { a: null, b: 0, text: of });
    const texts = ({ a, b }: CompareAdaptersResult): string[] => [a.text, b.text];
    const [aloneRefined, aloneCompared] = [await refine(of), texts(await compare())];
    expect(aloneCompared[0]).not.toBe(aloneCompared[1]);
    const [compared, refined] = await Promise.all([compare(), refine(of)]);
    expect(texts(compared)).toEqual(aloneCompared);
    expect(refined.candidates.map((one) => one.text)).toEqual(aloneRefined.candidates.map((one) => one.text));
  });

  it("compares on three of the writer's own texts, and each can be decided on while the others are open", async () => {
    const { connection, storagePath } = client;
    expect(await connection.sendRequest<PassagesResult>(method.passages, {})).toEqual({ passages: [] });
    keepDecisions(storagePath, 5);
    const { passages } = await connection.sendRequest<PassagesResult>(method.passages, {});
    expect(passages.map(({ document }) => document)).toEqual([
      'file:///letter4.md',
      'file:///letter3.md',
      'file:///letter2.md',
    ]);
    const results: CompareAdaptersResult[] = [];
    for (const { contextId } of passages)
      results.push(
        await connection.sendRequest(method.compareAdapters, { a: 0, b: null, passage: contextId }),
      );
    for (const { contextId, a, b } of results.toReversed()) {
      const decision = { contextId, candidateId: b.id, kind: 'compared', seen: [a.id, b.id] };
      expect(await connection.sendRequest<DecideResult>(method.decide, decision)).toMatchObject({
        recorded: true,
      });
    }
    const filter = { kinds: ['compared'] };
    const { rows } = await connection.sendRequest<DecisionsResult>(method.decisions, { filter });
    expect(rows.map(({ document, original }) => ({ document, text: original }))).toEqual(
      passages.map(({ document, text: of }) => ({ document, text: of })),
    );
    const next = await connection.sendRequest<PassagesResult>(method.passages, {});
    expect(next.passages.slice(0, 2).map(({ document }) => document)).toEqual([
      'file:///letter1.md',
      'file:///letter0.md',
    ]);
  });

  it('refuses a request without a text, and a text that was deleted', async () => {
    const compare = (what: object) =>
      failure(client.connection.sendRequest(method.compareAdapters, { a: 0, b: null, ...what }));
    expect((await compare({})).message).toContain('either a text or a passage is needed');
    expect((await compare({ text: '' })).message).toContain('text: a text is needed');
    expect(await compare({ passage: 'gone' })).toMatchObject({
      message: 'That text is no longer kept.',
      data: { code: 'badRequest' },
    });
  });
});
