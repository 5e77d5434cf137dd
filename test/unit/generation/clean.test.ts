import { describe, expect, it } from 'vitest';
import { cleanDraft } from '../../../server/src/generation/clean.ts';
import { clean, good, source } from '../../support/cleaning.ts';

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
