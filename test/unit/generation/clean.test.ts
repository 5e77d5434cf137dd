import { describe, expect, it } from 'vitest';
import {
  cleanDraft,
  dropRepeats,
  isChatter,
  stripFences,
  stripPreamble,
  stripQuotes,
  withoutThinking,
} from '../../../server/src/generation/clean.ts';

const source = 'She go to the office every days and he forget his keys.';
const good = 'She goes to the office every day and he forgets his keys.';
const clean = (text: string, of = source, previous?: string) =>
  cleanDraft({ text, stop: 'end' }, of, { previous });

describe('a fence round the whole', () => {
  it('is taken off', () => expect(stripFences(`\`\`\`text\n${good}\n\`\`\``, source)).toBe(good));
  it('stays where the source has one', () => {
    const fenced = '```js\nlet a = 1;\n```';
    expect(stripFences(fenced, fenced)).toBe(fenced);
  });
  it('stays where it is round a part only', () => {
    const part = `${good}\n\`\`\`\ncode\n\`\`\``;
    expect(stripFences(part, source)).toBe(part);
  });
});

describe('what a model thinks first', () => {
  it.each(['<think>\n\n</think>\n\n', '\n<think>\nIt says "go".\n</think>\n', 'It says "go".\n</think>\n\n'])(
    'is taken off: %j',
    (thought) => {
      expect(withoutThinking(thought + good)).toBe(good);
      expect(clean(thought + good)).toEqual({ ok: true, text: good });
    },
  );
  it('is nothing yet while it goes on', () => {
    expect(withoutThinking('<think>\nIt says "go".')).toBe('');
  });
  it('stays where the writer writes of it', () => {
    const own = 'The tag </think> end the thought.';
    expect(clean('The tag </think> ends the thought.', own)).toMatchObject({ ok: true });
  });
});

describe('a chatty opening', () => {
  it.each([
    'Sure! Here is the improved version: ',
    'Here’s the corrected sentence: ',
    'The revised text: ',
    'Certainly, here are the changes:\n',
    'Improved version: ',
  ])('is taken off: %s', (opening) =>
    expect(stripPreamble(`${opening.replace('’', "'")}${good}`, source)).toBe(good),
  );
  it('stays where the source begins so', () => {
    const own = 'Here is the improved version: we ship on Monday.';
    expect(stripPreamble(own, own)).toBe(own);
  });
  it('leaves a sentence with a colon alone', () => {
    const sentence = 'We need three things: time, money and luck.';
    expect(stripPreamble(sentence, source)).toBe(sentence);
  });
});

describe('an announcement of the writer', () => {
  it.each([
    ['This are the results: Ann and Bob has won.', 'Here are the results: Ann and Bob have won.'],
    ['A better way are this: we go home.', 'The better way is this: we go home.'],
    ['My opinion is: we should goes.', 'Here is my opinion: we should go.'],
    [
      'Output of the program are wrong and nobody know it.',
      'Output: the program is wrong and nobody knows it.',
    ],
    ['I tells you my plan, we go home.', 'Here is my plan: we go home.'],
  ])('stays: %s', (wrong, right) => expect(clean(right, wrong)).toEqual({ ok: true, text: right }));
  it.each([
    ['Please sends the corrected file to all of us.', 'Please send the revised file to all of us.'],
    ['My plan: we goes home.', 'My plan: we go home.'],
  ])('is not what a model says of such a text: %s', (wrong, right) =>
    expect(clean(`Here is the corrected sentence: ${right}`, wrong)).toEqual({ ok: true, text: right }),
  );
});

