import { describe, expect, it } from 'vitest';
import { learningItems } from '../../../extension/src/learningMenu.ts';
import { inEnglish } from '../../../extension/src/translate.ts';
import { nextLearning } from '../../../media/dashboard/overview.ts';
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
    expect(nextLearning({ train, missingDecisions })).toBe(sentence);
  });
});

it('the dashboard’s line on learning says that another window learns', () => {
  expect(trainingLine({ state: 'elsewhere' })).toBe('Another window is learning.');
});
