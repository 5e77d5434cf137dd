import { describe, expect, it } from 'vitest';
import {
  followerTurns,
  heeded,
  leaderTurns,
  otherLeaderTurns,
  promptFormat,
  type PromptFormat,
  wishStyle,
} from '../../../server/src/generation/prompts.ts';
import type { Task } from '../../../server/protocol/common.ts';

const tasks: readonly Task[] = [
  'improve',
  'shorten',
  'clarify',
  'fixGrammar',
  'formal',
  'friendly',
  'custom',
];
const formats: readonly PromptFormat[] = ['fewShot', 'instructions', 'edit-1'];
const ask = (task: Task, instruction = task === 'custom' ? 'as a haiku' : '') => ({
  task,
  instruction,
  text: 'She go home.',
});

describe('prompts', () => {
  it('follow the model: examples for tiny ones, instructions for larger ones, the adapter’s own format before both', () => {
    expect(promptFormat({ sizeClass: 'tiny', adapterFormat: null })).toBe('fewShot');
    expect(promptFormat({ sizeClass: 'small', adapterFormat: null })).toBe('instructions');
    expect(promptFormat({ sizeClass: 'large', adapterFormat: 'edit-1' })).toBe('edit-1');
  });

  for (const format of formats) {
    it.each(tasks)(`end with the writer’s text, unchanged (${format}, %s)`, (task) => {
      const last = leaderTurns(format, ask(task)).at(-1);
      expect(last?.role).toBe('user');
      expect(last?.text.endsWith('She go home.')).toBe(true);
    });

    const inTurns = tasks.filter((task) => format !== 'edit-1' || task !== 'improve');
    it.each(inTurns)(`show the follower the draft as an answer, and ask again (${format}, %s)`, (task) => {
      const turns = followerTurns(format, ask(task), 'She goes home.');
      expect(turns.at(-2)).toEqual({ role: 'assistant', text: 'She goes home.' });
      expect(turns.at(-1)?.text).toContain('Improve it.');
      expect(turns.filter(({ text }) => text === 'She goes home.')).toHaveLength(1);
    });
  }

  it('have a fixed beginning for each task, which the cache keeps', () => {
    for (const task of tasks) {
      const beginning = (text: string) => leaderTurns('fewShot', { ...ask(task), text }).slice(0, -1);
      expect(beginning('One.')).toEqual(beginning('Another one.'));
    }
  });

  it('carry the writer’s own wish in words', () => {
    for (const format of formats) {
      expect(JSON.stringify(leaderTurns(format, ask('custom', 'for a child')))).toContain('for a child');
    }
    expect(JSON.stringify(leaderTurns('instructions', ask('improve', 'British spelling')))).toContain(
      'British spelling',
    );
  });

  it('are the very format in which the editing adapter was trained', () => {
    expect(leaderTurns('edit-1', ask('fixGrammar'))).toEqual([
      { role: 'user', text: 'Fix the grammar: She go home.' },
    ]);
    expect(followerTurns('edit-1', ask('shorten'), 'She goes.')).toEqual([
      { role: 'user', text: 'Make it shorter: She go home.' },
      { role: 'assistant', text: 'She goes.' },
      { role: 'user', text: 'Improve it.' },
    ]);
  });

  it('name a ready style for the wishes that have one, which only an editing adapter comes with', () => {
    const styles = (['shorten', 'formal', 'friendly', 'improve', 'custom'] as const).map((task) =>
      wishStyle('edit-1', ask(task)),
    );
    expect(styles).toEqual(['brief', 'formal', 'friendly', undefined, undefined]);
    expect(wishStyle('instructions', ask('shorten'))).toBeUndefined();
  });

  it('share improving between leader and follower of an editing adapter: one corrects, the other improves', () => {
    const improve = ask('improve');
    expect(leaderTurns('edit-1', improve)).toEqual([{ role: 'user', text: 'Fix the grammar: She go home.' }]);
    expect(followerTurns('edit-1', improve, 'She goes.')).toEqual([
      { role: 'user', text: 'Improve it: She goes.' },
    ]);
  });

  it('ask the leader of an editing adapter once more to improve what needs no correction, and nobody else', () => {
    expect(otherLeaderTurns('edit-1', ask('improve'))).toEqual([
      { role: 'user', text: 'Improve it: She go home.' },
    ]);
    for (const format of formats) {
      for (const task of tasks) {
        if (format === 'edit-1' && task === 'improve') continue;
        expect(otherLeaderTurns(format, ask(task))).toBeNull();
      }
    }
  });

  it('leave a standing instruction to models that can follow one', () => {
    expect(heeded('instructions', 'improve', 'Use British spelling.')).toBe('Use British spelling.');
    expect(heeded('edit-1', 'improve', 'Use British spelling.')).toBe('');
    expect(heeded('edit-1', 'custom', 'Make it rhyme')).toBe('Make it rhyme');
  });

  it('take a wish with special signs as it is', () => {
    expect(JSON.stringify(leaderTurns('instructions', ask('custom', 'use $& and $1')))).toContain(
      'use $& and $1',
    );
  });
});
