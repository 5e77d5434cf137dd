/** @file A document's prose in blocks, by its language. */
import { hideSpaces } from './atoms.ts';
import type { Block, Dialect } from './blocks.ts';
import { commentBlocks } from './comments.ts';
import { lightBlocks } from './lightMarkup.ts';
import { markdownBlocks } from './markdown.ts';
import { commitBlocks, latexBlocks, messageBlocks, plainBlocks } from './plain.ts';

export function blocksOf(text: string, dialect: Dialect): Block[] {
  return rawBlocks(text, dialect).map((block) => ({ ...block, atoms: hideSpaces(block.atoms) }));
}

function rawBlocks(text: string, dialect: Dialect): Block[] {
  switch (dialect) {
    case 'markdown':
      return markdownBlocks(text);
    case 'latex':
      return latexBlocks(text);
    case 'commit':
      return commitBlocks(text);
    case 'scminput':
      return messageBlocks(text);
    case 'plain':
      return plainBlocks(text);
    case 'restructuredtext':
    case 'asciidoc':
    case 'org':
    case 'typst':
      return lightBlocks(text, dialect);
    default:
      return commentBlocks(text, dialect);
  }
}
