import { describe, expect, it } from 'vitest';
import { sentences } from '../../../server/src/document/sentences.ts';

describe('sentences', () => {
  it.each([
    ['end with their marks', ['She goes. ', 'Does he? ', 'No!']],
    ['go on behind an abbreviation', ['Dr. Smith, e.g. Mr. Jones, came. ', 'We left.']],
    ['go on behind a question that they quote', ['He asked: "What is it?" and left at 5 pm. ', 'We stayed.']],
    ['go on behind an exclamation in brackets', ['The prize (a car!) was gone. ', 'Too bad.']],
    [
      'end with a quotation where the next begins with a capital',
      ['He asked: "What is it?" ', 'Nobody knew.'],
    ],
    ['end behind a question, also where the next begins in lower case', ['really? ', 'i did not know.']],
    ['end with a line', ['He asked: "What?"\n', 'and so on']],
  ])('%s', (_, expected) => expect(sentences(expected.join(''))).toEqual(expected));
});
