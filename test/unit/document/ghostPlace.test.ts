import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitGhost, ghostPlace, type GhostPlace } from '../../../server/src/document/ghostPlace.ts';
import { spellingHabits } from '../../../server/src/document/spelling.ts';

/** The place of the `¦` in a document. */
function placeIn(marked: string, languageId = 'markdown'): GhostPlace | null {
  const offset = marked.indexOf('¦');
  expect(offset).toBeGreaterThanOrEqual(0);
  return ghostPlace(marked.replace('¦', ''), languageId, offset);
}

describe('where ghost text may stand', () => {
  it.each([
    ['a heading', '# The plan we made¦', 'markdown'],
    ['a code block', '```js\nconst the plan we¦ = 1;\n```', 'markdown'],
    ['a code block that is still open', 'Some text.\n\n```\nthe plan we¦', 'markdown'],
    ['source code', 'const the = plan we¦;\n// It are here.\n', 'typescript'],
    ['indented code', 'Text.\n\n    the plan we made¦', 'markdown'],
    ['front matter', '---\ntitle: the plan we¦\n---\n', 'markdown'],
    ['front matter that is still open', '---\ntitle: the plan we¦\n', 'markdown'],
    ['a math block', '$$\nthe plan we¦\n$$', 'markdown'],
    ['inline math', 'We know that $a the b¦ c$ holds.', 'markdown'],
    ['inline math that is still open', 'We know that $a + b¦', 'markdown'],
    ['inline code', 'We call `the plan we¦ made` here.', 'markdown'],
    ['inline code that is still open', 'We call `the plan¦', 'markdown'],
    ['the address of a link', 'We read [the plan](https://exa¦mple.org).', 'markdown'],
    ['a link that is still open', 'We read [the plan](https://exa¦', 'markdown'],
    ['the text of a link that is still open', 'We read [the plan¦', 'markdown'],
    ['an address', 'We read https://example.org/the¦', 'markdown'],
    ['a table', '| a | b |\n|---|---|\n| the plan we¦ | c |', 'markdown'],
    ['a table that is still open', '| the plan we made¦', 'markdown'],
    ['an HTML block', '<div>\nthe plan we¦\n</div>', 'markdown'],
    ['an HTML tag', 'We made <span title="the plan¦', 'markdown'],
    ['the definition of a link', '[a]: https://example.org "the plan we¦"', 'markdown'],
    ['an empty list item', '- ¦', 'markdown'],
    ['the middle of a word', 'We made the pl¦an today.', 'markdown'],
    ['a paragraph that has hardly begun', 'The¦', 'markdown'],
    ['a comment of LaTeX', 'We made % the plan was¦', 'latex'],
    ['a comment line of LaTeX', 'Text.\n% the plan we made¦', 'latex'],
    ['an equation of LaTeX', '\\begin{equation}\nthe plan we¦\n\\end{equation}', 'latex'],
    ['math of LaTeX that is still open', 'We know that $a + b¦', 'latex'],
    ['a reference of LaTeX', 'We see in \\ref{fig:a¦}', 'latex'],
    ['a citation of LaTeX that is still open', 'We see in \\cite{knuth¦', 'latex'],
    ['an equation of LaTeX that is still open', 'Text.\n\\begin{equation}\na + b = c is it¦', 'latex'],
    ['display mathematics of LaTeX that is still open', 'We know it.\n\n\\[ a b c d is¦', 'latex'],
    ['a table of LaTeX', '\\begin{longtable}{lll} a & b & c is it¦', 'latex'],
    ['code of reStructuredText', '.. code-block:: python\n\n    for item in range of¦', 'restructuredtext'],
    ['code of Org', '#+begin_src python\nfor x in the range¦', 'org'],
    ['code of AsciiDoc', '----\nint main and more code¦', 'asciidoc'],
    ['a heading of AsciiDoc', '= Title of the doc¦', 'asciidoc'],
    ['mathematics of Typst', 'So:\n\n$ a b c d e¦ $', 'typst'],
    ['a module of MDX', "export const foo = 'bar baz is¦", 'mdx'],
    ['a section of LaTeX', '\\section{The plan we made¦}', 'latex'],
    ['the comments of a commit message', 'Fix it\n\n# the plan we¦', 'git-commit'],
    ['the commit message box', 'We made the plan¦', 'scminput'],
  ])('is not in %s', (_, marked, languageId) => {
    expect(placeIn(marked, languageId)).toBeNull();
  });

  it('is at the end of a paragraph, behind the space after its last word', () => {
    expect(placeIn('First words.\n\nWe made **the** plan ¦')).toMatchObject({
      kind: 'paragraph',
      before: 'First words.\n\nWe made the plan ',
      after: '',
    });
  });

  it.each([
    ['listItem', '- we made the¦'],
    ['quote', '> we made the¦'],
  ])('knows that it is in a %s', (kind, marked) => {
    expect(placeIn(marked)).toMatchObject({ kind, before: 'we made the' });
  });

  it('sees the items of a list together, and whether they end with a full stop', () => {
    expect(placeIn('Bring:\n\n- bread for the children\n- milk for the¦\n- a warm coat')).toMatchObject({
      before: 'Bring:\n\nbread for the children\nmilk for the',
      withoutStop: true,
    });
    expect(placeIn('- They came home.\n- They went to the¦')?.withoutStop).toBe(false);
    expect(placeIn('- milk for the¦')?.withoutStop).toBe(false);
    expect(placeIn('No stop here\n\nWe made the¦')?.withoutStop).toBe(false);
  });

  it('knows how the prose spells, and reads no code for it', () => {
    const place = placeIn('```\ncolor color color\n```\n\nThe harbour was grey.\n\nWe made the¦');
    expect(place?.spelling.overall).toBe('british');
  });

  it('sees the rest of the paragraph', () => {
    expect(placeIn('We made¦ the [plan](x) today.')?.after).toBe(' the plan today.');
  });

  it('is in the emphasis of LaTeX while it is written', () => {
    expect(placeIn('We made \\emph{the plan¦}', 'latex')).toMatchObject({ before: 'We made the plan' });
  });
});

