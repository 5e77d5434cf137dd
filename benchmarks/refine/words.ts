/** @file How much of a text a rewrite keeps. */
import { diffWords } from 'diff';

/** Words of the source that stand in the rewrite, in order, as a share of the source's words. */
export function keptShare(source: string, rewrite: string): number {
  const count = (text: string): number => text.split(/\s+/).filter(Boolean).length;
  const kept = diffWords(source, rewrite).reduce(
    (sum, { added, removed, value }) => (added || removed ? sum : sum + count(value)),
    0,
  );
  return kept / Math.max(1, count(source));
}
