import { expect, it } from 'vitest';
import { packagedReadme } from '../../../scripts/lib/packagedReadme.mjs';
import { asTheSystemTakesIt } from '../../../scripts/lib/steps.mjs';

it('the packaged README has no pictures, diagrams, links and sections that need the repository', () => {
  const readme = [
    '# Title',
    '![A picture](docs/a.png)',
    '## Try it',
    '```sh\nnpm start\n```',
    'All you need.',
    '## How it works',
    '```mermaid\nflowchart LR\n```',
    'See [the *docs*](docs/b.md), [the site](https://example.org) and [below](#below).',
    '## More',
    '[a](a.md) · [b](b.md)',
    '## Licence',
    'Free.',
  ].join('\n\n');
  expect(packagedReadme(readme)).toBe(
    '# Title\n\n## How it works\n\nSee the *docs*, [the site](https://example.org) and [below](#below).\n\n## Licence\n\nFree.\n',
  );
});

it('Windows’ shell takes words with spaces for one', () => {
  expect(asTheSystemTakesIt('npm', ['ci', '--prefix', 'C:\\Jane Doe'], true)).toEqual({
    shell: true,
    words: ['npm', 'ci', '--prefix', '"C:\\Jane Doe"'],
  });
  const program = asTheSystemTakesIt('C:\\Program Files\\node.exe', ['a b'], true);
  expect(program).toEqual({ shell: false, words: ['C:\\Program Files\\node.exe', 'a b'] });
  expect(asTheSystemTakesIt('npm', ['a b'], false)).toEqual({ shell: false, words: ['npm', 'a b'] });
});
