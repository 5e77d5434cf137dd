import { describe, expect, it } from 'vitest';
import { writeDraft, type DraftRequest } from '../../../server/src/generation/draftWriter.ts';
import type { GenerateOptions, TextModel, WeighOptions } from '../../../server/src/generation/textModel.ts';

/** An editing adapter that answers with this, and prefers it to what `prefers` says. */
function editor(text: string, prefers: (other: string) => boolean): TextModel {
  return {
    adapterFormat: 'edit-1',
    countTokens: (words: string) => words.length,
    generate: () => Promise.resolve({ text, stop: 'end', tokens: 1, firstTokenMs: 1, totalMs: 1 }),
    weigh: ({ others }: WeighOptions) => Promise.resolve(others.map((other) => (prefers(other) ? 3 : -3))),
  } as unknown as TextModel;
}

function asked(source: string, rest: Partial<DraftRequest> = {}): DraftRequest {
  const signal = new AbortController().signal;
  return { turns: [], source, copyFrom: source.trim(), role: 'leader', style: undefined, corrects: true, instruction: '', seed: 1, signal, ...rest }; // prettier-ignore
}

describe('a draft of the editing adapter', () => {
  it('holds what the model prefers, with the space round the text', async () => {
    const model = editor('She goes to an office.', (other) => !other.includes('to office'));
    const source = ' She go to office. \n';
    expect(await writeDraft(model, asked(source))).toMatchObject({
      kind: 'draft',
      text: ' She goes to office. \n',
    });
  });

  it('is unchanged where the model prefers none of its changes to the text, or to the draft before', async () => {
    const model = editor('She goes to an office.', () => false);
    expect(await writeDraft(model, asked('She go to office.'))).toMatchObject({ kind: 'unchanged' });
    const draft = 'She goes to office.';
    const again = asked('She go to office.', { role: 'follower', copyFrom: draft, previous: draft });
    expect(await writeDraft(model, again)).toMatchObject({ kind: 'unchanged' });
  });

  it('is not pieced together of places that change places', async () => {
    const source = 'We has 6 games and 3 players here.';
    const model = editor(
      'We have 3 players and 6 games here.',
      (other) => !other.endsWith('3 players here.'),
    );
    expect(await writeDraft(model, asked(source))).toMatchObject({ kind: 'unchanged' });
  });

  it('keeps all its changes where without one of them a smiley would be gone', async () => {
    const text = 'Thanks, we were happy :)';
    const model = editor(text, (other) => other.endsWith(':)'));
    expect(await writeDraft(model, asked('Thanks :) we was happy'))).toMatchObject({ kind: 'draft', text });
  });
});

it('shows nothing of what a model thinks before it answers', async () => {
  const shown: string[] = [];
  const written = ['<think>', '<think>\nHm.', '<think>\nHm.\n</think>\n\nShe goes.'];
  const model = {
    adapterFormat: null,
    countTokens: (words: string) => words.length,
    generate: ({ onText }: GenerateOptions) => {
      for (const text of written) onText?.(text);
      return Promise.resolve({ text: written.at(-1), stop: 'end', tokens: 1, firstTokenMs: 1, totalMs: 1 });
    },
  } as unknown as TextModel;
  const request = asked('She go.', { onText: (text) => shown.push(text) });
  expect(await writeDraft(model, request)).toMatchObject({ kind: 'draft', text: 'She goes.' });
  expect(shown).toEqual(['She goes.']);
});
