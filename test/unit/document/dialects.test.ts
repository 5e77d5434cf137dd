import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../server/src/document/atoms.ts';
import { dialectOf } from '../../../server/src/document/blocks.ts';
import { blocksOf } from '../../../server/src/document/parse.ts';
import { findTarget } from '../../../server/src/document/target.ts';
import { reassemble } from '../../../server/src/document/reassemble.ts';
import { rewrite, target } from '../../support/targets.ts';

describe('what is no Markdown', () => {
  it('keeps the subject of a commit message within 72 characters', () => {
    const message = 'fix the bug that crash\n\nThe user dont know.\n';
    const long = `Fix the bug that makes the whole editor crash ${'over and over '.repeat(3)}again`;
    for (const language of ['git-commit', 'scminput']) {
      const target = findTarget(message, language, 0, message.length, 2000);
      expect(reassemble(target, [long, 'The user does not know.'])).toMatchObject({
        text: 'fix the bug that crash\n\nThe user does not know.',
        refused: [0],
      });
      expect(reassemble(target, ['Fix the bug that crashes', undefined]).refused).toEqual([]);
    }
  });

  it.each([
    [
      'git-commit',
      'Fix bug\n\n- one thing are\n- two things is\n  broken\n',
      ['Fix bug', 'one thing are', 'two things is\n  broken'],
    ],
    [
      'git-commit',
      'Fix bug\n\nIt are done.\nSigned-off-by: Jon Smth <a@b.c>\nFixes: #12\n',
      ['Fix bug', 'It are done.'],
    ],
    ['git-commit', 'Fix bug\n\nNote: this are new.\n', ['Fix bug', 'Note: this are new.']],
    [
      'plaintext',
      'To do:\n1. buy a milk\n2) call the doctor\n\nIn\n2019. It were good.',
      ['To do:', 'buy a milk', 'call the doctor', 'In\n2019. It were good.'],
    ],
  ])('takes a list of %s apart, and leaves trailers alone: %j', (language, text, texts) => {
    const blocks = blocksOf(text, dialectOf(language));
    expect(blocks.map(({ start, end }) => text.slice(start, end))).toEqual(texts);
  });

  it('keeps the marks of a list that a rewrite would join', () => {
    const text = '- one thing are\n- two things is';
    const found = findTarget(text, 'plaintext', 0, text.length, 2000);
    expect(found.pieces.map((piece) => piece.text)).toEqual(['one thing are', 'two things is']);
    expect(reassemble(found, ['one thing is', 'two things are']).text).toBe('one thing is\n- two things are');
  });

  it.each([
    [
      'restructuredtext',
      'A title\n=======\n\nThe text are here::\n\n    for x in items:\n        go\n\n.. code-block:: python\n\n    for y in range\n\nThe ``code it`` are :ref:`a b` good.',
      ['The text are here::', 'The ``code it`` are :ref:`a b` good.'],
    ],
    [
      'asciidoc',
      '= Title of it\n:toc: left\n\nThe text are here.\n\n----\nint main\n----\n\n* one thing are\n* two',
      ['The text are here.', 'one thing are', 'two'],
    ],
    [
      'org',
      '* Heading it\n:PROPERTIES:\nThe text are here.\n#+begin_src python\nfor x in range\n#+end_src\n- an item are',
      ['The text are here.', 'an item are'],
    ],
    [
      'typst',
      '= Title it\n#set page(width: 10cm)\nThe text are $a b$ here.\n\n$ a b c d $\n',
      ['The text are $a b$ here.'],
    ],
  ])('leaves code, headings and directives of %s alone', (language, text, texts) => {
    const blocks = blocksOf(text, dialectOf(language));
    expect(blocks.map(({ start, end }) => text.slice(start, end))).toEqual(texts);
    const found = findTarget(text, language, 0, text.length, 2000);
    const put = reassemble(
      found,
      found.pieces.map((piece) => piece.text.replace(' are', ' is')),
    );
    expect(text.slice(0, found.start) + put.text + text.slice(found.end)).toBe(
      text.replaceAll(' are', ' is'),
    );
  });

  it.each([
    [
      'restructuredtext',
      'Intro are here.\n\n.. code-block:: python\n\n    x = foo in baz\n\nMore are here.\n',
      ['Intro are here.', 'More are here.'],
    ],
    [
      'restructuredtext',
      'Read it, because\n:ref:`the guide` explains it\nand why.\n\n|project| are a tool.',
      ['Read it, because\n:ref:`the guide` explains it\nand why.', '|project| are a tool.'],
    ],
    [
      'restructuredtext',
      '1. First are.\n\n   .. code-block:: sh\n\n      make it\n\n   Then you goes on.\n\n2. Second.',
      ['First are.', 'Then you goes on.', 'Second.'],
    ],
    [
      'asciidoc',
      'git-add(1)\n==========\n\nNAME\n----\ngit-add - add files\n\nDESCRIPTION\n-----------\nThis update it.\n',
      ['git-add - add files', 'This update it.'],
    ],
    ['asciidoc', '----\nx = foo in baz\n----\n\nMore are here.', ['More are here.']],
  ])('does so with line endings of either kind: %s, %j', (language, text, texts) => {
    for (const document of [text, text.replaceAll('\n', '\r\n')]) {
      const blocks = blocksOf(document, dialectOf(language));
      expect(blocks.map(({ start, end }) => document.slice(start, end).replaceAll('\r', ''))).toEqual(texts);
      for (const { atoms, start, end } of blocks)
        expect(atoms.map(({ raw }) => raw).join('')).toBe(document.slice(start, end));
    }
  });

  it.each([
    ['asciidoc', '[NOTE]\n====\nIt are here.\n====\n', ['It are here.']],
    [
      'asciidoc',
      '____\nIt are here.\n____\n\n****\nMore are.\n****\n\n--\nLast are.\n--\n',
      ['It are here.', 'More are.', 'Last are.'],
    ],
    [
      'asciidoc',
      '. Open what are here\n.. It are\n. Close it\n',
      ['Open what are here', 'It are', 'Close it'],
    ],
    [
      'asciidoc',
      '* one thing are\n** two thing are\n+\nmore are\n',
      ['one thing are', 'two thing are', 'more are'],
    ],
    [
      'asciidoc',
      'CPU:: The brain are here.\nHard drive::\n  It are so.\n',
      ['The brain are here.', 'It are so.'],
    ],
    ['asciidoc', '-a::\n--all::\n\tShow what are.\n', ['Show what are.']],
    ['asciidoc', '*bold*:: It are.\n`code`::\nMore are.\n', ['It are.', 'More are.']],
    ['asciidoc', 'The disk::\n\nIt are slow.\n', ['It are slow.']],
    ['asciidoc', '<1> one are\n<2> two are\n\nNOTE: It are so.\n', ['one are', 'two are', 'It are so.']],
    ['restructuredtext', '#. Open what are here\n#. Close it\n', ['Open what are here', 'Close it']],
    [
      'restructuredtext',
      '(a) One are.\n(b) Two.\n\nEither it are\n(a) here or\n(b) there.\n',
      ['One are.', 'Two.', 'Either it are\n(a) here or\n(b) there.'],
    ],
    ['restructuredtext', '***********\n Title it\n***********\n\nIt are.\n', ['It are.']],
    [
      'plaintext',
      '> quoted are\n> more.\n>\n> - an item are\n>   here\nMy reply are.\n>> Twice are.',
      ['quoted are\n> more.', 'an item are\n>   here', 'My reply are.', 'Twice are.'],
    ],
  ])('keeps the marks of %s out of the model: %j', (language, text, texts) => {
    const blocks = blocksOf(text, dialectOf(language));
    expect(blocks.map(({ start, end }) => text.slice(start, end))).toEqual(texts);
    for (const { atoms } of blocks) expect(visibleText(atoms)).not.toContain('>');
    const found = findTarget(text, language, 0, text.length, 2000);
    const put = reassemble(
      found,
      found.pieces.map((piece) => piece.text.replace(' are', ' is')),
    );
    expect(text.slice(0, found.start) + put.text + text.slice(found.end)).toBe(
      text.replaceAll(' are', ' is'),
    );
  });

  it.each([
    ['restructuredtext', 'See `the Python site <https://python.org>`_ are.'],
    ['org', 'See [[https://a.org][the org site]] are.'],
    ['asciidoc', 'See https://a.org[the\nsite] are.'],
  ])('keeps links of %s', (language, text) => {
    const found = findTarget(text, language, 0, 0, 2000);
    expect(found.pieces.map((piece) => piece.text).join('')).toBe(text.replace('\n', ' '));
    expect(rewrite(found, ['the Python site', 'Python'], [']] are', ' are']).text).toBe(text);
    expect(rewrite(found, [' are.', ' is.']).text).toBe(text.replace(' are.', ' is.'));
  });

  it.each([
    ['quarto', '::: {.callout-note}\nIt are here.\n:::\n', ['It are here.']],
    [
      'markdown',
      'One are.\n:::tip Title it\nIt are here.\n:::\nMore are.\n',
      ['One are.', 'It are here.', 'More are.'],
    ],
    ['markdown', '> ::: note\n> It are\n> here.\n> :::\n', ['It are\n> here.']],
    ['markdown', '- One are.\n\n  :::: note\n  It are.\n  ::::\n\n- Two.\n', ['One are.', 'It are.', 'Two.']],
  ])('leaves the lines round a container of %s alone: %j', (language, text, texts) => {
    for (const document of [text, text.replaceAll('\n', '\r\n')]) {
      const blocks = blocksOf(document, dialectOf(language));
      expect(blocks.map(({ start, end }) => document.slice(start, end).replaceAll('\r', ''))).toEqual(texts);
      const found = findTarget(document, language, 0, document.length, 2000);
      const { text: now } = reassemble(
        found,
        found.pieces.map((piece) => piece.text.replace(' are', ' is')),
      );
      expect(document.slice(0, found.start) + now + document.slice(found.end)).toBe(
        document.replaceAll(' are', ' is'),
      );
    }
  });

  it.each([
    [
      'quarto',
      'As @fig-plot show, it are so [see @doe99, p. 3; -@roe.01].',
      ['@fig-plot', '[see @doe99, p. 3; -@roe.01]'],
    ],
    [
      'restructuredtext',
      'See Python_ and it__ are good [#note-1]_ [*]_.',
      ['Python_', 'it__', '[#note-1]_', '[*]_'],
    ],
    ['typst', 'It are \\$5 each, or \\#5 at \\@home.', ['\\$', '\\#', '\\@']],
  ])('keeps references and escapes of %s: %j', (language, text, kept) => {
    const [block] = blocksOf(text, dialectOf(language));
    const frozen = block?.atoms.filter(({ kind }) => kind === 'frozen').map(({ raw }) => raw);
    expect(frozen).toEqual(kept);
    const found = findTarget(text, language, 0, text.length, 2000);
    for (const one of kept) {
      const put = rewrite(found, [one, 'it'], [' are', ' is']).text;
      expect(put.split(one)).toHaveLength(2);
    }
    expect(rewrite(found, [' are', ' is']).text).toBe(text.replace(' are', ' is'));
  });

  it.each(['org', 'plaintext', 'markdown', 'asciidoc'])(
    'keeps the check boxes of lists in %s',
    (language) => {
      const text = '- [ ] buy a milk\n- [x] it are\n';
      const found = findTarget(text, language, 0, text.length, 2000);
      expect(found.pieces.map((piece) => piece.text)).toEqual(['buy a milk', 'it are']);
      expect(reassemble(found, ['buy milk', 'it is']).text).toBe('buy milk\n- [x] it is');
    },
  );

  it('leaves the modules of MDX alone', () => {
    const text = "import Chart from './chart'\n\nThe text are here.\n\nexport const a = 'b c'\n";
    expect(blocksOf(text, 'markdown').map(({ start, end }) => text.slice(start, end))).toEqual([
      'The text are here.',
    ]);
  });

  it('leaves comments and trailers of a commit message alone', () => {
    const message =
      'fix the bug what crash\n\nIt crash when the list are empty.\n\nSigned-off-by: A B\n# Please enter the message\n';
    const blocks = blocksOf(message, 'commit').map(({ start, end }) => message.slice(start, end));
    expect(blocks).toEqual(['fix the bug what crash', 'It crash when the list are empty.']);
  });

  it('takes a number of an issue at the beginning of a line for no comment', () => {
    for (const language of ['scminput', 'git-commit']) {
      const text = '#12: fix it are\n\nIt are\n#13 so.\n';
      expect(target(text, 'fix', language).original).toBe('#12: fix it are');
      const blocks = blocksOf(text, dialectOf(language)).map(({ start, end }) => text.slice(start, end));
      expect(blocks).toEqual(['#12: fix it are', 'It are\n#13 so.']);
    }
    expect(blocksOf('# Fix it are\n', 'scminput')).toHaveLength(1);
    expect(blocksOf('# Fix it are\n#\n', 'commit')).toHaveLength(0);
  });

  it('keeps LaTeX commands, math and references out of the model and in the document', () => {
    const latex = [
      '\\documentclass{article}',
      '\\begin{document}',
      'The \\emph{results} in Figure~\\ref{fig:a} is shown that $a<b$ hold \\cite{knuth}.',
      '\\begin{equation}',
      'she = go',
      '\\end{equation}',
      '\\end{document}',
    ].join('\n');
    const found = target(latex, 'is shown', 'latex');
    const { text, refused } = rewrite(found, ['is shown', 'show'], ['hold', 'holds']);
    expect(refused).toEqual([]);
    expect(text).toContain('The \\emph{results} in Figure~\\ref{fig:a} show that $a<b$ holds \\cite{knuth}.');
    expect(text).not.toContain('she');
  });
});

