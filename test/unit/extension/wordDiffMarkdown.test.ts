import { describe, expect, it } from 'vitest';
import { candidateMarkdown, escapeMarkdown } from '../../../extension/src/review/wordDiffMarkdown.ts';

describe('a candidate in the zone', () => {
  it('marks what goes and what comes with theme colours', () => {
    expect(candidateMarkdown('one two three', 'one four three')).toBe(
      'one <span style="background-color:var(--vscode-diffEditor-removedTextBackground);"><del>two</del></span>' +
        '&thinsp;<span style="background-color:var(--vscode-diffEditor-insertedTextBackground);"><ins>four</ins></span> three',
    );
  });

  it('is plain text where most words changed', () => {
    expect(candidateMarkdown('alpha beta gamma', 'one two three')).toBe('one two three');
  });
});

describe('model text', () => {
  it('can not form HTML', () => {
    expect(escapeMarkdown('<img src=x onerror=alert(1)>')).not.toMatch(/[<>]/);
  });

  it('can not close our own spans', () => {
    const markdown = candidateMarkdown(
      'keep these words here as they are now',
      'keep </ins> these words here as they are now',
    );
    expect(markdown.match(/<\/ins>/g)).toHaveLength(1);
    expect(markdown).toContain('&lt;/ins&gt;');
  });

  it('can not form links, emphasis, code, headings, lists or images', () => {
    const escaped = escapeMarkdown('# [a](https://b.c) *d* _e_ `f` ![g](h) 1. i - j + k | l ~~m~~');
    for (const mark of ['[', ']', '(', ')', '*', '_', '`', '#', '!', '|', '~', '.', '-', '+']) {
      for (let at = escaped.indexOf(mark); at !== -1; at = escaped.indexOf(mark, at + 1)) {
        const isEntity = mark === '#' && escaped[at - 1] === '&';
        expect(isEntity || escaped[at - 1] === '\\', `${mark} at ${String(at)} of ${escaped}`).toBe(true);
      }
    }
    expect(escaped).not.toContain('://');
  });

  it('stays one block, with its line breaks', () => {
    expect(escapeMarkdown('a\n\n    b\r\nc')).toBe('a<br><br>&nbsp;&nbsp;&nbsp;&nbsp;b<br>c');
  });

  it('shows entities as they were written', () => {
    expect(escapeMarkdown('&amp; &#58;')).toBe('&amp;amp; &amp;\\#58;');
  });
});
