import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../server/src/document/atoms.ts';
import { dialectOf } from '../../../server/src/document/blocks.ts';
import { blocksOf } from '../../../server/src/document/parse.ts';
import { findTarget } from '../../../server/src/document/target.ts';
import { reassemble } from '../../../server/src/document/reassemble.ts';
import { rewrite, target } from '../../support/targets.ts';

const shown = (text: string, language: string): string[] =>
  blocksOf(text, dialectOf(language)).map(({ atoms }) => visibleText(atoms));

/** The document with all pieces rewritten. */
function put(text: string, language: string, change: (piece: string) => string): string {
  const found = findTarget(text, language, 0, text.length, 2000);
  const { text: now } = reassemble(
    found,
    found.pieces.map((piece) => change(piece.text)),
  );
  return text.slice(0, found.start) + now + text.slice(found.end);
}

describe('the comments of code', () => {
  it.each([
    ['typescript', '// The function are here\n// and it are good.\nfoo();\n'],
    ['rust', '/// The function are here\n/// and it are good.\nfn foo() {}\n'],
    ['rust', '//! The crate are here\n//! and it are good.\n'],
    ['go', '\t// The function are here\n\t// and it are good.\n\tfoo()\n'],
    ['python', '# The function are here\n# and it are good.\nfoo()\n'],
    ['python', 'def f():\n    """The function are here\n    and it are good.\n    """\n    foo()\n'],
    ['sql', '-- The table are here\n-- and it are good.\nSELECT a -- b\n'],
    ['haskell', '-- | The function are here\n-- and it are good.\nfoo = bar\n'],
    ['clojure', ';; The function are here\n;; and it are good.\n(foo)\n'],
    ['matlab', '% The function are here\n% and it are good.\nfoo();\n'],
    ['c', '/* The function are here\n   and it are good. */\nfoo();\n'],
    ['java', '/**\n * The function are here\n * and it are good.\n */\nfoo();\n'],
    ['css', '/*\n * The rules are here\n * and it are good.\n */\na { color: red }\n'],
    ['lua', '--[[ The function are here\nand it are good. ]]\nfoo()\n'],
    ['vue', '<!-- The part are here\n  and it are good. -->\n<p>Foo are</p>\n'],
    ['php', '# The function are here\n# and it are good.\nfoo();\n'],
    ['ruby', '=begin\nThe method are here\nand it are good.\n=end\nfoo()\n'],
    ['perl', '=head1 The title\n\nThe function are here\nand it are good.\n\n=cut\nfoo();\n'],
    ['vb', "' The function are here\n' and it are good.\nFoo\n"],
  ])('of %s keep their marks, and the code is nobody’s: %j', (language, text) => {
    for (const document of [text, text.replaceAll('\n', '\r\n')]) {
      const [one, ...others] = shown(document, language).filter((words) => words !== 'b');
      expect(one).toMatch(/^The \w+ are here +and it are good\.$/);
      expect(others).toEqual([]);
      expect(
        put(document, language, (piece) => piece.replace('are here', 'is here').replace('it are', 'it is')),
      ).toBe(document.replace('are here', 'is here').replace('it are', 'it is'));
    }
  });

  it('keeps the mark of a line whose words on both sides change', () => {
    const text = '// The function are here\n// and it return nothing.\nfoo();\n';
    expect(put(text, 'typescript', () => 'The function is there, but it returns nothing.')).toBe(
      '// The function is there,\n// but it returns nothing.\nfoo();\n',
    );
  });

  it.each([
    ['typescript', 'foo();\n'],
    ['typescript', 'const url = "https://example.org"; const glob = `a\n// b c\n`;\n'],
    ['typescript', 'const quote = /["`]/; const other = "// she go home";\n'],
    ['python', '#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nx = y  # type: ignore\nz = "a # b c"\n'],
    ['python', 'query = """\n# she go home\n"""\n'],
    ['typescript', '// eslint-disable-next-line no-console\n// @ts-ignore it are so\n//#region It are\n'],
    ['typescript', '// foo(bar);\n// const x = 3;\n// }\n'],
    ['go', '//go:build linux\n//nolint:all\n'],
    ['shellscript', 'echo "$#" ${x#y z}\n'],
  ])('there are none to refine in %s: %j', (language, text) => {
    expect(shown(text, language)).toEqual([]);
    expect(() => findTarget(text, language, 0, text.length)).toThrow(
      expect.objectContaining({ code: 'nothingToRefine' }),
    );
    expect(() => findTarget(text, language, 1, 1)).toThrow(
      expect.objectContaining({ code: 'nothingToRefine' }),
    );
  });

  it.each([
    [
      'go',
      '// It are under the license (the "License");\n// for example:\n// it.\n',
      ['It are under the license (the "License"); for example: it.'],
    ],
    ['typescript', '// One thing are.\n//\n// Two things is.\n', ['One thing are.', 'Two things is.']],
    [
      'typescript',
      '// To do:\n// - buy a milk\n//   and it\n// - go\n',
      ['To do:', 'buy a milk   and it', 'go'],
    ],
    ['typescript', '// One are.\nfoo();\n// Two are.\n', ['One are.', 'Two are.']],
    ['typescript', '// One are.\n\n// Two are.\n', ['One are.', 'Two are.']],
    ['typescript', 'a = 1; // it are so\nb = 2; // he go home\n', ['it are so', 'he go home']],
    [
      'typescript',
      '/**\n * It are here.\n *\n * @param {string} [x=1] - the x are\n *   good\n * @param a, b the texts is\n * @type {Foo bar}\n' +
        ' * @returns {Promise<x>} the thing are\n * @example\n * foo(bar, it is)\n */\n',
      ['It are here.', 'the x are    good', 'the texts is', 'the thing are'],
    ],
    ['typescript', '/** It are here. @param x the x are */\n', ['It are here.', 'the x are']],
    ['cpp', '/// \\brief It are here.\n/// \\param[in] x the x are\n', ['It are here.', 'the x are']],
    [
      'csharp',
      '/// <summary>\n/// It are <c>x</c> here.\n/// </summary>\n/// <param name="x">The x are.</param>\n',
      ['It are <c>x</c> here.', 'The x are.'],
    ],
    [
      'rust',
      '/// It are.\n///\n/// # Examples\n///\n/// ```\n/// let it are\n/// ```\n/// More are.\n',
      ['It are.', 'More are.'],
    ],
    ['go', '// It are:\n//\n//\tfoo bar baz\n//\n// More are.\n', ['It are:', 'More are.']],
    [
      'typescript',
      '// ---- Section are ----\n// TODO(bob): fix it are\n/***** Box are *****/\n',
      ['Section are', 'fix it are', 'Box are'],
    ],
    [
      'python',
      'def f():\n    """It are.\n\n    Args:\n        x (int): The x are\n            good.\n        y: The y.\n\n    Returns:\n        It are so.\n\n' +
        '    :param z: The z are.\n    :rtype: int\n\n    >>> f(1)\n    2\n    """\n',
      ['It are.', 'The x are             good.', 'The y.', 'It are so.', 'The z are.'],
    ],
    [
      'python',
      "class A:\n    '''It are.\n\n    Parameters\n    ----------\n    x : int\n        The x are.\n    '''\n",
      ['It are.', 'The x are.'],
    ],
  ])('of %s are taken apart: %j', (language, text, texts) => {
    const flat = (words: string): string => words.replace(/\s+/g, ' ');
    expect(shown(text, language).map(flat)).toEqual(texts.map(flat));
    expect(put(text, language, (piece) => piece.replace(/ are\b/, ' is'))).toBe(
      blocksOf(text, dialectOf(language)).reduceRight(
        (left, { start, end }) =>
          left.slice(0, start) + left.slice(start, end).replace(/ are\b/, ' is') + left.slice(end),
        text,
      ),
    );
  });

  it('finds the one at the caret, also on its mark', () => {
    const text = 'foo();\n// One are.\nbar();\n';
    expect(target(text, '// One', 'typescript').pieces.map((piece) => piece.text)).toEqual(['One are.']);
    expect(target(text, 'are.', 'typescript').original).toBe('One are.');
  });

  it.each([
    [
      'perl',
      '=head1 A\n\nThe text are.\n\n  go there\n  and here\n\nMore are.\n\n=cut\n',
      ['The text are.', 'More are.'],
    ],
    [
      'perl',
      '=pod\n\nThe text are.\n\n=begin html\n\n<p>It are</p>\n\n=end html\n\n=cut\n',
      ['The text are.'],
    ],
    ['perl', '=head1 A\n\n  go there\n\n=cut\n', []],
    ['ruby', '=begin\nThe text are.\n\n  go there\n=end\n', ['The text are.']],
    ['ruby', '=begin\n  The text are.\n\n  More are.\n=end\n', ['The text are.', 'More are.']],
  ])('are no code that documentation of %s shows: %j', (language, text, expected) => {
    expect(shown(text, language)).toEqual(expected);
    expect(shown(text.replaceAll('\n', '\r\n'), language)).toEqual(expected);
  });

  it('keeps what documentation of Perl marks', () => {
    const text = '=pod\n\nThe C<< $x->y >> and L<the page|page> are B<good>.\n\n=cut\n';
    expect(put(text, 'perl', (piece) => piece.replace('C<', 'D<').replace('are', 'is'))).toBe(
      text.replace('are', 'is'),
    );
  });

  it('keeps names, code and links in them', () => {
    const text = '// The `a b` and {@link Foo bar} calls doIt() with some_name or otherName.\n';
    const found = target(text, 'The', 'typescript');
    for (const word of ['a b', 'Foo bar', 'doIt()', 'some_name', 'otherName'])
      expect(rewrite(found, [word, 'it']).text).toBe(text.slice(3, -1));
    expect(rewrite(found, ['calls', 'call']).text).toBe(text.slice(3, -1).replace('calls', 'call'));
  });

  it('lets nothing end a comment early', () => {
    const text = '/* It are here. */\nfoo();\n';
    expect(put(text, 'c', () => 'It is */ here.')).toBe(
      '/* It is here. */\nfoo();\n'.replace('is here', 'are here'),
    );
    expect(put('// It are here.\nfoo();\n', 'c', () => 'It are here.\nIt is.')).toBe(
      '// It are here.\nfoo();\n',
    );
  });

  const word = fc.constantFrom(
    'she',
    'go',
    '`code it`',
    'don’t',
    "don't",
    '"so"',
    'a_b',
    'e.g.',
    'https://a.org/b',
    '- x',
    '@param y',
  );
  const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '));
  const part = fc.oneof(
    words.map((text) => `// ${text}`),
    words.map((text) => `  // ${text}`),
    words.map((text) => `/* ${text} */`),
    fc.tuple(words, words).map(([a, b]) => `/**\n * ${a}\n * ${b}\n */`),
    words.map((text) => `x = 'y'; // ${text}`),
    fc.constantFrom('foo();', '', '//', 'x = `a // b c`;', "y = '// she go';"),
  );
  /** What is left without the words of comments, where lines of one may have been joined. */
  const codeOf = (text: string): string[] =>
    text
      .replace(/`a \/\/ b c`|'\/\/ she go'|\/\*[\s\S]*?\*\/|\/\/.*/g, (part) => part.slice(0, 2))
      .split('\n')
      .map((line) => line.trim())
      .filter((line, at, all) => line !== '//' || all[at - 1] !== '//');

  it('keeps the code whatever the model writes', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom('went', '*/', '//', '\n', '`', '"', '/*', '', '@type'));
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (parts, changes) => {
          const text = parts.join('\n');
          fc.pre(blocksOf(text, 'code-slashes').length > 0);
          const now = put(text, 'typescript', (piece) => {
            const all = piece.split(' ');
            for (const [at, by] of changes) all[at % all.length] = by;
            return all.join(' ').trim();
          });
          expect(codeOf(now)).toEqual(codeOf(text));
        },
      ),
      { numRuns: 300 },
    );
  });
});
