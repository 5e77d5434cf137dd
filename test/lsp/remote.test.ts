import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { failure, LspClient } from '../support/lspClient.ts';

const uri = 'file:///home/writer/letter.md';
const text = 'She go to the office every days and he always forget him keys.';
const better = 'She goes to the office every day, and he always forgets his keys.';

interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

let client: LspClient;
let server: Server;
let asked: Asked[];
/** Answers a chat; by default with the better sentence, then with the same again. */
let answer: (response: ServerResponse) => void;

/** The words as such servers stream them. */
function stream(response: ServerResponse, words: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of words.split(/(?<= )/)) {
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: piece } }] })}\n\n`);
  }
  response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })}\n\n`);
  response.end('data: [DONE]\n\n');
}

beforeEach(async () => {
  asked = [];
  answer = (response) => stream(response, better);
  server = createServer((request, response) => {
    if (request.url === '/v1/models')
      return void response.end(JSON.stringify({ data: [{ id: 'writer-7b' }] }));
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      asked.push(JSON.parse(body) as Asked);
      answer(response);
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await client.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function start(url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`): Promise<void> {
  client = await LspClient.start({
    transport: 'stdio',
    settings: { server: { url }, refine: { rounds: 1 } },
  });
  await client.open(uri, text);
}

function refine(): Promise<RefineResult> {
  const at = { line: 0, character: 0 };
  return client.connection.sendRequest(method.refine, {
    textDocument: { uri, version: 1 },
    range: { start: at, end: at },
    task: 'fixGrammar',
  });
}

describe('a server of the writer’s own', () => {
  it('writes drafts and refinements, asked in instructions, with the first model that it offers', async () => {
    await start();
    const result = await refine();
    expect(result.candidates.map((candidate) => candidate.text)).toEqual([better]);
    expect(result).toMatchObject({
      model: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      adapter: null,
    });
    expect(asked[0]).toMatchObject({ model: 'writer-7b' });
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[0]?.messages.at(-1)?.content).toBe(text);
    expect(asked[1]?.messages.some(({ role, content }) => role === 'assistant' && content === better)).toBe(
      true,
    );
  });

  it('is named with its answer when it fails', async () => {
    await start();
    answer = (response) => void response.writeHead(500).end('out of memory');
    const error = await failure(refine());
    expect(error.message).toContain('answered 500: out of memory');
    expect(error.data?.code).toBe('remoteFailed');
  });

  it('is named when it does not run, and when its address is none', async () => {
    await start('http://127.0.0.1:9');
    expect((await failure(refine())).message).toContain("127.0.0.1:9 can't be reached");
    await client.stop();
    await start('my server');
    const error = await failure(refine());
    expect(error.message).toContain('is no address of a server');
    expect(error.data?.code).toBe('remoteFailed');
  });

  it('is not taught', async () => {
    await start();
    const error = await failure(client.connection.sendRequest(method.train, { why: 'user' }));
    expect(error.message).toContain("can't be taught");
  });
});
