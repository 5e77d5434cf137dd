import { describe, expect, it } from 'vitest';
import { formally } from '../../../benchmarks/editor/register.ts';

describe('a formal register by rule', () => {
  it.each([
    ["We use it, and they don't.", 'We utilize it, and they do not.'],
    ["It's about 20 miles.", 'It is approximately 20 miles.'],
    ['But the page was empty.', 'However, the page was empty.'],
    ['Make sure that many people can help with it.', 'Ensure that numerous people can assist with it.'],
  ])('%s', (plain, formal) => {
    expect(formally(plain)).toBe(formal);
  });

  it.each([
    'In her later use of the word, we used to talk about it.',
    'She needs to read the show notes, but so far nobody came.',
    'How many of them are there?',
  ])('leaves words alone that mean something else there: %s', (text) => {
    expect(formally(text)).toBe(text);
  });
});
