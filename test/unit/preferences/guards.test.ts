import { describe, expect, it } from 'vitest';
import { guardCandidate, guardCap, type GuardName } from '../../../server/src/preferences/guards.ts';

const original =
  'The committee did not publish the 12 results of the long study because several members asked for more time.';

const damaged: Record<GuardName, string> = {
  empty: ' . ',
  preamble: `Here is a revised version: ${original}`,
  chatter: `${original} Let me know if you need anything else!`,
  markup: `${original}<|im_end|>`,
  quoted: `"${original}"`,
  loop: 'The committee did not The committee did not The committee did not The committee did not',
  language:
    'Le comité a décidé de reporter la publication des résultats, car les membres ne sont pas encore prêts.',
  unrelated:
    'Our kitchen garden grows fine tomatoes when rain falls early during warm summer weeks every year.',
  exploded: `${original} ${original.replace('committee', 'panel')} ${original.replace('study', 'trial')}`,
  collapsed: 'The committee waited.',
  truncated: 'The committee did not publish the 12 results of the long study because',
  cutShort: original.slice(0, -8),
  lines: original.replace(' because', '\nbecause'),
  question: original.replace(/\.$/, '?'),
  remark: `${original} That is a pity for everyone.`,
  filler: `It should be noted that ${original}`,
  scrambled: original.split(' ').toReversed().join(' '),
  shouting: original.toUpperCase(),
  number: original.replace('12', '17'),
  negation: original.replace('did not publish', 'did publish'),
  misspelling: original.replace('members', 'mebmers'),
};

describe('guards', () => {
  for (const [guard, text] of Object.entries(damaged)) {
    it(`trips "${guard}" on a text damaged that way`, () => {
      const trips = guardCandidate(original, text, { misspelt: (word) => word === 'mebmers' });
      expect(trips.map((trip) => trip.guard)).toContain(guard);
      expect(guardCap(trips)).toBeLessThanOrEqual(0.1);
    });
  }

  it('lets a copy and a plain improvement pass', () => {
    expect(guardCandidate(original, original)).toEqual([]);
    expect(guardCandidate(original, original.replace('asked for', 'wanted'))).toEqual([]);
  });

  it('does not blame a candidate for what the original already has', () => {
    const note = 'Note: I hope this helps you to find the file that we have been looking for all day.';
    expect(guardCandidate(note, note.replace('find', 'locate'))).toEqual([]);
  });

  it.each([
    [
      'I dont know why he cant come and she didnt call.',
      "I don't know why he can't come and she didn't call.",
    ],
    ["She don't know nothing about the plan.", "She doesn't know anything about the plan."],
    ["We didn't never give nobody nothing for it.", "We didn't ever give anybody anything for it."],
    ['Nobody knows nothing about the plan.', 'Nobody knows anything about the plan.'],
    ['We mustnt touch the cable in the hall.', "We mustn't touch the cable in the hall."],
    ['can you send me the file', 'Can you send me the file?'],
    ['wat time is the metting', 'What time is the meeting?'],
  ])('lets a correction pass: %s', (wrong, right) => {
    expect(guardCandidate(wrong, right)).toEqual([]);
  });

  it.each([
    [
      'He did not say that he never came to the meeting.',
      'He did not say that he came to the meeting.',
      'negation',
    ],
    ["He didn't say he never came to the meeting.", "He didn't say he came to the meeting.", 'negation'],
    ['I dont know why he came to the meeting.', 'I know why he came to the meeting.', 'negation'],
    ['No news of the meeting is no problem.', 'No news of the meeting is a problem.', 'negation'],
    ['I never said no to the offer they made.', 'I said no to the offer they made.', 'negation'],
    ['We would not take no for an answer then.', 'We would take no for an answer then.', 'negation'],
    ['You should not do nothing about all of it.', 'You should do nothing about all of it.', 'negation'],
    ['They said no to the plan of the office.', 'They never said no to the plan of the office.', 'negation'],
    ['We mustnt touch the cable in the hall.', 'We must touch the cable in the hall.', 'negation'],
    ['You will pay the bill', 'You will pay the bill?', 'question'],
    ['Please send it to me', 'Please send it to me?', 'question'],
    ['We can meet here on Monday.', 'We can meet here on Monday?', 'question'],
    ['we can meet here on Monday', 'Can we meet here on Monday?', 'question'],
  ])('trips on a change of what is said: %s', (original, changed, guard) => {
    expect(guardCandidate(original, changed).map((trip) => trip.guard)).toEqual([guard]);
  });
});