describe('what a model puts round its answer', () => {
  it.each([
    `${good}\nExplanation: "go" is wrong.`,
    `${good}\n\n**Changes made:**\n- "go" is "goes"`,
    `Corrected: ${good}`,
    `**Corrected version:**\n\n${good}`,
    `**Revised sentence**: ${good}`,
    `Sure! ${good}`,
    `Of course! Here is the corrected text:\n\n**${good}**\n\nI changed the verbs.`,
    `Here is the corrected text:\n\`\`\`\n${good}\n\`\`\``,
    `**${good}**`,
    `**"${good}"**`,
    `${good} (I changed "go" to "goes".)`,
    `${good} (Corrected the verbs.)`,
    `Original: ${source}\nCorrected: ${good}`,
    `Original text:\n${source}\n\nCorrected text:\n${good}`,
  ])('is taken off: %j', (answer) => expect(clean(answer)).toEqual({ ok: true, text: good }));
  it.each([
    ['We meets. Note: bring a pens.', 'We meet.\nNote: bring a pen.', 'We meet. Note: bring a pen.'],
    ['It work. Noet: bring a pens.', 'It works.\nNote: bring a pen.', 'It works. Note: bring a pen.'],
    ['Sure, I comes to you.', 'Sure! I will come to you.', 'Sure! I will come to you.'],
    ['Ofcourse I comes to you.', 'Of course! I will come to you.', 'Of course! I will come to you.'],
    [
      'Answers the questions: who are he?',
      'Answer the question: who is he?',
      'Answer the question: who is he?',
    ],
    ['**It work now.**', '**It works now.**', '**It works now.**'],
    [
      'It is done, I change the name.',
      'It is done (I changed the name).',
      'It is done (I changed the name).',
    ],
  ])("stays where it is the writer's: %s", (wrong, answer, right) =>
    expect(clean(answer, wrong)).toEqual({ ok: true, text: right }),
  );
  it.each([
    ['Sure!', 'We ensures that it work.', 'We ensure that it works.'],
    [
      'Original: The fact is that the public will benefits.\nCorrected:',
      'The fact is that the public will benefits.',
      'The public will benefit.',
    ],
  ])('is taken off where the source has letters or words of it: %s', (opening, wrong, right) =>
    expect(clean(`${opening} ${right}`, wrong)).toEqual({ ok: true, text: right }),
  );
  it.each([
    ['This explain all of it :)', 'This explains all of it :)', '\nExplanation: "explain" is wrong.'],
    ['My diet has change a lots.', 'My diet has changed a lot.', ' (I changed "lots" to "lot".)'],
    ['Channing go to the office.', 'Channing goes to the office.', ' (I changed the verb.)'],
  ])('is cut behind it where the source has letters or words of it: %s', (wrong, right, remark) =>
    expect(clean(right + remark, wrong)).toEqual({ ok: true, text: right }),
  );
  it('is taken off a text of several lines too', () => {
    const lines = 'Dear Ann,\nthank you for you letter.\nYours, Bob';
    const right = 'Dear Ann,\nthank you for your letter.\nYours, Bob';
    const answer = `Sure!\n\n**Corrected text:**\n${right}\n\nNote: "you" is a pronoun.`;
    expect(clean(answer, lines)).toEqual({ ok: true, text: right });
  });
});

describe('quotation marks round the whole', () => {
  it.each([
    ['"', '"'],
    ['“', '”'],
    ['«', '»'],
    ["'", "'"],
  ])('%s…%s are taken off', (open, close) => {
    expect(stripQuotes(`${open}${good}${close}`, source)).toBe(good);
  });
  it('stay where the source has them', () =>
    expect(stripQuotes(`"${good}"`, `"${source}"`)).toBe(`"${good}"`));
  it('stay where they only begin and end quotations inside', () => {
    const two = '"Come," she said, "now."';
    expect(stripQuotes(two, 'Come, she said, now.')).toBe(two);
  });
});

describe('a repeated sentence', () => {
  it('is said once', () => expect(dropRepeats(`${good} ${good}`, source)).toBe(good));
  it('is repeated where the source repeats it', () => {
    const twice = 'Stop it. Stop it.';
    expect(dropRepeats(twice, twice)).toBe(twice);
  });
});

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

describe('a draft', () => {
  it('is shown as it is when nothing is wrong with it', () =>
    expect(clean(good)).toEqual({ ok: true, text: good }));
  it('keeps the space round the source', () =>
    expect(clean(good, `  ${source}\n`)).toEqual({ ok: true, text: `  ${good}\n` }));
  it('of one line stays one line, without what is explained below', () => {
    expect(
      clean(`She goes to the office every day\nand he forgets his keys.\n\nI changed the verbs.`),
    ).toEqual({ ok: true, text: good });
  });
  it('keeps its lines where the source has lines', () => {
    const lines = 'Dear Ann,\nthank you for you letter.\nYours, Bob';
    const answer = 'Dear Ann,\nthank you for your letter.\nYours, Bob';
    expect(clean(answer, lines)).toEqual({ ok: true, text: answer });
  });
  it.each([
    ['unfinished', () => cleanDraft({ text: good, stop: 'length' }, source)],
    ['empty', () => clean('  \n')],
    ['identical', () => clean(source)],
    ['identical', () => clean(good, source, good)],
    ['chatter', () => clean('I hope this helps!')],
    ['unrelated', () => clean('Penguins swim under thick Antarctic icebergs looking for krill.')],
    [
      'tooLong',
      () =>
        clean(
          `${good} ${'And then something else happened that nobody asked for. '.repeat(1)}${'x'.repeat(200)}`,
        ),
    ],
  ])('is refused as %s', (refusal, of) => expect(of()).toEqual({ ok: false, refusal }));
});

