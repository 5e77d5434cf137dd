import { describe, expect, it } from 'vitest';
import { spellingHabits, spelt } from '../../../server/src/document/spelling.ts';

const respelt = (text: string, document: string): string => spelt(text, spellingHabits(document));

describe('the spelling of a text', () => {
  it.each([
    ['the color of the theater', 'Our neighbours came.', 'the colour of the theatre'],
    ['to organise a defence', 'The colors of the harbor.', 'to organize a defense'],
    ['favorites at Pearl Harbor', 'A grey harbour.', 'favourites at Pearl Harbor'],
    ['they traveled and canceled it', 'The theatre labelled it.', 'they travelled and cancelled it'],
    ['humorous and honorary', 'A grey harbour.', 'humorous and honorary'],
  ])('%j becomes as in %j', (text, document, expected) => {
    expect(respelt(text, document)).toBe(expected);
  });

  it('may be Oxford’s: colour, and organize', () => {
    expect(respelt('realise the color', 'The colour that they organized.')).toBe('realize the colour');
  });

  it('stays where the document says nothing, or both as often', () => {
    expect(respelt('the color', 'They walked home.')).toBe('the color');
    expect(respelt('the color', 'A harbour, a harbor.')).toBe('the color');
  });

  it.each(['promise', 'advise', 'surprise', 'exercise', 'revised', 'size', 'prize', 'rivers', 'metal'])(
    'leaves %s alone, which has one spelling',
    (word) => {
      expect(respelt(word, 'The color was analyzed.')).toBe(word);
      expect(respelt(word, 'The colour was analysed.')).toBe(word);
    },
  );
});
