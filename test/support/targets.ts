/** @file Finding and rewriting targets in the tests of documents. */
import { expect } from 'vitest';
import { findTarget, type Target } from '../../server/src/document/target.ts';
import { reassemble } from '../../server/src/document/reassemble.ts';

/** The offset of the first `needle`, which must be there. */
export function at(text: string, needle: string): number {
  const index = text.indexOf(needle);
  expect(index).toBeGreaterThanOrEqual(0);
  return index;
}

/** The target of a caret there. */
export function target(text: string, needle: string, language = 'markdown'): Target {
  const offset = at(text, needle);
  return findTarget(text, language, offset, offset, 2000);
}

/** The target's text after replacing words of the single piece. */
export function rewrite(
  found: Target,
  ...changes: readonly (readonly [string, string])[]
): ReturnType<typeof reassemble> {
  const pieces = found.pieces.map(({ text }) =>
    changes.reduce((sum, [from, to]) => sum.replace(from, to), text),
  );
  return reassemble(found, pieces);
}
