import { describe, expect, it } from 'vitest';
import { changesFigure } from '../../../server/src/util/figures.ts';

describe('a figure', () => {
  it.each([
    ['It cost 1.50 dollars.', 'It cost 150 dollars.'],
    ['It cost 1.50 dollars in 2013.', 'It cost 150 dollars.'],
    ['It was 36.6 degrees.', 'It was 366 degrees.'],
    ['It was 36.6 degrees.', 'It was 3.66 degrees.'],
    ['It took 1/2 hour.', 'It took 12 hours.'],
    ['It took 12 hours.', 'It took 1,2 hours.'],
    ['It took 0.125 seconds.', 'It took 125 seconds.'],
    ['It is -5 degrees.', 'It is 5 degrees.'],
    ['It is −5 degrees in 2013.', 'It is 5 degrees.'],
    ['It is 5 degrees (at -7 before).', 'It is 5 degrees (at 7 before).'],
    ['We lost -$5.', 'We lost $5.'],
    ['It is about 3.141 in all.', 'It is about 3141 in all.'],
    ['It is 3.141, not 2.718.', 'It is 3141.'],
    ['It is 12,345.678 km away.', 'It is 12345678 km away.'],
    ['It is 3,141.592 of them.', 'It is 3141592 of them.'],
    ['It is 3 141.592 of them.', 'It is 3141592 of them.'],
    ['It weighs 1.250, 4.5 with it.', 'It weighs 1250, 4.5 with it.'],
  ])('is another: %s → %s', (from, to) => expect(changesFigure(from, to)).toBe(true));

  it.each([
    ['It cost 10 000 dollars.', 'It cost 10,000 dollars.'],
    ['It cost 1.234.567,50 euros.', 'It cost 1,234,567.50 euros.'],
    ['It cost 1500 dollars.', 'It cost 1,500 dollars.'],
    [`He is 5'10" and has 3 cats.`, 'He is 5 feet 10 inches and has three cats.'],
    ['It is 12,345.678 km away.', 'It is 12345.678 km away.'],
    ['It cost 10.000 dollars.', 'It cost 10,000 dollars.'],
    ['It cost 10.000 dollars in 2013.', 'It cost 10,000 dollars.'],
    ['It cost 10,000 dollars.', 'It cost 10000 dollars.'],
    ['It cost 1.234.567 euros.', 'It cost 1234567 euros.'],
    ['It was 36,6 degrees in 2013.', 'It was 36.6 degrees.'],
    ['It is -5 degrees.', 'It is minus 5 degrees.'],
    ['It is -5 degrees.', 'It is –5 degrees.'],
    ['Read pages 5 -10 of it.', 'Read pages 5–10 of it.'],
    ['Read pages 5-10 of it.', 'Read pages 5 to 10 of it.'],
    ['The COVID -19 pandemic.', 'The COVID-19 pandemic.'],
    ['There was two dogs -5 and 7 years old.', 'There were two dogs - 5 and 7 years old.'],
    ['I have 2,3 dogs.', 'I have 2, 3 dogs.'],
    ['We met in room 12 100 times.', 'We met in room 12, 100 times.'],
    ['We meet at 10.30 of 12/5.', 'We meet at 10:30 on 12/5.'],
    ['Call 555-1234 at 5:00.', 'Call 555 1234 at 5.'],
  ])('is the same: %s → %s', (from, to) => expect(changesFigure(from, to)).toBe(false));
});

it('that the wish names may stand in a range', () => {
  expect(changesFigure('We need 5-8 chairs.', 'We need 5-10 chairs.', 'make it 10')).toBe(false);
  expect(changesFigure('We need 5-8 chairs.', 'We need 5-10 chairs.', 'make it 9')).toBe(true);
});
