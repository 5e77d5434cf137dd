import { expect, it } from 'vitest';
import type { ChatTokenizer } from '../../../server/src/generation/chatTokenizer.ts';
import type { PromptFormat } from '../../../server/src/generation/prompts.ts';
import type { ChatTurn } from '../../../server/src/generation/textModel.ts';
import { productWriting } from '../../../server/src/productWriting.ts';

/** What the leader and the follower are asked about a text that was decided on after this wish. */
function asked(format: PromptFormat, task: string, instruction = ''): string[] {
  const prompts: string[] = [];
  const tokenizer = {
    promptTokens: (turns: readonly ChatTurn[]) => {
      prompts.push(turns.map(({ text }) => text).join(' / '));
      return [];
    },
  } as unknown as ChatTokenizer; // all that is asked
  const writing = productWriting(tokenizer, format);
  const context = { document: 'a.md', original: 'She go home.', task, instruction };
  writing.leaderPrompt(context);
  writing.followerPrompt(context, 'She goes home.');
  return prompts;
}

it('asks for better where the product would write a wish with a ready style, which is not what is taught', () => {
  const improved = asked('edit-1', 'improve');
  for (const task of ['shorten', 'formal', 'friendly', 'unknown'])
    expect(asked('edit-1', task)).toEqual(improved);
});

it('asks as the writer did where the wish has no style', () => {
  expect(asked('edit-1', 'clarify')[0]).toBe('Make it clearer: She go home.');
  expect(asked('edit-1', 'custom', 'Use past tense')[0]).toBe('Use past tense: She go home.');
  for (const task of ['shorten', 'formal', 'friendly'])
    expect(asked('instructions', task)).not.toEqual(asked('instructions', 'improve'));
});
