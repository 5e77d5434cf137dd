import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRewrite, visibleText } from '../../../server/src/document/atoms.ts';
import { wordEdits } from '../../../server/src/document/edits.ts';
import { blocksOf } from '../../../server/src/document/parse.ts';
import { bySentence, findTarget } from '../../../server/src/document/target.ts';
import { reassemble } from '../../../server/src/document/reassemble.ts';
import { at, rewrite, target } from '../../support/targets.ts';
import { DraftError } from '../../../server/src/util/errors.ts';

const markdown = [
  '---',
  'title: Some notes',
  '---',
  '',
  '# The plans what we have',
  '',
  'She **go** to the [office](https://example.org/a_b) every `days()` and she like it. It cost $x^2$ alot.',
  '',
  '- me and him was *very* late',
  '  and the rain dont stop',
  '- [ ] a second thing that are open',
  '',
  '> It is recommend that all',
  '> participants reads this.',
  '',
  '```js',
  'const she = "go";',
  '```',
  '',
  '| a | b |',
  '|---|---|',
  '| she go | he go |',
  '',
  '$$',
  'x = y',
  '$$',
  '',
].join('\n');

describe('finding what to refine', () => {
  it('takes the paragraph at the caret and shows the model its words without the markup', () => {
    const found = target(markdown, 'to the');
    expect(found.pieces.map(({ text }) => text).join('')).toBe(
      'She go to the office every `days()` and she like it. It cost $x^2$ alot.',
    );
  });

  it('takes a list item whose caret stands before its marker', () => {
    expect(target(markdown, '- me and him').original).toBe(
      'me and him was *very* late\n  and the rain dont stop',
    );
  });

  it.each(['title: Some', 'const she', 'x = y'])('finds nothing to refine in "%s"', (needle) => {
    expect(() => target(markdown, needle)).toThrow(
      expect.objectContaining({ code: 'nothingToRefine' }) as Error,
    );
  });

  const table = [
    '| Who | What they does, in a few word |',
    '| :-- | --- |',
    '| Ann B. |   She go to the *office* \\| every `days()`.  |',
    '| Bob | |',
    '',
  ].join('\n');

  it.each([
    ['in its words', 'the *office*', 0, 'She go to the *office* \\| every `days()`.'],
    ['in its padding', '  She', 0, 'Ann B.'],
    ['behind its words', '  |\n| Bob', 1, 'She go to the *office* \\| every `days()`.'],
    ['in a short one', 'Bob', 1, 'Bob'],
  ])('takes the cell of a table with the caret %s', (_, needle, more, cell) => {
    const offset = at(table, needle) + more;
    expect(findTarget(table, 'markdown', offset, offset, 2000).original).toBe(cell);
  });

  it('takes the cells of a selected table that are more than names, and keeps its frame', () => {
    const found = findTarget(table, 'markdown', 0, table.length, 2000);
    expect(found.pieces).toMatchObject([
      { text: 'What they does, in a few word', openEnd: true },
      { text: 'She go to the office | every `days()`.', openEnd: false },
    ]);
    const { text } = rewrite(found, ['does, in', 'do | in'], ['word', 'words'], ['go', 'goes']);
    expect(table.slice(0, found.start) + text + table.slice(found.end)).toBe(
      table.replace('does, in a few word', 'do \\| in a few words').replace('go', 'goes'),
    );
  });

  it.each([
    ['markdown', 'Line one of it\nline two ends. '],
    ['plaintext', 'Line one of it\nline two ends. \n\nMore.'],
    ['latex', 'Line one of it\nline two ends.  '],
    ['markdown', '- item one\n  line two ends. \n- item two'],
  ])('takes the paragraph of %s behind whose last word a space was typed', (language, text) => {
    const caret = at(text, 'ends. ') + 'ends. '.length;
    expect(findTarget(text, language, caret, caret, 2000).original).toMatch(/two ends\.$/);
  });

  it('takes only the selected words', () => {
    const start = at(markdown, 'and she like');
    const found = findTarget(markdown, 'markdown', start, start + 'and she like it'.length, 2000);
    expect(found.original).toBe('and she like it');
  });

  it('refuses more words than the limit and says both numbers', () => {
    const text = 'word '.repeat(30);
    expect(() => findTarget(text, 'plaintext', 0, text.length, 20)).toThrow(
      expect.objectContaining({
        code: 'selectionTooLong',
        facts: { words: 30, limit: 20, start: 0, end: 'word '.repeat(20).length - 1 },
      }) as Error,
    );
  });

  it.each([
    [
      'a paragraph with addresses, numbers and marks',
      'See [the *old* page](https://example.org/a), e-mail 3,000 friends\nand don’t wait. ',
      0,
    ],
    [
      'several blocks',
      '- One two **three** four five.\n- Six `seven` eight nine.\n\nTen \\* eleven &amp; twelve, thirteen.\n',
      1,
    ],
  ])('names the part of %s that is short enough', (_, part, selected) => {
    const text = `# Head\n\n${part.repeat(3)}`;
    const [start, end] = selected ? [0, text.length] : [12, 12];
    const all = findTarget(text, 'markdown', start, end).words;
    for (let limit = 1; limit < all; limit++) {
      let facts: Readonly<Record<string, string | number>> = {};
      try {
        findTarget(text, 'markdown', start, end, limit);
      } catch (error) {
        facts = error instanceof DraftError ? error.facts : {};
      }
      const first = findTarget(text, 'markdown', Number(facts.start), Number(facts.end), limit);
      expect(first.words, first.original).toBeLessThanOrEqual(limit);
      expect(first.words, first.original).toBeGreaterThanOrEqual(limit - 2); // what is frozen is taken whole
    }
  });

  it('makes each sentence a piece for a small model, a very short one together with its neighbour', () => {
    const text =
      'She go home early. Oh no! He come too late for it, as Dr. Smith said.\n\nThey was here. Yes.';
    const pieces = bySentence(findTarget(text, 'plaintext', 0, text.length, 2000)).pieces;
    expect(pieces).toMatchObject([
      { block: 0, text: 'She go home early. ' },
      { block: 0, text: 'Oh no! He come too late for it, as Dr. Smith said.' },
      { block: 1, text: 'They was here. Yes.' },
    ]);
    expect(findTarget(text, 'plaintext', 0, text.length, 2000).pieces).toHaveLength(2);
  });

  it('cuts long paragraphs into pieces of whole sentences that join to the paragraph', () => {
    const text = 'Dr. Smith wrote this long sentence about many things today. '.repeat(12).trim();
    const { pieces } = findTarget(text, 'plaintext', 0, 0, 2000);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    for (const piece of pieces) expect(piece.text.trimEnd()).toMatch(/^Dr\. Smith.*\.$/);
  });
});

