/** @file From a task and a text to the turns of a conversation, for the leader and for the follower. The words are in promptData.ts. */
import type { Task } from '../../protocol/common.ts';
import {
  customPrompt,
  editWishes,
  fewShotPrompts,
  followerAsk,
  instructionPrompts,
  type EditWish,
} from './promptData.ts';
import type { ChatTurn, TextModel } from './textModel.ts';

/** How a model wants to be asked: by its size, or in the format of the editing adapter that is active. */
export type PromptFormat = 'fewShot' | 'instructions' | 'edit-1';

export interface Ask {
  readonly task: Task;
  /** The writer's own words, with task `custom` or as a standing wish; '' for none. */
  readonly instruction: string;
  readonly text: string;
}

export function promptFormat(model: Pick<TextModel, 'sizeClass' | 'adapterFormat'>): PromptFormat {
  return model.adapterFormat ?? (model.sizeClass === 'tiny' ? 'fewShot' : 'instructions');
}

/** What of an instruction a model is asked beside a task: the editing adapter knows the wishes that it was taught, and no others. */
export function heeded(format: PromptFormat, task: Task, instruction: string): string {
  return format === 'edit-1' && task !== 'custom' ? '' : instruction;
}

/** The conversation whose next assistant turn is the leader's draft. */
export function leaderTurns(format: PromptFormat, ask: Ask): ChatTurn[] {
  switch (format) {
    case 'edit-1':
      return [editTurn(editWish(ask).leader, ask.text)];
    case 'fewShot': {
      const prompt = fewShotPrompts[namedTask(ask.task)];
      return [
        { role: 'system', text: withWish(prompt.system, ask) },
        ...prompt.examples.flatMap(({ bad, good }): ChatTurn[] => [
          { role: 'user', text: prompt.ask + bad },
          { role: 'assistant', text: good },
        ]),
        { role: 'user', text: prompt.ask + ask.text },
      ];
    }
    case 'instructions':
      return [
        { role: 'system', text: instruction(ask) },
        { role: 'user', text: ask.text },
      ];
  }
}

/** The leader's second try, at a text that it left as it is; null where there is none. */
export function otherLeaderTurns(format: PromptFormat, ask: Ask): ChatTurn[] | null {
  const { otherwise } = editWish(ask);
  return format === 'edit-1' && otherwise !== undefined ? [editTurn(otherwise, ask.text)] : null;
}

/** The ready style that the wish is for, where there is one. */
export function wishStyle(format: PromptFormat, ask: Ask): string | undefined {
  return format === 'edit-1' ? editWish(ask).style : undefined;
}

/** The conversation in which the follower sees `draft`, the latest text only, and answers with a better one. */
export function followerTurns(format: PromptFormat, ask: Ask, draft: string): ChatTurn[] {
  if (format === 'fewShot') {
    const prompt = fewShotPrompts[namedTask(ask.task)];
    return [
      { role: 'system', text: withWish(prompt.system, ask) },
      ...prompt.examples.flatMap(({ bad, first, good }): ChatTurn[] => [
        { role: 'user', text: prompt.ask + bad },
        { role: 'assistant', text: first },
        { role: 'user', text: followerAsk },
        { role: 'assistant', text: good },
      ]),
      { role: 'user', text: prompt.ask + ask.text },
      { role: 'assistant', text: draft },
      { role: 'user', text: followerAsk },
    ];
  }
  const { follower } = editWish(ask);
  if (format === 'edit-1' && follower !== undefined) return [editTurn(follower, draft)];
  const again = format === 'edit-1' ? followerAsk : `${followerAsk} Answer as if it were your first answer.`;
  return [...leaderTurns(format, ask), { role: 'assistant', text: draft }, { role: 'user', text: again }];
}

/** Nothing but better is wished: mistakes are to be corrected, the tone is not to be changed. */
export function corrects({ task, instruction }: Pick<Ask, 'task' | 'instruction'>): boolean {
  return (task === 'improve' || task === 'fixGrammar') && instruction === '';
}

function namedTask(task: Task): Exclude<Task, 'custom'> {
  return task === 'custom' ? 'improve' : task;
}

function editWish({ task, instruction }: Ask): EditWish {
  return task === 'custom' ? { leader: instruction } : editWishes[task];
}

function editTurn(wish: string, text: string): ChatTurn {
  return { role: 'user', text: `${wish}: ${text}` };
}

function instruction({ task, instruction }: Ask): string {
  if (task === 'custom') return customPrompt.replace('{instruction}', () => instruction);
  return instruction === ''
    ? instructionPrompts[task]
    : `${instructionPrompts[task]} The writer also wishes: ${instruction}`;
}

function withWish(system: string, { instruction }: Ask): string {
  return instruction === '' ? system : `${system} ${instruction}`;
}
