import { describe, expect, it } from 'vitest';
import type { CandidateId, Task } from '../../../server/protocol/common.ts';
import { findTarget } from '../../../server/src/document/target.ts';
import type { GenerateOptions, TextModel } from '../../../server/src/generation/textModel.ts';
import { refine } from '../../../server/src/lsp/refiner.ts';

/** A model that knows these rewrites and repeats everything else. */
function modelOf(rewrites: Readonly<Record<string, string>>): { model: TextModel; asked: string[] } {
  const asked: string[] = [];
  const generate = ({ copyFrom = '', onText }: GenerateOptions) => {
    asked.push(copyFrom);
    const text = rewrites[copyFrom] ?? copyFrom;
    onText?.(text);
    return Promise.resolve({ text, stop: 'end', firstTokenMs: 1, totalMs: 2, tokens: 3 });
  };
  const model = {
    sizeClass: 'small',
    adapterFormat: null,
    countTokens: (text: string) => text.length,
    generate,
  };
  return { model: model as unknown as TextModel, asked };
}

async function refined(marked: string, rewrites: Readonly<Record<string, string>>, task: Task = 'improve') {
  const { model, asked } = modelOf(rewrites);
  const text = marked.replace(/[⟦⟧]/g, '');
  const written: string[] = [];
  let ids = 0;
  const { candidates, outcome } = await refine(model, {
    target: findTarget(text, 'markdown', marked.indexOf('⟦'), marked.indexOf('⟧') - 1),
    task,
    instruction: '',
    rounds: 1,
    seed: 1,
    signal: new AbortController().signal,
    newId: () => String(ids++) as CandidateId,
    onWriting: (_, __, draft) => written.push(draft),
    onCandidate: () => undefined,
    onRole: () => undefined,
  });
  return { texts: candidates.map((candidate) => candidate.text), outcome, asked, written };
}

describe('a part of a sentence', () => {
  it('is asked about within its sentence, and only the part changes', async () => {
    const { texts, asked, written } = await refined('I knows ⟦that he go⟧ home.', {
      'I knows that he go home.': 'I knows that he goes home.',
      'I knows that he goes home.': 'I know that she goes home.',
    });
    expect(asked).toEqual(['I knows that he go home.', 'I knows that he goes home.']);
    expect(texts).toEqual(['that he goes', 'that she goes']);
    expect(written[0]).toBe('that he goes');
  });

  it('is asked about by itself where a wish turns the rest of the sentence round, not where that is corrected', async () => {
    const rewrites = {
      'I knows that he had went home.': 'I know that he had went home.',
      'that he had went': 'That he went.',
    };
    const wished = await refined('I knows ⟦that he had went⟧ home.', rewrites, 'shorten');
    expect(wished.asked.slice(0, 2)).toEqual(['I knows that he had went home.', 'that he had went']);
    expect(wished.texts).toEqual(['that he went']);
    const corrected = await refined('I knows ⟦that he had went⟧ home.', rewrites);
    expect(corrected.asked).toEqual(['I knows that he had went home.']);
    expect(corrected.outcome).toBe('nothingToImprove');
  });

  it('is left alone where nothing in it changes', async () => {
    const { texts, outcome } = await refined('I knows ⟦that he went⟧ home.', {
      'I knows that he went home.': 'I know that he went home.',
    });
    expect(texts).toEqual([]);
    expect(outcome).toBe('nothingToImprove');
  });
});

it('gives a heading no full stop', async () => {
  const rewrites = { 'The plan for next weeks': 'The plan for next week.', 'The plan': 'The plan.' };
  expect((await refined('# ⟦The plan for next weeks⟧', rewrites)).texts).toEqual(['The plan for next week']);
  expect((await refined('# ⟦The plan⟧', rewrites)).outcome).toBe('nothingToImprove');
});

it('asks about a sentence that is written without spaces', async () => {
  const { texts, asked } = await refined('⟦我昨天去图书馆借三本书。⟧', {
    '我昨天去图书馆借三本书。': '我昨天去图书馆借了三本书。',
  });
  expect(asked[0]).toBe('我昨天去图书馆借三本书。');
  expect(texts).toEqual(['我昨天去图书馆借了三本书。']);
});
