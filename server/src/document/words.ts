/** @file Counting words: by spaces, and by the dictionary in scripts that put none between words. Latin text, most of it, is matched only. */

const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu;
/** Scripts without spaces between words; Korean has them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const everyUnspaced = new RegExp(unspaced, 'gu');
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

export function countWords(text: string): number {
  return unspaced.test(text) ? wordEnds(text).length : (text.match(word)?.length ?? 0);
}

/** How many characters are of scripts that put no spaces between words. */
export function countUnspaced(text: string): number {
  return text.match(everyUnspaced)?.length ?? 0;
}

/** The offset behind each word, in order. */
export function wordEnds(text: string): number[] {
  return Array.from(text.matchAll(word)).flatMap(({ 0: run, index }) => {
    if (!unspaced.test(run)) return [index + run.length];
    return Array.from(segmenter.segment(run))
      .filter(({ isWordLike }) => isWordLike === true)
      .map((one) => index + one.index + one.segment.length);
  });
}