describe('fitting a continuation in', () => {
  const at = (before: string, after = ''): GhostPlace => ({
    kind: 'paragraph',
    before,
    after,
    spelling: spellingHabits(before),
    withoutStop: false,
  });
  const fit = (text: string, place: GhostPlace): string | null => fitGhost(text, place, 'markdown');

  it('keeps the space behind a word and drops it behind a space', () => {
    expect(fit(' to the office.', at('She went'))).toBe(' to the office.');
    expect(fit(' to the office.', at('She went '))).toBe('to the office.');
  });

  it('drops a continuation that would lengthen a word the writer has ended', () => {
    expect(fit('ing home.', at('She was go '))).toBeNull();
  });

  it('drops a sentence that begins in lower case', () => {
    expect(fit(' and the office.', at('She went home.'))).toBeNull();
    expect(fit(' Then she slept.', at('She went home.'))).toBe(' Then she slept.');
  });

  it('drops what the writer has just written', () => {
    expect(fit(' She went to the office.', at('She went to the office.'))).toBeNull();
  });

  it('drops what already stands to the right', () => {
    expect(fit(' to the office today.', at('She went', ' to the office.'))).toBeNull();
    expect(fit(' quickly to the', at('She went', ' to the office.'))).toBe(' quickly');
  });

  it.each([
    ['She said (I will¦)', ' come)', 'She said (I will come)'],
    ['She said "I will¦"', ' come."', 'She said "I will come."'],
    ['She said “I will¦”', ' come', 'She said “I will come”'],
    ['See the list [it is¦]', ' here', 'See the list [it is here]'],
    ['We read the ¦"old" plan', ' big', 'We read the big "old" plan'],
    ['We go home¦.', ' now.', 'We go home now.'],
  ])('puts no space before what closes: %s', (marked, continuation, put) => {
    const place = placeIn(marked, 'plaintext');
    expect(place).not.toBeNull();
    if (place) expect(marked.replace('¦', fitGhost(continuation, place, 'plaintext') ?? '')).toBe(put);
  });

  it('takes single letters that happen to agree for nothing', () => {
    expect(fit(' farm', at('We met him at the old', '\nmill near town.'))).toBe(' farm');
    expect(fit(' sofa', at('The cat sat down on the', '\nafter it had eaten.'))).toBe(' sofa');
    expect(fit(' for the', at('We waited', ' there.'))).toBe(' for the');
  });

  it('spells as the writer does', () => {
    expect(fit(' to the center of the harbor.', at('The neighbours went'))).toBe(
      ' to the centre of the harbour.',
    );
  });

  it('ends an item of a list as the others end', () => {
    const item: GhostPlace = { ...at('milk for the'), kind: 'listItem', withoutStop: true };
    expect(fit(' children.', item)).toBe(' children');
    expect(fit(' children...', item)).toBe(' children...');
    expect(fit(' children.', { ...item, withoutStop: false })).toBe(' children.');
  });

  it('drops markup and line breaks', () => {
    expect(fit(' to **the** office.', at('She went'))).toBeNull();
    expect(fit(' to the\noffice.', at('She went'))).toBeNull();
  });

  it('ends no comment of code', () => {
    const place = placeIn('/* The plan we¦ */\nfoo();', 'typescript');
    expect(place?.before).toBe('The plan we');
    if (!place) return;
    expect(fitGhost(' made today.', place, 'typescript')).toBe(' made today.');
    expect(fitGhost(' made */ today.', place, 'typescript')).toBeNull();
  });

  it('never joins two words, doubles a space or breaks the line, whatever stands around the caret', () => {
    const words = fc.array(fc.constantFrom('We', 'saw', 'the', 'old', 'plan', 'today', 'home'), {
      minLength: 3,
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, words, fc.nat(60), fc.constantFrom('', '.', ','), (left, ghost, cut, mark) => {
        const text = `${left.join(' ')}.`;
        const place = ghostPlace(text, 'markdown', Math.min(cut, text.length));
        if (!place) return;
        const offered = fit(` ${ghost.join(' ')}${mark}`, place);
        if (offered === null) return;
        const result = place.before + offered + place.after;
        expect(result).not.toMatch(/ {2}|\n|\S(?:We|saw|the|old|plan|today|home)\b/);
      }),
    );
  });
});