describe('putting a rewrite back', () => {
  it('takes amounts of money for words, not for mathematics', () => {
    const found = target('She pay $5 and he pay $6 too.', 'pay');
    expect(rewrite(found, ['pay $5 and he pay', 'pays $5 and he pays'])).toMatchObject({
      text: 'She pays $5 and he pays $6 too.',
      refused: [],
    });
  });

  it('escapes new words that Markdown would read as markup', () => {
    const found = target('One is the first thing.', 'One');
    expect(rewrite(found, ['One', '1.']).text).toBe('1\\. is the first thing.');
  });

  it.each([
    ['> He like the\n> `code` command a lot.', 'He like the `code` command a lot.', 'like', 'likes'],
    ['> [!NOTE]\n> **Be careful**: this are new.', '[!NOTE] Be careful: this are new.', 'are', 'is'],
    ['- x\n\n  > quoted\n  > *text* are', 'quoted text are', 'are', 'is'],
    ['> This **are  \n> it** all.', 'This are it all.', 'are', 'is'],
    ['One `a` are\n  *here*.', 'One `a` are here.', 'are', 'is'],
  ])('shows nothing of what stands at the beginning of a line, and keeps it: %j', (text, shown, from, to) => {
    const found = target(text, from);
    expect(found.pieces.map((piece) => piece.text).join('')).toBe(shown);
    const put = rewrite(found, [from, to]);
    expect(text.slice(0, found.start) + put.text + text.slice(found.end)).toBe(text.replace(from, to));
  });

  it('takes a line break of HTML for one, and leaves alone what a tool fills in', () => {
    const text =
      'The first thing are<br>the second thing are {{< ref a >}} and {props.title} and {{ name }}.';
    const found = target(text, 'second');
    expect(found.original).toMatch(/^the second/);
    expect(rewrite(found, ['are', 'is'], ['props', 'the props'], [' name ', ' names ']).text).toBe(
      'the second thing is {{< ref a >}} and {props.title} and {{ name }}.',
    );
  });

  it('shows an image or a note that stands for a word of its sentence, and keeps it as it is', () => {
    const text =
      'As ![the diagram](a.png) show, it are slow; see also [^1]. ![badge](b.svg)\n\n[^1]: A note.\n';
    const found = target(text, 'show');
    expect(visibleText(found.blocks[0]!.atoms)).toBe('As the diagram show, it are slow; see also [1]. ');
    expect(rewrite(found, ['show', 'shows'], ['are', 'is']).text).toBe(
      'As ![the diagram](a.png) shows, it is slow; see also [^1]. ![badge](b.svg)',
    );
    expect(rewrite(found, ['the diagram', 'a picture']).text).toBe(found.original);
  });

  it('leaves out the one sentence of a long text that can’t be written as wanted', () => {
    const sentence = 'This sentence are long enough to stand alone as a piece of the paragraph. ';
    const text = `${sentence.repeat(3)}See \`code\` for more.\n\n`.repeat(40);
    const found = bySentence(findTarget(text, 'markdown', 0, text.length, 5000));
    const pieces = found.pieces.map((piece) => piece.text.replace('are', 'is'));
    const broken = pieces.length - 3;
    pieces[broken] = `# ${pieces[broken]}`;
    const { text: put, refused } = reassemble(found, pieces);
    expect(put.match(/sentence is/g)?.length).toBeGreaterThanOrEqual(119);
    expect(refused.length).toBeLessThanOrEqual(1);
  });

  it.each([
    [
      'a link that is defined elsewhere',
      'See [the link][ref] and it are good.',
      '\n\n[ref]: https://example.org\n',
    ],
    ['a note', 'This are a note[^1] here.', '\n\n[^1]: The note.\n'],
    ['an item at the third level', '- a\n  - b\n    - here it are good', '\n'],
  ])('in a very long document too: %s', (_, passage, behind) => {
    const long = 'A paragraph of some length that is only there to fill the page.\n\n'.repeat(1700);
    const text = `${long}${passage}${behind}`;
    const found = target(text, passage.includes('it are') ? 'it are' : 'This are');
    expect(rewrite(found, [' are ', ' is ']).refused).toEqual([]);
    const marked = rewrite(found, [' are ', ' is\n# '], ['good', '<b>']).text;
    expect(
      blocksOf(`${long}${text.slice(long.length, found.start)}${marked}${behind}`, 'markdown').length,
    ).toBe(blocksOf(text, 'markdown').length);
  });

  it('refuses only the piece that breaks the structure', () => {
    const long =
      'This sentence are long enough to stand alone as one piece of the whole paragraph here. '.repeat(4);
    const found = target(`${long}See \`code\` for more.`, 'This');
    const pieces = found.pieces.map(({ text }) => text.replace('are', 'is').replace('`code`', 'it'));
    const { text, refused } = reassemble(found, pieces);
    expect(refused).toEqual([found.pieces.length - 1]);
    expect(text).toMatch(/^This sentence is long/);
    expect(text).toContain('`code`');
  });

  it('keeps emphasis, links, code and math byte for byte beside changed words', () => {
    const { text, refused } = rewrite(
      target(markdown, 'to the'),
      ['go', 'goes'],
      ['like', 'likes'],
      ['alot', 'a lot'],
    );
    expect(refused).toEqual([]);
    expect(text).toBe(
      'She **goes** to the [office](https://example.org/a_b) every `days()` and she likes it. It cost $x^2$ a lot.',
    );
  });

  it('keeps line breaks and quote markers between words that did not change', () => {
    const { text } = rewrite(target(markdown, 'recommend'), ['recommend', 'recommended'], ['reads', 'read']);
    expect(text).toBe('It is recommended that all\n> participants read this.');
  });

  it('drops emphasis together with the word it held', () => {
    const { text, refused } = rewrite(target(markdown, 'me and him'), ['very ', '']);
    expect(refused).toEqual([]);
    expect(text).toContain('me and him was late');
  });

  it.each([
    ['code', '`days()`', '`nights()`'],
    ['math', '$x^2$', '$x^3$'],
    ['the whole text of a link', 'office ', ''],
  ])('refuses a rewrite that changes %s', (_, from, to) => {
    const found = target(markdown, 'to the');
    const { text, refused } = rewrite(found, [from, to]);
    expect(refused).toEqual([0]);
    expect(text).toBe(found.original);
  });

  /** The text after its words, all selected, became these. */
  function become(text: string, words: string, language = 'markdown'): string {
    const found = findTarget(text, language, 0, text.length);
    return text.slice(0, found.start) + reassemble(found, [words]).text + text.slice(found.end);
  }

  it.each([
    ['markdown', 'Both [Ann](a) and [Bob](b) likes it.', 'Both Bob and Ann like it.'],
    ['latex', 'Both \\href{a}{Ann} and \\href{b}{Bob} likes it.', 'Both Bob and Ann like it.'],
    ['markdown', 'See [page 1](a) and [page 2](b), it are so.', 'See page 2 and page 1, it is so.'],
    ['markdown', 'If you wants, [click here](x) for subscribe.', 'Click here to subscribe if you want.'],
  ])(
    'never puts the address of a link of %s behind words that stood elsewhere: %s',
    (language, text, words) => {
      expect(become(text, words, language)).toBe(text);
    },
  );

  it.each([
    ['He [really are](x) good.', 'He is good.', 'He [really are](x) good.'],
    [
      'It was late due to the [fact](x) that it rain.',
      'It was late because it rained.',
      'It was late due to the [fact](x) that it rained.',
    ],
    [
      'Run `npm` install for install it.',
      'Run `npm install` to install it.',
      'Run `npm` install for install it.',
    ],
    ['See `a` for more, it are.', 'See **`b`** for more, it is.', 'See `a` for more, it is.'],
  ])('offers no half of a change where the other can’t stand: %s', (text, words, after) => {
    expect(become(text, words)).toBe(after);
  });

  it('offers no half of a command where the other can’t stand', () => {
    expect(become('It are $x$ in all.', 'It is $x + 1$ in \\emph{all}.', 'latex')).toBe('It is $x$ in all.');
  });

  it.each([
    ['Our **main primary** goal is growth.', 'Our main goal is growth.', 'Our **main** goal is growth.'],
    ['See [the user guide book](x) for it.', 'See the user guide for it.', 'See [the user guide](x) for it.'],
    [
      'A **very good** and [new own](x) one is *here now* too.',
      'A good and new one is here too.',
      'A **good** and [new](x) one is *here* too.',
    ],
    ['He **really are** good.', 'He is good.', 'He **is** good.'],
    ['> He go *so far\n> away* now.', 'He goes so far now.', '> He goes *so far* now.'],
  ])('deletes the last of the words that markers hold: %s', (text, words, after) => {
    expect(become(text, words)).toBe(after);
  });

  it.each([
    ['latex', 'The result are \\index{a} good.', 'The result is good.', 'The result is \\index{a} good.'],
    ['latex', 'It are \\label{a} \\index{b} so.', 'It is so.', 'It is \\label{a} \\index{b} so.'],
    ['markdown', 'The result are <!-- x --> good.', 'The result is good.', 'The result is <!-- x --> good.'],
    ['markdown', '> It are <!-- x -->\n> good.', 'It is good.', '> It is <!-- x -->\n> good.'],
  ])('shows one space where something of %s is hidden between two: %s', (language, text, words, after) => {
    expect(become(text, words, language)).toBe(after);
  });

  it.each([
    ['Click [hear](x) now.', 'Click here now.', 'Click [here](x) now.'],
    ['I read [a book](x) in the Berlin.', 'I read the book in Berlin.', 'I read [the book](x) in Berlin.'],
    ['Ask [Ann](a), who like it.', 'Ask Bob, who likes it.', 'Ask [Ann](a), who likes it.'],
  ])('corrects the words of a link, and around it: %s', (text, words, after) => {
    expect(become(text, words)).toBe(after);
  });

  it('keeps the other changes of a rewrite that changes code', () => {
    const found = target(markdown, 'to the');
    const { text, pieces, refused } = rewrite(
      found,
      ['go', 'goes'],
      ['`days()`', '`day()`'],
      ['she like', 'she likes'],
    );
    expect(refused).toEqual([0]);
    expect(pieces[0]).toBe('She goes to the office every `days()` and she likes it. It cost $x^2$ alot.');
    expect(text).toBe(found.original.replace('**go**', '**goes**').replace('she like', 'she likes'));
  });

  it('leaves a piece as it was before, where nothing of its rewrite can stand', () => {
    const found = target(markdown, 'to the');
    const draft = found.pieces.map((piece) => piece.text.replace('go', 'goes'));
    const { text, refused } = reassemble(
      found,
      draft.map((piece) => piece.replace('`days()`', 'day')),
      draft,
    );
    expect(refused).toEqual([0]);
    expect(text).toBe(found.original.replace('**go**', '**goes**'));
  });

  it('puts inserted words outside of neighbouring emphasis', () => {
    const { text } = rewrite(target('It was **late** already.', 'late', 'markdown'), ['late', 'late there']);
    expect(text).toBe('It was **late** there already.');
  });
});

