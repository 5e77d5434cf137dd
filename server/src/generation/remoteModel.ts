/**
 * @file A model behind an OpenAI-compatible server (llama-server, Ollama, vLLM, LM Studio …), where the writer named one. Drafts and
 * refinements only: such a server can't be taught here, and ghost text would send every pause over the wire.
 */
import { createParser } from 'eventsource-parser';
import * as v from 'valibot';
import { countUnspaced } from '../document/words.ts';
import { CancelledError, DraftError } from '../util/errors.ts';
import type { Continued, Generated, GenerateOptions, TextModel, TokenScores } from './textModel.ts';

const chunkSchema = v.object({
  choices: v.array(
    v.object({
      delta: v.optional(v.object({ content: v.nullish(v.string()) })),
      finish_reason: v.nullish(v.string()),
    }),
  ),
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
  #name: string | undefined;

  /** @param url such as http://localhost:8080 or http://localhost:11434/v1 @throws DraftError `remoteFailed` for what is no address */
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
    let stop: Generated['stop'] = 'length';
    const parser = createParser({
      onEvent: ({ data }) => {
        const read = data === '[DONE]' ? undefined : v.safeParse(chunkSchema, JSON.parse(data));
        const choice = read?.success ? read.output.choices[0] : undefined;
        if (choice?.finish_reason === 'stop') stop = 'end';
        const piece = choice?.delta?.content ?? '';
        if (piece === '') return;
        if (tokens === 0) firstTokenMs = performance.now() - started;
        tokens += 1;
        text += piece;
        onText?.(text);
      },
    });
    const response = await this.#ask('/chat/completions', signal, {
      model: (this.#name ??= await this.#firstModel(signal)),
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
    return {
      text,
      stop,
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

  async #firstModel(signal: AbortSignal): Promise<string> {
    const response = await this.#ask('/models', signal);
    const read = v.safeParse(modelsSchema, await response.json().catch(() => undefined));
    if (!read.success) throw new DraftError('remoteFailed', `${this.title} offers no model.`);
    return read.output.data[0]!.id; // at least one
  }

  async #ask(path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const request = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, { signal, ...request });
    } catch (error) {
      throw this.#failure(error, signal);
    }
    if (response.ok) return response;
    const words = (await response.text().catch(() => '')).slice(0, 200);
    throw new DraftError(
      'remoteFailed',
      `${this.title} answered ${response.status}${words === '' ? '.' : `: ${words}`}`,
    );
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
