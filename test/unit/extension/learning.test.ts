import { describe, expect, it } from 'vitest';
import { learningItems } from '../../../extension/src/learning/learningMenu.ts';
import { inEnglish } from '../../../extension/src/messages/translate.ts';
import { nextLearning, weeksOf } from '../../../media/dashboard/overview.ts';
import { trainingLine } from '../../../media/dashboard/words.ts';

describe('the status menu', () => {
  it.each([
    ['idle', ['trainNow']],
    ['running', ['pauseLearning', 'cancelLearning']],
    ['paused', ['resumeLearning', 'cancelLearning']],
  ] as const)('offers what can be done while learning is %s', (state, names) => {
    expect(learningItems(state, inEnglish).map(({ name }) => name)).toEqual(names);
  });
});

describe('the status menu beside a window that learns', () => {
  it('offers what can be asked of that window, as that window’s', () => {
    const items = learningItems('elsewhere', inEnglish);
    expect(items.map(({ name }) => name)).toEqual(['pauseLearning', 'resumeLearning', 'cancelLearning']);
    for (const { label } of items) expect(label).toMatch(/in the Other Window$/);
  });
});

it('the dashboard counts weeks without decisions too', () => {
  expect(weeksOf(['2026-05-20', '2026-05-06', '2026-05-07'])).toEqual([
    '2026-05-04',
    '2026-05-11',
    '2026-05-18',
  ]);
  expect(weeksOf(['1970-01-05', '2026-05-04'])).toHaveLength(2); // a clock that was wrong
  expect(weeksOf([])).toEqual([]);
});

describe('the dashboard’s sentence on the next learning', () => {
  it.each([
    ['automatic', 8, '8 more decisions about rewrites until the next learning.'],
    ['manual', 1, '1 more decision about rewrites until the next learning.'],
    [
      'automatic',
      0,
      'Enough new decisions to learn from: learning starts by itself when you pause for five minutes on mains power, or now with Train Now.',
    ],
    ['manual', 0, 'Enough new decisions to learn from: learn with Train Now.'],
    ['off', 0, 'Learning is off in your settings.'],
    ['off', 8, 'Learning is off in your settings.'],
  ] as const)('suits the setting %s with %d missing', (train, missingDecisions, sentence) => {
    expect(nextLearning({ train, missingDecisions, notBefore: null, onBattery: false })).toBe(sentence);
  });

  it('says from when on it may begin by itself, and whether the battery is enough', () => {
    const sentence = nextLearning({
      train: 'automatic',
      missingDecisions: 0,
      notBefore: new Date(2026, 4, 6, 14, 5).getTime(),
      onBattery: true,
    });
    expect(sentence).toMatch(/when you pause for five minutes, but not before May 6, 2026, 2:05\sPM, or now/);
  });

  it('says that a server can’t be taught', () => {
    const facts = { missingDecisions: 0, notBefore: null, onBattery: false } as const;
    expect(nextLearning({ train: 'server', ...facts })).toMatch(/^A server writes/);
  });
});

it('the dashboard’s line on learning says that another window learns', () => {
  expect(trainingLine({ state: 'elsewhere' })).toBe('Another window is learning.');
});
