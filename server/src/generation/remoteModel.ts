/**
 * @file A model behind an OpenAI-compatible server (llama-server, Ollama, vLLM, LM Studio …), where the writer named one. Drafts and
 * refinements only: such a server can't be taught here, and ghost text would send every pause over the wire.
 */
import { createParser } from 'eventsource-parser';
import * as v from 'valibot';
import { countUnspaced } from '../document/words.ts';
import { CancelledError, DraftError } from '../util/errors.ts';
import { withoutThinking } from './unwrap.ts';
import type { Continued, Generated, GenerateOptions, TextModel, TokenScores } from './textModel.ts';

/** A part of the stream; where the server fails within it, what it says of that. */
const chunkSchema = v.object({
  choices: v.array(
    v.object({
      delta: v.optional(v.object({ content: v.nullish(v.string()) })),
      finish_reason: v.nullish(v.string()),
    }),
  ),
});
const failureSchema = v.object({
  error: v.union([
    v.string(),
    v.pipe(
      v.object({ message: v.string() }),
      v.transform(({ message }) => message),
    ),
  ]),
});
const modelsSchema = v.object({ data: v.pipe(v.array(v.object({ id: v.string() })), v.minLength(1)) });

/** About what tokenizers need for English; only lengths are bounded by it. In scripts without spaces a character is about a token. */
const tokensPerWord = 1.4;

/** What a server is called for people: its host, or what stands there where that is no address. */
export function remoteTitle(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

export class RemoteTextModel implements TextModel {
  readonly title: string;
  readonly sizeClass = 'large';
  readonly adapterFormat = null;
  readonly #base: string;
  /** The model that the address names. */
  readonly #named: string | undefined;
  /** The model that is asked, where none is named. */
  #found: string | undefined;
  /** Whether requests ask for no thinking: an unknown field that a few servers refuse. */
  #asksNotToThink = true;

  /**
   * @param url such as http://localhost:8080, or http://localhost:11434/v1#llama3.2 for one of several models
   * @throws DraftError `remoteFailed` for what is no address
   */
  constructor(url: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (!parsed || !/^https?:$/.test(parsed.protocol)) {
      throw new DraftError(
        'remoteFailed',
        `"${url}" is no address of a server. It looks like http://localhost:8080.`,
      );
    }
    this.title = parsed.host;
    const path = parsed.pathname.replace(/\/+$/, '');
    this.#named = decoded(parsed.hash.slice(1)) || undefined;
    this.#base = `${parsed.origin}${path.endsWith('/v1') ? path : `${path}/v1`}`;
  }

  async generate({
    turns,
    maxTokens,
    temperature,
    seed,
    signal,
    onText,
  }: GenerateOptions): Promise<Generated> {
    const started = performance.now();
    let [text, tokens, firstTokenMs] = ['', 0, 0];
    const end: { stop: Generated['stop']; failure?: string } = { stop: 'length' };
    const parser = createParser({
      onEvent: ({ data }) => {
        const chunk: unknown = data === '[DONE]' ? undefined : JSON.parse(data);
        const failure = v.safeParse(failureSchema, chunk);
        if (failure.success) end.failure ??= failure.output.error;
        const read = v.safeParse(chunkSchema, chunk);
        const choice = read.success ? read.output.choices[0] : undefined;
        if (choice?.finish_reason === 'stop') end.stop = 'end';
        const piece = choice?.delta?.content ?? '';
        if (piece === '') return;
        if (tokens === 0) firstTokenMs = performance.now() - started;
        tokens += 1;
        text += piece;
        onText?.(text);
      },
    });
    const response = await this.#askToWrite(signal, {
      messages: turns.map((turn) => ({ role: turn.role, content: turn.text })),
      max_tokens: maxTokens,
      temperature,
      seed,
      stream: true,
    });
    try {
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
        parser.feed(chunk);
    } catch (error) {
      throw this.#failure(error, signal);
    }
    if (end.failure !== undefined) throw this.#refusal(`failed while it wrote: ${end.failure.slice(0, 200)}`);
    if (end.stop === 'length' && withoutThinking(text).trim() === '') {
      throw this.#refusal(
        'ended without an answer. If its model thinks first, turn that off on the server, or choose another model there.',
      );
    }
    return {
      text,
      stop: end.stop,
      tokens,
      promptTokens: 0,
      steps: tokens,
      firstTokenMs,
      totalMs: performance.now() - started,
    };
  }

  /** Says nothing: see the head of this file. */
  continueText(): Promise<Continued> {
    return Promise.resolve({
      text: '',
      probabilities: [],
      drawn: [],
      promptTokens: 0,
      promptMs: 0,
      totalMs: 0,
    });
  }

  weigh(): Promise<null> {
    return Promise.resolve(null);
  }

  score(): Promise<readonly TokenScores[]> {
    return Promise.resolve([]);
  }

  countTokens(text: string): number {
    return Math.ceil(tokensPerWord * text.split(/\s+/).length) + countUnspaced(text);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** The first model that the server offers, but none that only embeds texts where there is another. */
  async #firstModel(signal: AbortSignal): Promise<string> {
    const response = await this.#accepted(await this.#ask('/models', signal));
    const read = v.safeParse(modelsSchema, await response.json().catch(() => undefined));
    if (!read.success) throw this.#refusal('offers no model.');
    const names = read.output.data.map(({ id }) => id);
    return names.find((name) => !/embed/i.test(name)) ?? names[0]!; // at least one
  }

  /** A chat in which nothing is thought first, where the server knows how to be told. */
  async #askToWrite(signal: AbortSignal, chat: object): Promise<Response> {
    const model = this.#named ?? (this.#found ??= await this.#firstModel(signal));
    const ask = (more: object): Promise<Response> =>
      this.#ask('/chat/completions', signal, { model, ...chat, ...more });
    if (this.#asksNotToThink) {
      const response = await ask({ chat_template_kwargs: { enable_thinking: false } });
      if (response.status !== 400 && response.status !== 422) return this.#accepted(response);
      await response.body?.cancel();
    }
    const response = await ask({});
    if (response.ok) this.#asksNotToThink = false;
    return this.#accepted(response);
  }

  async #ask(path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const request = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    try {
      return await fetch(`${this.#base}${path}`, { signal, ...request });
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  /** @throws DraftError `remoteFailed` with the server's words where it refused */
  async #accepted(response: Response): Promise<Response> {
    if (response.ok) return response;
    this.#found = undefined; // it may offer other models by now
    const words = (await response.text().catch(() => '')).slice(0, 200);
    throw this.#refusal(`answered ${response.status}${words === '' ? '.' : `: ${words}`}`);
  }

  #refusal(what: string): DraftError {
    return new DraftError('remoteFailed', `${this.title} ${what}`);
  }

  #failure(error: unknown, signal: AbortSignal): Error {
    if (signal.aborted) return new CancelledError();
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return new DraftError(
      'remoteFailed',
      `${this.title} can't be reached (${reason}). Is the server running?`,
      { cause: error },
    );
  }
}

/** What stands in an address, with its escapes resolved where they are right. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
