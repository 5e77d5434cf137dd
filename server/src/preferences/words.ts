/** @file Words of a text and the alignment of two word lists; used by the features and the guards. */

/** Runs of letters and digits (with inner apostrophes and hyphens), and every other visible character by itself. */
export function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

export function isWord(token: string): boolean {
  return /[\p{L}\p{N}]/u.test(token);
}

export function countMatches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

export interface Alignment {
  /** For every token of the first list: is it kept? */
  readonly keptA: readonly boolean[];
  readonly keptB: readonly boolean[];
  /** Index of the first token that differs. */
  readonly first: number;
}

/** Longest common subsequence of two token lists, O(n·m) in what is left once equal ends are trimmed. */
export function align(a: readonly string[], b: readonly string[]): Alignment {
  let start = 0;
  let endA = a.length;
  let endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const n = endA - start;
  const m = endB - start;
  const width = m + 1;
  const longest = new Uint32Array((n + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[start + i] === b[start + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const keptA = a.map((_, i) => i < start || i >= endA);
  const keptB = b.map((_, j) => j < start || j >= endB);
  for (let i = 0, j = 0; i < n && j < m;) {
    if (a[start + i] === b[start + j]) {
      keptA[start + i++] = true;
      keptB[start + j++] = true;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return { keptA, keptB, first: start };
}