describe('properties', () => {
  const word = fc.constantFrom(
    'she',
    'go',
    'office',
    'every',
    'days',
    'and',
    'late',
    'é',
    '文',
    '👍🏽',
    'don’t',
  );
  const inline = fc.oneof(
    { weight: 6, arbitrary: word },
    word.map((text) => `**${text}**`),
    word.map((text) => `[${text}](https://example.org/${text.length})`),
    word.map((text) => `\`${text}\``),
    fc.constant('a\\*b'),
    fc.constant('&amp;'),
    fc.constant('![x](y.png)'),
  );
  const paragraph = fc
    .array(inline, { minLength: 1, maxLength: 14 })
    .map((parts) => `We ${parts.join(' ')}.`);
  const document = fc.array(
    fc.oneof(
      paragraph,
      paragraph.map((text) => `- ${text}`),
      paragraph.map((text) => `> ${text}\n> ${text}`),
      paragraph.map((text) => `## ${text}`),
      fc.constant('```\ncode go\n```'),
    ),
    { minLength: 1, maxLength: 6 },
  );

  it('joins the atoms of every block to the bytes of the document', () => {
    fc.assert(
      fc.property(document, (parts) => {
        const text = parts.join('\n\n');
        for (const block of blocksOf(text, 'markdown')) {
          expect(block.atoms.map((atom) => atom.raw).join('')).toBe(text.slice(block.start, block.end));
        }
      }),
    );
  });

  it('gives the document back when nothing was rewritten', () => {
    fc.assert(
      fc.property(document, (parts) => {
        const text = `We write.\n\n${parts.join('\n\n')}`;
        const found = findTarget(text, 'markdown', 0, text.length, 5000);
        expect(
          reassemble(
            found,
            found.pieces.map((piece) => piece.text),
          ),
        ).toMatchObject({ text: found.original, refused: [] });
      }),
    );
  });

  it('keeps every frozen byte when a plain word is replaced', () => {
    fc.assert(
      fc.property(paragraph, (text) => {
        const [block] = blocksOf(text, 'markdown');
        const atoms = block?.atoms ?? [];
        const applied = applyRewrite(atoms, visibleText(atoms).replace('We', 'They'));
        expect(applied).toBe(text.replace('We', 'They'));
      }),
    );
  });

  it('turns the one text into the other by its word edits', () => {
    const sentence = fc.array(word, { maxLength: 12 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(sentence, sentence, (before, after) => {
        const result = wordEdits(before, after).reduceRight(
          (text, { start, end, text: words }) => text.slice(0, start) + words + text.slice(end),
          before,
        );
        expect(result).toBe(after);
      }),
    );
  });
});
