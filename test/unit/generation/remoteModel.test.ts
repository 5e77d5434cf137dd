import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteTextModel } from '../../../server/src/generation/remoteModel.ts';

interface Asked {
  readonly model: string;
  readonly chat_template_kwargs?: unknown;
}

/** What the server offers, and what it answers to a chat: a status with words, or what it streams. */
let offered: string[];
let answer: (asked: Asked) => Response;
let asked: Asked[];

const streamed = (...chunks: object[]): Response =>
  new Response(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
const words = (content: string): object => ({ choices: [{ delta: { content } }] });
const ended = (reason = 'stop'): object => ({ choices: [{ delta: {}, finish_reason: reason }] });

beforeEach(() => {
  offered = ['writer'];
  answer = () => streamed(words('Better.'), ended());
  asked = [];
  vi.stubGlobal('fetch', (url: string, { body }: { body?: string }) => {
    if (url.endsWith('/v1/models'))
      return Promise.resolve(Response.json({ data: offered.map((id) => ({ id })) }));
    asked.push(JSON.parse(body ?? '{}') as Asked);
    return Promise.resolve(answer(asked.at(-1)!)); // just pushed
  });
});
afterEach(() => vi.unstubAllGlobals());

const { signal } = new AbortController();
const write = (model: RemoteTextModel) =>
  model.generate({
    turns: [{ role: 'user', text: 'Good.' }],
    maxTokens: 20,
    temperature: 0,
    seed: 1,
    signal,
  });

it('asks the model that the address names', async () => {
  await write(new RemoteTextModel('http://localhost:11434/v1#org/llama3.2:3b%20q4'));
  expect(asked[0]?.model).toBe('org/llama3.2:3b q4');
});

it('asks the first model, but none that only embeds', async () => {
  offered = ['nomic-embed-text', 'writer'];
  await write(new RemoteTextModel('http://localhost:8080'));
  offered = ['nomic-embed-text'];
  await write(new RemoteTextModel('http://localhost:8080'));
  expect(asked.map(({ model }) => model)).toEqual(['writer', 'nomic-embed-text']);
});

it('asks for the models again after it was refused', async () => {
  const model = new RemoteTextModel('http://localhost:8080');
  await write(model);
  offered = ['another'];
  answer = () => new Response('no such model', { status: 404 });
  await expect(write(model)).rejects.toMatchObject({
    code: 'remoteFailed',
    message: 'localhost:8080 answered 404: no such model',
  });
  answer = () => streamed(words('Better.'), ended());
  await write(model);
  expect(asked.map((one) => one.model)).toEqual(['writer', 'writer', 'another']);
});

it('asks not to think first, and no more where a server refuses to be told', async () => {
  const model = new RemoteTextModel('http://localhost:8080');
  await write(model);
  expect(asked[0]?.chat_template_kwargs).toEqual({ enable_thinking: false });
  answer = ({ chat_template_kwargs: told }) =>
    told ? new Response('unknown field', { status: 400 }) : streamed(words('Better.'), ended());
  expect((await write(model)).text).toBe('Better.');
  await write(model);
  expect(asked.map((one) => one.chat_template_kwargs !== undefined)).toEqual([true, true, false, false]);
});

it.each([
  ['an error within the stream', () => streamed(words('Bet'), { error: { message: 'out of memory' } })],
  ['the same as text', () => streamed({ error: 'out of memory' })],
])('says what failed: %s', async (_, response) => {
  answer = response;
  await expect(write(new RemoteTextModel('http://localhost:8080'))).rejects.toMatchObject({
    code: 'remoteFailed',
    message: 'localhost:8080 failed while it wrote: out of memory',
  });
});

it.each([[[]], [[words('<think>\nHm.')]]])('says so where a model only thought: %j', async (chunks) => {
  answer = () => streamed(...chunks, ended('length'));
  await expect(write(new RemoteTextModel('http://localhost:8080'))).rejects.toMatchObject({
    code: 'remoteFailed',
    message: expect.stringContaining('ended without an answer') as string,
  });
  answer = () => streamed(words('Bet'), ended('length'));
  expect(await write(new RemoteTextModel('http://localhost:8080'))).toMatchObject({ stop: 'length' });
});

it('leaves room for the answer in scripts without spaces', () => {
  const model = new RemoteTextModel('http://localhost:8080');
  expect(model.countTokens('我昨天去了图书馆。')).toBeGreaterThan(8);
  expect(model.countTokens('one two three')).toBe(5);
});