describe('paragraphs of an answer to one line', () => {
  const two =
    'The first test have failed on Monday. The second test run without errors and nobody knows why.';
  it.each([
    [
      two,
      'The first test failed on Monday.\n\nThe second test runs without errors and nobody knows why.',
      'The first test failed on Monday. The second test runs without errors and nobody knows why.',
    ],
    ['Hi Bob, the server were down.', 'Hi Bob,\n\nThe server was down.', 'Hi Bob, The server was down.'],
    [
      'I hasnt. My diet still the same.',
      "I haven't.\n\nMy diet is the same.",
      "I haven't. My diet is the same.",
    ],
    [
      'We kept the search in the backlog. At time it come to release it, it was not present and so on.',
      'So we kept the search in the backlog.\n\nWhen it came to release it, it was not present.',
      'So we kept the search in the backlog. When it came to release it, it was not present.',
    ],
    ['We was late. So we runs.', 'We were late.\n\nSo we ran.', 'We were late. So we ran.'],
  ])('are joined where they go on with it: %s', (wrong, answer, right) =>
    expect(clean(answer, wrong)).toEqual({ ok: true, text: right }),
  );
  it.each([
    ['She say yes to him.', 'Sure!\n\nShe said yes to him.', 'She said yes to him.'],
    ['You say yes to him.', 'Here you go!\n\nYou said yes to him.', 'You said yes to him.'],
    ['Your dog are here.', 'Sure!\n\nYour text, corrected\n\nYour dog is here.', 'Your dog is here.'],
  ])('are left out where they only open the answer: %s', (wrong, answer, right) =>
    expect(clean(answer, wrong)).toEqual({ ok: true, text: right }),
  );
  it.each([
    'I changed "go" to "goes" and "forget" to "forgets".',
    '"days" is "day" here.',
    'He goes to the office every day and forgets his keys.',
    'Let me know if there is anything else!',
  ])('are left out where they explain it or say it again: %s', (more) =>
    expect(clean(`${good}\n\n${more}`)).toEqual({ ok: true, text: good }),
  );
  it('are the first one where none is of the source', () => {
    expect(clean('Women agree.\n\nMen too.', 'She say yes.')).toEqual({ ok: true, text: 'Women agree.' });
  });
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

describe('a figure', () => {
  const report = 'In 2013 it had nearly 10 million page views, 5 of 100 from phones.';
  const change = (from: string, to: string): string => report.replace(from, to);
  it.each([
    ['10 million', '10,000'],
    ['2013', '2003'],
    ['5 of 100', '5 of 1,000'],
    ['5 of 100', '5 of 5'],
  ])('is never another: %s → %s', (from, to) => {
    expect(clean(change(from, to), report)).toEqual({ ok: false, refusal: 'figure' });
  });
  it.each([
    ['5 of 100', 'five of a hundred'],
    ['In 2013 it', 'It'],
    ['million', 'million (10)'],
  ])('may be left out, written in words or said again: %s → %s', (from, to) => {
    expect(clean(change(from, to), report)).toMatchObject({ ok: true, text: change(from, to) });
  });
  it('may be written in another way', () => {
    expect(clean('At 5:00 we have 10,000 maps.', 'At 5 we has 10 000 maps.')).toMatchObject({ ok: true });
  });
  it('stays where it is changed among other changes, which are kept', () => {
    const source = 'They was 24 players and him won the 3 games.';
    expect(clean('They were 42 players and he won the 3 games.', source)).toEqual({
      ok: true,
      text: 'They were 24 players and he won the 3 games.',
    });
    expect(clean('They were 24 players and he won the 1 game.', source)).toMatchObject({
      text: 'They were 24 players and he won the 3 games.',
    });
  });
  it('is not put back among words that were moved', () => {
    const source = 'It have 12 rooms and costs 100 euros.';
    expect(clean('It costs 120 euros and has 12 rooms.', source)).toEqual({ ok: false, refusal: 'figure' });
  });
  it('is put back in the draft that was shown, not in the text before it', () => {
    const draft = 'He was 24 years old and he likes it.';
    const answer = 'He was 42 years old and he loves it.';
    expect(clean(answer, 'He were 24 year old and him like it.', draft)).toEqual({
      ok: true,
      text: 'He was 24 years old and he loves it.',
    });
  });
  it('that was changed is refused where nothing is to be mended', () => {
    const source = 'They was 24 players and him won.';
    const raw = { text: 'They were 42 players and he won.', stop: 'end' } as const;
    expect(cleanDraft(raw, source, { mends: false })).toEqual({ ok: false, refusal: 'figure' });
  });
  it.each([
    ['It cost 1.50 dollars each one.', 'It costs 150 dollars each.', 'It costs 1.50 dollars each.'],
    ['It were 36,6 degrees.', 'It was 366 degrees.', 'It was 36,6 degrees.'],
    [
      'It are -5 degrees and it feel cold.',
      'It is 5 degrees and it feels cold.',
      'It is -5 degrees and it feels cold.',
    ],
    [
      'It is 5 degrees and it feel cold.',
      'It is -5 degrees and it feels cold.',
      'It is 5 degrees and it feels cold.',
    ],
  ])('keeps its point and its sign: %s', (wrong, answer, right) =>
    expect(clean(answer, wrong)).toEqual({ ok: true, text: right }),
  );
  it('is looked at as often as it stands there', () => {
    expect(clean('They won 5 of 6 games.', 'They won 5 of 5 game.')).toEqual({
      ok: false,
      refusal: 'figure',
    });
  });
  it('may be the one that the wish names', () => {
    const asked = cleanDraft({ text: 'We meet at 9 on Monday.', stop: 'end' }, 'We meet at 8 on Monday.', { wish: 'make it 9' }); // prettier-ignore
    expect(asked).toMatchObject({ ok: true });
    const shorter = cleanDraft({ text: 'We need 12 chairs for room 5', stop: 'end' }, 'We do need a dozen chairs for room 5', { wish: '100 words at most' }); // prettier-ignore
    expect(shorter).toMatchObject({ ok: true });
  });
});

describe('a smiley', () => {
  const thanks = 'Thank you for the advices :) It were great 🎉 and fun.';
  const corrected = (text: string, of = thanks): unknown =>
    cleanDraft({ text, stop: 'end' }, of, { corrects: true });
  it('stays where mistakes are corrected', () => {
    expect(corrected('Thank you for the advice. It was great and fun.')).toEqual({
      ok: true,
      text: 'Thank you for the advice. :) It was great 🎉 and fun.',
    });
  });
  it('is known behind a word, with a nose, and as a flag', () => {
    const source = 'Thank you for the advices:) We goes to the USA 🇺🇸 too :-(';
    const text = 'Thank you for the advice. We go to the USA too :(';
    expect(corrected(text, source)).toMatchObject({ ok: true });
    expect(corrected(text, source)).toMatchObject({ text: expect.stringMatching(/:\).*🇺🇸/) as string });
  });
  it('stays what it was in a text whose words were moved: nothing is pieced together', () => {
    const source = 'We was so happy last night :)';
    expect(corrected('Last night, we were so happy.', source)).toEqual({ ok: false, refusal: 'identical' });
    const draft = 'Thanks :) She goes home.';
    const asked = { corrects: true, previous: draft };
    const again = cleanDraft(
      { text: 'Thanks. She is going home.', stop: 'end' },
      'Thanks :) she go home',
      asked,
    );
    expect(again).toEqual({ ok: true, text: 'Thanks. :) She is going home.' });
  });
  it('does not hold up what is changed elsewhere', () => {
    const source = 'In 2019 there was 1,204 peoples :) which runned it every days.';
    expect(corrected('In 2019 there were 1,204 people. Which runnned it every day.', source)).toEqual({
      ok: true,
      text: 'In 2019 there were 1,204 peoples :) which runned it every day.',
    });
  });
  it.each([
    ['i comes tomorow :)', 'I come tomorrow.', 'I come tomorrow :)'],
    ['i comes tomorow :)', 'I come tomorow.', 'I come tomorow :)'],
    ['i comes tomorow ❤️', 'I come tomorrow.', 'I come tomorrow ❤️'],
    ['i comes tomorow 👨‍👩‍👧', 'I come tomorrow.', 'I come tomorrow 👨‍👩‍👧'],
    ['i comes tomorow 👍🏽 :)', 'I come tomorrow.', 'I come tomorrow 👍🏽 :)'],
    ['i comes tomorow. :)', 'I come tomorrow.', 'I come tomorrow. :)'],
    ['i comes tomorow :-) 🎉 Be there.', 'I come tomorrow. Be there.', 'I come tomorrow. :-) 🎉 Be there.'],
    ['i comes tomorow!🎉', 'I come tomorrow!', 'I come tomorrow!🎉'],
    ['do you comes tomorow :)', 'Do you come tomorrow?', 'Do you come tomorrow? :)'],
    ['i comes tomorow!!! :)', 'I come tomorrow.', 'I come tomorrow. :)'],
  ])('does not hold up what is changed beside it: %s', (wrong, answer, right) => {
    expect(corrected(answer, wrong)).toEqual({ ok: true, text: right });
  });
  it('is not doubled where one was moved and another lost', () => {
    const doubled = corrected('🎉 I come tomorrow.', 'i comes tomorow 🎉 or Monday :)');
    expect(doubled).not.toMatchObject({ text: expect.stringMatching(/🎉.*🎉/u) as string });
  });
  it('may go where the tone is to be another', () => {
    const formal = 'Thank you for the advice. It was great and fun.';
    expect(clean(formal, thanks)).toEqual({ ok: true, text: formal });
  });
  it('is no end of a clause and no time', () => {
    const source = 'We has two cases (see A:p and 5:D): this and that.';
    const better = 'We have two cases: this and that.';
    expect(corrected(better, source)).toMatchObject({ text: better });
  });
});
