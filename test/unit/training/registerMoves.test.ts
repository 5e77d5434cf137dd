import { describe, expect, it } from 'vitest';
import { registerMoves } from '../../../server/src/training/registerMoves.ts';

describe('register moves', () => {
  it.each([
    ["We don't need kids, but they help.", 'We do not require children; however, they assist.'],
    ['So we got about 20 maps.', 'Therefore, we obtained approximately 20 maps.'],
    ["I'm sure it's big.", 'I am sure it is substantial.'],
  ])('make %j more formal', (text, expected) => {
    expect(registerMoves(text)).toContain(expected);
  });

  it.each([
    ['It is really late, due to the fact that it rained.', 'It is late, because it rained.'],
    ['Of course, they are able to swim (in summer).', 'They can swim.'],
    ['Very often we left in order to eat.', 'Often we left to eat.'],
  ])('make %j shorter', (text, expected) => {
    expect(registerMoves(text)).toContain(expected);
  });

  it('make a formal text casual again', () => {
    expect(registerMoves('We require numerous maps.')).toContain('We need many maps.');
  });

  it('leave alone what has nothing of the kind, words inside words, and other languages', () => {
    for (const text of ['The cat sleeps.', 'Thesaurus, abuse, forget.', 'Der Hund schläft im Garten.'])
      expect(registerMoves(text)).toEqual([]);
  });
});
