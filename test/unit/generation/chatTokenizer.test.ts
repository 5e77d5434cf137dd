import { expect, it, vi } from 'vitest';
import { ChatTokenizer } from '../../../server/src/generation/chatTokenizer.ts';
import type { ChatTurn } from '../../../server/src/generation/textModel.ts';

vi.mock('node-llama-cpp', () => ({}));

/** A model whose tokens are characters. */
function tokenizerOf(chatTemplate: string): ChatTokenizer {
  const model = {
    tokenize: (text: string) => Array.from(text, (letter) => letter.codePointAt(0)),
    tokens: { bosString: '<s>', eosString: '</s>' },
    fileInfo: { metadata: { tokenizer: { chat_template: chatTemplate } } },
  };
  return new ChatTokenizer(model as never); // all that is asked of it
}

const turns: ChatTurn[] = [
  { role: 'system', text: 'Correct it.' },
  { role: 'user', text: 'She go.' },
];

function prompt(tokenizer: ChatTokenizer): string {
  return String.fromCodePoint(...tokenizer.promptTokens(turns, 'model'));
}

const plain = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}[assistant]";

it('asks in the model’s own template', () => {
  expect(prompt(tokenizerOf(plain))).toBe('[system]Correct it.[user]She go.[assistant]');
});

it('asks a model that may think first not to', () => {
  const hybrid = `${plain}{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}`;
  expect(prompt(tokenizerOf(hybrid))).toContain('[assistant]<think></think>');
});

it.each(['<think>\\n', '<think>'])(
  'ends the thinking of a model that always begins with it: %j',
  (beginning) => {
    const reasoner = `${plain}{{ '${beginning}' }}`;
    expect(prompt(tokenizerOf(reasoner))).toMatch(/\[assistant\]<think>\n\n<\/think>\n\n$/);
  },
);

it.each([
  ['refuses', "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"],
  ['drops', "{% if messages[0]['role'] == 'system' %}{% set messages = messages[1:] %}{% endif %}"],
])('tells the user turn what the system turn says where the template %s that', (_, beginning) => {
  expect(prompt(tokenizerOf(beginning + plain))).toBe('[user]Correct it.\n\nShe go.[assistant]');
});

it.each(["{{ raise_exception('nobody may ask') }}", '{% for m in messages %}'])(
  'refuses a model whose template can’t be used: %s',
  (template) => {
    expect(() => tokenizerOf(template)).toThrow(expect.objectContaining({ code: 'modelUnsupported' }));
  },
);