describe('LaTeX', () => {
  it('makes every list item a text of its own', () => {
    const latex = '\\begin{itemize}\n\\item She go home.\n\\item He stay here.\n\\end{itemize}\n';
    const texts = blocksOf(latex, 'latex').map(({ start, end }) => latex.slice(start, end));
    expect(texts).toEqual(['She go home.', 'He stay here.']);
  });

  it('shows escaped characters as what they stand for and escapes new ones', () => {
    const found = target('It hold in 50\\% of the cases and half of them.', 'hold', 'latex');
    expect(found.pieces[0]?.text).toBe('It hold in 50% of the cases and half of them.');
    const { text } = rewrite(found, ['hold', 'holds'], ['half', '50%']);
    expect(text).toBe('It holds in 50\\% of the cases and 50\\% of them.');
  });
});

describe('LaTeX, as the model sees it', () => {
  it.each([
    ['Mr.~Smith go 5~km or 5\\,km home.', ['Mr. Smith go 5 km or 5 km home.']],
    ['The cat\\footnote{A \\emph{small} animal.} sit on the mat.', ['The cat sit on the mat.']],
    ['It is shown in \\cite{smith} and \\citet[p.~3]{a,b}.', ['It is shown in [1] and [2].']],
    ['Figure~\\ref{fig:a} and Eq.~\\eqref{b} shows it.', ['Figure 1 and Eq. 2 shows it.']],
    [
      '\\LaTeX{} is good, \\ours{} too, see \\href{https://a.org}{the page}.',
      ['LaTeX is good, ours too, see the page.'],
    ],
    ['First line are\\\\Second line are\\\\[2pt] third', ['First line are', 'Second line are', 'third']],
    [
      'We have \\[ x = \\begin{cases} a & b \\\\ c & d \\end{cases} \\] which are good.',
      ['We have \\[ x = \\begin{cases} a & b \\\\ c & d \\end{cases} \\] which are good.'],
    ],
    ['Before it.\n\\begin{longtable}{lll} a & b & c \\\\ d', ['Before it.']],
    ['We know it.\n\n\\[ a b c d is', ['We know it.']],
    ['Foo bar are \\\\% a comment here\nmore', ['Foo bar are', 'more']],
    ['The \\verb+x_y+ are good.', ['The \\verb+x_y+ are good.']],
    ['It cost \\$$x$ per unit, and $x$$y$ grow.', ['It cost $$x$ per unit, and $x$$y$ grow.']],
    [
      'We use it. % see \\begin{figure}\nIt are \\verb|\\begin{figure}| here.',
      ['We use it. It are \\verb|\\begin{figure}| here.'],
    ],
    [
      'So $\\begin{pmatrix} a \\\\ b \\end{pmatrix}$ are it.',
      ['So $\\begin{pmatrix} a \\\\ b \\end{pmatrix}$ are it.'],
    ],
    ['Wait\\ldots{} it are\\textemdash{}good.', ['Wait… it are—good.']],
  ])('%j', (text, shown) => {
    expect(blocksOf(text, 'latex').map(({ atoms }) => visibleText(atoms).trim())).toEqual(shown);
  });

  it('keeps ties, references and notes where its words are changed', () => {
    const text = 'Mr.~Smith go home\\footnote{At last.} as shown in Figure~\\ref{a} by \\cite{b}.';
    const found = target(text, 'Smith', 'latex');
    expect(rewrite(found, ['go home', 'goes home'], ['as shown', 'which is shown']).text).toBe(
      'Mr.~Smith goes home\\footnote{At last.} which is shown in Figure~\\ref{a} by \\cite{b}.',
    );
  });
});

