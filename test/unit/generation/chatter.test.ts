import { describe, expect, it } from 'vitest';
import { stripPreamble } from '../../../server/src/generation/unwrap.ts';
import { isChatter } from '../../../server/src/generation/chatter.ts';
import { clean, source } from '../../support/cleaning.ts';

describe('talk about the text', () => {
  it.each([
    "I'm sorry, I can't help with that.",
    'As an AI, I see no mistakes.',
    'Note: the verb was wrong.',
    'This sentence is correct.',
    'Fine<|im_end|>',
  ])('is refused: %s', (text) => expect(isChatter(text, source)).toBe(true));
  it('is fine where the writer talks so', () =>
    expect(isChatter("I'm sorry that I am late.", "I'm sorry that I was late.")).toBe(false));
  it.each([
    ['Let me know when you arrive.', 'Let we know when you arrive.', false],
    ['This sentence is hard to read.', 'This sentance is hard to read.', false],
    ['This sentence is already correct.', 'This letter was wrote by him.', true],
  ])('may be what the source says: %s', (text, from, refused) => expect(isChatter(text, from)).toBe(refused));
});

describe('a sentence that begins as a chatting model does', () => {
  it.each([
    ['I cant come to the party tomorow.', "I can't come to the party tomorrow."],
    ['I can not come to the party.', 'I cannot come to the party.'],
    ['Im sorry to hear about you dog.', "I'm sorry to hear about your dog."],
    ['I hope these email find you well.', 'I hope this email finds you well.'],
    ['Please provides the documents until Friday.', 'Please provide the documents by Friday.'],
    ['this sentences is too long.', 'This sentence is too long.'],
    [
      'Heres the list of things that we needs to buy: milk and butter.',
      "Here's the list of things that we need to buy: milk and butter.",
    ],
    [
      'Hear are the things we needs from the shop: butter and bread.',
      'Here are the things we need from the shop: butter and bread.',
    ],
    [
      'The more better options is these: the butter and bread.',
      'The better options are these: the butter and bread.',
    ],
    ['sorry but I cant come to the party', "I'm sorry, but I can't come to the party."],
    ['cant make it today, got a meeting', 'I cannot make it today because I have a meeting.'],
    ['If you have question let me know.', 'Let me know if you have questions.'],
    ['You must provide your name.', 'Please provide your name.'],
    ['Hi Ann, Im sorry for come late.', "I'm sorry for the delay, Ann."],
    ['sorry but I cant help with that', "I'm sorry, but I can't help with that."],
  ])('is corrected: %s', (wrong, right) => {
    expect(clean(right, wrong)).toEqual({ ok: true, text: right });
  });
});

describe('a model that chats', () => {
  it.each([
    ['Your idea is good, and we want it.', 'Your sentence is grammatically correct.'],
    ['I has a question.', "I can't answer that question."],
    ['I has two cat.', 'I would be happy to help.'],
    ['Note the time that you needs.', 'Note: I corrected the sentence.'],
    ['sorry i am late with my homework, can you helps me', "I'm sorry, but I can't help with that."],
    ['sorry but I cant come to the party', "I'm sorry, but I can't help with that."],
    ['You must provide your name.', 'Please provide the text you want me to correct.'],
    ['The text I want to correct are this.', 'Please provide the text you want me to correct.'],
    ['If you have question let me know.', 'Let me know if you need anything else.'],
    ['She say yes to him.', 'She said yes to him.<|im_end|>'],
    ['Look in to whoever can help with it.', "I'm sorry, but I can't help with that."],
  ])('is not shown, though the source begins with the same word: %s', (wrong, chat) => {
    expect(clean(chat, wrong)).toEqual({ ok: false, refusal: 'chatter' });
  });
  it('has its preamble taken off where the source has a colon too', () => {
    const right = 'Meet me tomorrow: it is urgent.';
    expect(stripPreamble(`Here is the corrected sentence: ${right}`, 'Meet me tomorow: it is urgent.')).toBe(
      right,
    );
  });
});
