import { describe, expect, it } from 'vitest';
import {
  cutToPart,
  fitIntoSentence,
  streamedPart,
  withoutFullStop,
} from '../../../server/src/document/surroundings.ts';
import { bySentence, findTarget } from '../../../server/src/document/target.ts';
import type { Piece } from '../../../server/src/document/pieces.ts';

/** The pieces of the selection between ⟦ and ⟧, each sentence its own. */
function piecesOf(marked: string): readonly Piece[] {
  const start = marked.indexOf('⟦');
  const end = marked.indexOf('⟧') - 1;
  return bySentence(findTarget(marked.replace(/[⟦⟧]/g, ''), 'markdown', start, end)).pieces;
}

describe('what stands round a selection', () => {
  it('is the rest of its sentence, on both sides', () => {
    expect(piecesOf('We came. I know ⟦that he go⟧ there. They stay.')).toEqual([
      {
        block: 0,
        text: 'that he go',
        around: { before: 'I know ', after: ' there. ' },
        openEnd: false,
      },
    ]);
  });

  it('belongs to the first and the last sentence of several', () => {
    const pieces = piecesOf('We know ⟦that they was late again. That was a bad thing. Nobody are⟧ happy.');
    expect(pieces.map(({ around }) => around)).toEqual([
      { before: 'We know ', after: '' },
      { before: '', after: '' },
      { before: '', after: ' happy.' },
    ]);
  });

  it('is nothing where whole sentences are selected, or the paragraph', () => {
    const none = { before: '', after: '' };
    expect(piecesOf('They was late. ⟦He go home. ⟧They stay.')[0]?.around).toEqual(none);
    expect(piecesOf('⟦They was late.⟧')[0]?.around).toEqual(none);
  });

  it('is what is read, not the marks of the language', () => {
    expect(piecesOf('The **bold ⟦claims was⟧ true** and [it](x) is.')[0]?.around).toEqual({
      before: 'The bold ',
      after: ' true and it is.',
    });
  });

  it('is cut where a sentence has no end', () => {
    const long = 'word '.repeat(500);
    const { before, after } = piecesOf(`${long}⟦he go⟧ ${long}`)[0]!.around; // it has one
    expect(before.split(' ')).toHaveLength(41);
    expect(after.length).toBeLessThan(210);
  });
});

describe('a rewrite of the whole sentence', () => {
  const around = { before: 'I knows ', after: ' because she say so.' };

  it('is cut to the changes within the selection', () => {
    const rewritten = 'I know that he goes to school because she says so.';
    expect(cutToPart('that he go to school', around, rewritten)).toBe('that he goes to school');
  });

  it('changes nothing where it changes only the rest, or across the border', () => {
    expect(cutToPart('that he goes', around, 'I know that he goes because she says so.')).toBe(
      'that he goes',
    );
    expect(cutToPart('that he go', around, 'She says so.')).toBe('that he go');
  });

  it('does not let words in at the border where more than the part changes', () => {
    const around = { before: 'and he ', after: '.' };
    expect(cutToPart('forget his', around, 'and they forget his hat.')).toBe('forget his');
    expect(cutToPart('forget his', around, 'and they forgot his.')).toBe('forgot his');
    expect(cutToPart('forget his', around, 'and he forget his hat.')).toBe('forget his hat');
  });

  it('is all of it where nothing stands round it', () => {
    expect(cutToPart('He go.', { before: '', after: '' }, 'They left.')).toBe('They left.');
  });

  it('is shown without what stands round it while it is written', () => {
    expect(streamedPart('I kn', around)).toBe('');
    expect(streamedPart('I knows that', around)).toBe('that');
    expect(streamedPart('I know that', around)).toBe('I know that');
    expect(streamedPart('I knows that he goes because she s', around)).toBe('that he goes');
  });
});

describe('a part that was rewritten by itself', () => {
  it.each([
    ['That it rained.', 'that it had rained', 'that it rained'],
    ['I rained.', 'i rained', 'I rained'],
    ['That it rained.', 'That it had rained', 'That it rained'],
    ['That it rained.', 'that it had rained.', 'that it rained.'],
  ])('%j stands in the sentence like %j', (rewritten, text, fitted) => {
    expect(fitIntoSentence(rewritten, text, { before: 'We know ', after: ' there.' })).toBe(fitted);
  });
});

describe('an end without a full stop', () => {
  it.each([
    ['# ⟦The plan⟧', true],
    ['- ⟦more tests⟧', true],
    ['- ⟦more tests.⟧', false],
    ['- ⟦We test it. Then that⟧', false],
    ['# ⟦Why that?⟧', false],
    ['⟦Best regard,\nTom⟧', true],
    ['⟦Dear John⟧', true],
    ['⟦We goes home early\nwhen it rains again⟧', false],
    ['⟦We goes home early⟧', false],
  ])('%j: %s', (marked, open) => {
    expect(piecesOf(marked).at(-1)?.openEnd).toBe(open);
  });

  it('loses the one that was written', () => {
    expect(withoutFullStop('The plan.')).toBe('The plan');
    expect(withoutFullStop('The plan. ')).toBe('The plan ');
    expect(withoutFullStop('And so on...')).toBe('And so on...');
    expect(withoutFullStop('Version 2.0')).toBe('Version 2.0');
  });
});
