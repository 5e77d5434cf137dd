/** @file From the turns of a conversation to the model's tokens, by its own chat template; and the tokenizer alone, for the trainer. */
import { Template } from '@huggingface/jinja';
import { getLlama, type LlamaModel, type Token } from 'node-llama-cpp';
import { DraftError } from '../util/errors.ts';
import type { ChatTurn } from './textModel.ts';

/** 'model': the model's own chat template; 'bare': ChatML without a default system turn, as editing adapters are trained. */
export type TemplateKind = 'model' | 'bare';

type Vocabulary = Pick<LlamaModel, 'tokenize' | 'detokenize' | 'isEogToken' | 'tokens' | 'fileInfo'>;

export class ChatTokenizer {
  readonly #model: Vocabulary;
  readonly #template: Template | undefined;
  /** Its template refuses or drops a system turn (Gemma 2, Mistral 7B): what that says then begins the first user turn. */
  readonly #mergesSystem: boolean = false;

  /** @throws DraftError `modelUnsupported` where the model's chat template can't be used */
  constructor(model: Vocabulary) {
    this.#model = model;
    const source = model.fileInfo.metadata.tokenizer.chat_template;
    if (source === undefined) return;
    try {
      this.#template = new Template(source);
      this.#mergesSystem = !this.#showsSystem();
      if (this.#mergesSystem) this.#render(withoutSystem(trialTurns), 'model');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DraftError('modelUnsupported', `The chat template of this model can’t be used (${reason}).`, {
        cause,
      });
    }
  }

  /**
   * The prompt as tokens. The template's own pieces may be special tokens; what people and models wrote never is, whatever it contains.
   */
  promptTokens(conversation: readonly ChatTurn[], template: TemplateKind): number[] {
    const turns = this.#mergesSystem && template === 'model' ? withoutSystem(conversation) : conversation;
    const mark = (index: number): string => `\uE000${index}\uE001`;
    const marked = turns.map(({ role }, index) => ({ role, text: mark(index) }));
    return this.#render(marked, template)
      .split(/\uE000(\d+)\uE001/)
      .flatMap((piece, at) => {
        if (at % 2 === 0) return piece === '' ? [] : this.#model.tokenize(piece, true);
        return this.#model.tokenize(turns[Number(piece)]?.text ?? '');
      });
  }

  /** The assistant's whole turn as the model would write it, with the token that ends it. */
  turnTokens(text: string, template: TemplateKind): number[] {
    const mark = '\uE000';
    const turns: ChatTurn[] = [
      { role: 'user', text: '' },
      { role: 'assistant', text: mark },
    ];
    const rendered = this.#render(turns, template);
    const behind = this.#model.tokenize(rendered.slice(rendered.lastIndexOf(mark) + mark.length), true);
    const end = behind.find((token) => this.#model.isEogToken(token)) ?? this.#model.tokens.eos;
    return [...this.#model.tokenize(text), ...(end === null ? [] : [end])];
  }

  /** With the beginning of the assistant's next turn. */
  #render(turns: readonly ChatTurn[], template: TemplateKind): string {
    if (template === 'bare' || !this.#template) return bareChatMl(turns);
    const rendered = this.#template.render({
      messages: turns.map(({ role, text }) => ({ role, content: text })),
      add_generation_prompt: true,
      enable_thinking: false, // of those that know it: what is thought first would take the whole answer
      bos_token: this.#model.tokens.bosString ?? '',
      eos_token: this.#model.tokens.eosString ?? '',
    });
    // Those that always think have thought enough.
    return rendered.replace(/<think>\s*$/, '<think>\n\n</think>\n\n');
  }

  #showsSystem(): boolean {
    try {
      return this.#render(trialTurns, 'model').includes(trialTurns[0]!.text); // there are four
    } catch {
      return false;
    }
  }

  encode(text: string): number[] {
    return this.#model.tokenize(text);
  }

  decode(tokens: readonly number[]): string {
    return this.#model.detokenize(tokens as Token[]); // tokens of this model
  }

  isEnd(token: number): boolean {
    return this.#model.isEogToken(token as Token);
  }
}

/** The tokenizer of a model file; its weights are not loaded. Dispose it after use. */
export async function openTokenizer(
  modelPath: string,
): Promise<{ readonly tokenizer: ChatTokenizer; dispose(): Promise<void> }> {
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: 1,
    progressLogs: false,
    logger: () => undefined,
  });
  const model = await llama.loadModel({ modelPath, vocabOnly: true });
  const dispose = async (): Promise<void> => {
    await model.dispose();
    await llama.dispose();
  };
  try {
    return { tokenizer: new ChatTokenizer(model), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A conversation as leader and follower have them. */
const trialTurns: readonly ChatTurn[] = [
  { role: 'system', text: '\uE000system\uE001' },
  { role: 'user', text: 'A text.' },
  { role: 'assistant', text: 'A draft.' },
  { role: 'user', text: 'Another text.' },
];

function withoutSystem(turns: readonly ChatTurn[]): readonly ChatTurn[] {
  const [system, first, ...others] = turns;
  if (system?.role !== 'system' || first === undefined) return turns;
  return [{ role: first.role, text: `${system.text}\n\n${first.text}` }, ...others];
}

function bareChatMl(turns: readonly ChatTurn[]): string {
  return `${turns.map((turn) => `<|im_start|>${turn.role}\n${turn.text}<|im_end|>\n`).join('')}<|im_start|>assistant\n`;
}
