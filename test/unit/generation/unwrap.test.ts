import { describe, expect, it } from 'vitest';
import {
  dropRepeats,
  stripFences,
  stripPreamble,
  streamedDraft,
  stripQuotes,
  withoutThinking,
} from '../../../server/src/generation/unwrap.ts';
import { clean, good, source } from '../../support/cleaning.ts';

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

describe('an answer that is being written', () => {
  const shown = (text: string, of = source): string => streamedDraft(text, of);
  it.each([
    ['She goes to', 'She goes to'],
    ['<think>She', ''],
    ['<think>She</think>\nShe goes', 'She goes'],
    ['Sure', ''],
    ['Sure! Here is the improved', ''],
    ['Sure! Here is the improved version:', ''],
    ['Sure! Here is the improved version:\n\n"She goes', 'She goes'],
    ['**Corrected:** She goes', 'She goes'],
    ['The corrected', ''],
    ['The corrected sentence is: She goes', 'She goes'],
    ['```text\nShe goes', 'She goes'],
    ['Here she goes. And', 'Here she goes. And'],
    ['Here she goes to the office', ''],
    ['Here is the improved version:\n\n"She goes."', 'She goes.'],
    ['"She goes', 'She goes'],
    ['"She goes," I said', '"She goes," I said'],
    ['**She** goes', '**She** goes'],
  ])('%j is shown as %j', (text, expected) => expect(shown(text)).toBe(expected));
  it.each([
    ['Here is the list we was asked for', 'Here is the list'],
    ['"we was there"', '"We were'],
    ['Sure we was there', 'Sure, we were'],
    ['Their is the rule: we tests', 'Here is the rule: we'],
    ['the output: are bad', 'Output: is bad'],
    ['for sure he go', 'Sure, he goes'],
    ['we is here now and wait', 'Here we are now, waiting'],
  ])('is the writer’s own beginning: %j', (of, text) => expect(shown(text, of)).toBe(text));
});
