/** @file How the product asks the model and cleans what it says, as the trainer needs it: training sees what the writer would see. */
import type { Task } from '../protocol/common.ts';
import { cleanDraft } from './generation/clean.ts';
import type { ChatTokenizer } from './generation/chatTokenizer.ts';
import { followerTurns, leaderTurns, wishStyle, type Ask, type PromptFormat } from './generation/prompts.ts';
import type { TrainingContext, Writing } from './training/candidates.ts';

const tasks: ReadonlySet<string> = new Set<Task>([
  'improve',
  'shorten',
  'clarify',
  'fixGrammar',
  'formal',
  'friendly',
  'custom',
]);

export function productWriting(tokenizer: ChatTokenizer, format: PromptFormat): Writing {
  const template = format === 'edit-1' ? 'bare' : 'model';
  const ask = ({ task, instruction, original }: TrainingContext): Ask => {
    const asked: Ask = {
      task: tasks.has(task) ? (task as Task) : 'improve', // one of the set
      instruction,
      text: original,
    };
    // What the product writes such a wish with is not what is taught: the text is one of the writer's all the same.
    return wishStyle(format, asked) === undefined ? asked : { ...asked, task: 'improve' };
  };
  return {
    leaderPrompt: (context) => tokenizer.promptTokens(leaderTurns(format, ask(context)), template),
    followerPrompt: (context, draft) =>
      tokenizer.promptTokens(followerTurns(format, ask(context), draft), template),
    show: (answer, ended, original, previous) => {
      const tokens = ended ? answer.slice(0, -1) : answer;
      const cleaned = cleanDraft(
        { text: tokenizer.decode(tokens), stop: ended ? 'end' : 'length' },
        original,
        { previous, mends: false }, // what is learned is what the model writes: a figure that the product would put back is wrong
      );
      if (cleaned.ok) return cleaned.text;
      return cleaned.refusal === 'identical' ? (previous ?? original) : null;
    },
    isEnd: (token) => tokenizer.isEnd(token),
    countTokens: (text) => tokenizer.encode(text).length,
  };
}
