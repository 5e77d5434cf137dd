/**
 * @file A word diff as the Markdown of a comment body. Model text is escaped: it can neither form Markdown nor HTML.
 * The spans carry the diff editor's theme colours; high contrast themes have none and show strike and underline alone.
 */
import type { DiffPart } from '../../../server/protocol/dashboardMessages.ts';
import { diffWords, shareChanged } from '../text/wordDiff.ts';

/** Above this share of changed words a diff is harder to read than the new text. */
export const plainAbove = 0.6;

/** Shows the candidate against the original; where most of it changed, the candidate alone. */
export function candidateMarkdown(original: string, candidate: string): string {
  const parts = diffWords(original, candidate);
  return shareChanged(parts) > plainAbove ? escapeMarkdown(candidate) : partsMarkdown(parts);
}

export function partsMarkdown(parts: readonly DiffPart[]): string {
  return parts
    .map((part, index) => {
      // A word that is struck out and its successor would run together.
      const gap = part.kind === 'added' && parts[index - 1]?.kind === 'removed' ? '&thinsp;' : '';
      return gap + partMarkdown(part);
    })
    .join('');
}

function partMarkdown(part: DiffPart): string {
  const text = escapeMarkdown(part.text);
  switch (part.kind) {
    case 'equal':
      return text;
    case 'removed':
      return `<span style="background-color:var(--vscode-diffEditor-removedTextBackground);"><del>${text}</del></span>`;
    case 'added':
      return `<span style="background-color:var(--vscode-diffEditor-insertedTextBackground);"><ins>${text}</ins></span>`;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // Would otherwise make bare addresses into links.
  ':': '&#58;',
  '@': '&#64;',
};

/** One line of inline Markdown that renders as exactly this text. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[&<>:@]/g, (character) => entities[character] ?? character)
    .replace(/[\\`*_{}[\]()#+\-.!|~$^="']/g, (mark, offset: number, whole: string) =>
      mark === '#' && whole[offset - 1] === '&' ? mark : `\\${mark}`,
    )
    .replace(/\r\n|\r|\n/g, '<br>')
    .replace(/\t/g, ' ')
    .replace(/(?<=<br>) +|^ {2,}/g, (spaces) => '&nbsp;'.repeat(spaces.length));
}