describe('LaTeX, written into', () => {
  it.each([
    [
      'Sales and marketing costs 5 dollars.',
      'Sales & marketing costs $5.',
      'Sales \\& marketing costs \\$5.',
    ],
    ['It is number 5 here.', 'It is #5 here.', 'It is \\#5 here.'],
    ['The my\\_var are set.', 'The my_vars are set.', 'The my\\_vars are set.'],
  ])('escapes what would not compile: %s', (text, wanted, put) => {
    const found = target(text, text.slice(0, 3), 'latex');
    expect(reassemble(found, [wanted])).toMatchObject({ text: put, refused: [] });
  });
});

it.each([
  ['markdown', ['markdown', 'mdx', 'quarto', 'rmd', 'rmarkdown', 'pandoc', 'gfm', 'markdown.pandoc']],
  ['latex', ['latex', 'tex', 'plaintex', 'LaTeX', 'plain-TeX']],
  ['restructuredtext', ['restructuredtext', 'rst']],
  ['asciidoc', ['asciidoc', 'asciidoctor', 'adoc']],
  ['commit', ['git-commit', 'gitcommit', 'Git Commit']],
  ['plain', ['plaintext', 'text', '']],
])('knows %s by the names that editors give it: %j', (dialect, names) => {
  expect(names.map(dialectOf)).toEqual(names.map(() => dialect));
});
