/** @file What of words is compared where spelling and endings may differ. */

/** "I'm" and "Im" are the same. */
export function lettersOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();
}

/** The beginnings of all words, in order. */
export function beginnings(text: string): Set<string> {
  return new Set([...text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word.slice(0, 4)));
}

/** Those of the longer words. */
export function stems(text: string): Set<string> {
  return new Set([...beginnings(text)].filter((word) => word.length === 4));
}
