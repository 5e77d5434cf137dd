import { describe, expect, it } from 'vitest';
import { warmly } from '../../../benchmarks/editor/warmth.ts';

describe('a warmer register by rule', () => {
  it.each([
    ['Send us the form. It is on our website.', "Please send us the form. It's on our website."],
    ['You must submit the report by Friday.', 'Please submit the report by Friday.'],
    ['We cannot answer before Monday.', "Unfortunately, we can't answer before Monday."],
    ['Your request was rejected.', 'Unfortunately, your request was rejected.'],
    ['Thank you for your letter.', 'Thanks so much for your letter.'],
    ['In order to obtain it, utilize the form.', 'To get it, use the form.'],
  ])('%s', (cool, warm) => {
    expect(warmly(cool)).toBe(warm);
  });

  it.each([
    'He knows what it is, and we do.',
    'The send button is blue.',
    'You must be kidding.',
    'They say that they have.',
  ])('leaves alone what means something else: %s', (text) => {
    expect(warmly(text)).toBe(text);
  });
});
