import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../server/src/document/atoms.ts';
import type { Dialect } from '../../../server/src/document/blocks.ts';
import { blocksOf } from '../../../server/src/document/parse.ts';
import { findTarget } from '../../../server/src/document/target.ts';
import { reassemble } from '../../../server/src/document/reassemble.ts';

const word = fc.constantFrom(
  'she',
  'go',
  'the',
  'results',
  'is',
  'a',
  'naïve',
  '东京',
  'don’t',
  '😀',
  'e.g.',
  'well-known',
  '3.14',
);

const inline = fc.oneof(
  { weight: 6, arbitrary: word },
  fc.constantFrom(
    '`code span`',
    '$x^2$',
    '[a link](https://example.org/a_b "title")',
    '[text][ref]',
    '![an image](pic.png)',
    '<https://example.org>',
    'https://example.org/x?y=1',
    '<kbd>K</kbd>',
    '**very *deep* text**',
    '*slanted words*',
    '~~gone~~',
    '&amp;',
    '\\*star\\*',
    'note[^1]',
    'snake_case_name',
  ),
);

const sentence = fc.array(inline, { minLength: 3, maxLength: 9 }).map((parts) => `${parts.join(' ')}.`);

const block = fc.oneof(
  { weight: 4, arbitrary: sentence },
  sentence.map((text) => `- ${text}`),
  sentence.map((text) => `> ${text}`),
  sentence.map((text) => `## ${text}`),
  fc.tuple(sentence, sentence).map(([a, b]) => `1. ${a}\n   ${b}`),
  fc.tuple(sentence, sentence).map(([a, b]) => `${a}\n${b}`),
  fc.tuple(sentence, sentence).map(([a, b]) => `> ${a}\n> ${b}`),
  fc.tuple(sentence, sentence).map(([a, b]) => `${a}  \n${b}`),
  fc.constantFrom(
    '```js\nlet she = go;\n```',
    '$$\nx = y\n$$',
    '| a | b |\n|---|---|\n| she go | he |',
    '<div>\nshe go\n</div>',
    '::: note\nshe go\n:::',
    '---',
    '    indented code',
    '[ref]: https://example.org "she go"',
    '[^1]: a note what is here',
  ),
);

const markdown = fc
  .tuple(fc.boolean(), fc.array(block, { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\r\n'))
  .map(([front, blocks, newline]) =>
    `${front ? '---\ntitle: she go\n---\n\n' : ''}${blocks.join('\n\n')}\n`.replaceAll('\n', newline),
  );

const anyText = fc.string({ unit: 'binary', maxLength: 120 });
const dialects = [
  'markdown',
  'plain',
  'latex',
  'commit',
  'scminput',
  'restructuredtext',
  'asciidoc',
  'org',
  'typst',
  'code-slashes',
  'code-python',
  'code-semicolons',
] as const satisfies readonly Dialect[];

/** Everything that is not prose, as the parser sees it. */
function skeleton(text: string): unknown {
  return blocksOf(text, 'markdown').map(({ kind, atoms }) => ({
    kind,
    frozen: atoms.filter((atom) => atom.kind === 'frozen').map(({ raw }) => raw),
    markers: atoms.filter((atom) => atom.visible === '' && atom.emphasis !== true).map(({ raw }) => raw),
  }));
}

describe('taking documents apart', () => {
  it.each(dialects)('covers each block of any %s text byte for byte, in order', (dialect) => {
    fc.assert(
      fc.property(fc.oneof(markdown, anyText), (text) => {
        let at = 0;
        for (const { start, end, atoms } of blocksOf(text, dialect)) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(atoms.map(({ raw }) => raw).join('')).toBe(text.slice(start, end));
          at = end;
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(dialects)('gives back any %s selection unchanged when nothing is rewritten', (dialect) => {
    const names: Partial<Record<Dialect, string>> = {
      plain: 'plaintext',
      commit: 'git-commit',
      'code-slashes': 'typescript',
      'code-python': 'python',
      'code-semicolons': 'clojure',
    };
    const language = names[dialect] ?? dialect;
    fc.assert(
      fc.property(markdown, fc.nat(), fc.nat(), (text, a, b) => {
        const [start, end] = [a % text.length, b % text.length].sort((x, y) => x - y) as [number, number];
        let target;
        try {
          target = findTarget(text, language, start, end, 10_000);
        } catch (error) {
          expect(error).toMatchObject({ code: 'nothingToRefine' });
          return;
        }
        expect(target.original).toBe(text.slice(target.start, target.end));
        expect(
          reassemble(
            target,
            target.pieces.map((piece) => piece.text),
          ),
        ).toMatchObject({
          text: target.original,
          refused: [],
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** What a model does to a text: words changed, added, left out. */
const change = fc.record({
  at: fc.nat(),
  what: fc.constantFrom('replace', 'insert', 'delete'),
  word: fc.oneof(
    fc.constantFrom('went', 'better', 'those', 'Indeed,'),
    fc.constantFrom(
      '*',
      '_so_',
      '[x](y)',
      '<b>',
      '#',
      '1.',
      '-',
      '`',
      '$',
      '>',
      '|',
      '\\',
      '&copy;',
      '~~',
      '+',
      '=',
      '![',
    ),
  ),
});

function rewrite(text: string, changes: readonly { at: number; what: string; word: string }[]): string {
  const parts = text.split(' ');
  for (const { at, what, word } of changes) {
    const index = at % parts.length;
    if (what === 'replace') parts[index] = word;
    else if (what === 'insert') parts.splice(index, 0, word);
    else if (parts.length > 3) parts.splice(index, 1);
  }
  return parts.join(' ').trim();
}

describe('putting rewrites back into Markdown', () => {
  it('keeps links, code, math, HTML and the structure, whatever the model writes', () => {
    fc.assert(
      fc.property(markdown, fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        let target;
        try {
          target = findTarget(text, 'markdown', 0, text.length, 10_000);
        } catch {
          return;
        }
        const pieces = target.pieces.map((piece) => rewrite(piece.text, changes));
        const result = reassemble(target, pieces);
        const after = text.slice(0, target.start) + result.text + text.slice(target.end);
        expect(skeleton(after)).toEqual(skeleton(text));
      }),
      { numRuns: 250 },
    );
  });

  it('writes exactly what the model wrote, where it is put back at all', () => {
    fc.assert(
      fc.property(sentence, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        let target;
        try {
          target = findTarget(text, 'markdown', 0, text.length, 10_000);
        } catch {
          return;
        }
        const pieces = target.pieces.map((piece) => rewrite(piece.text, changes));
        const result = reassemble(target, pieces);
        fc.pre(result.refused.length === 0);
        const shown = blocksOf(result.text, 'markdown').map(({ atoms }) => visibleText(atoms));
        expect(shown.join('')).toBe(pieces.join(''));
      }),
      { numRuns: 250 },
    );
  });
});
