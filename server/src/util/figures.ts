/** @file Figures in a text. A rewrite may write them in another way, but never change what they say. */

const figure = /\d+(?:[.,:/]\d+|[ \u00a0\u202f]\d{3}(?!\d))*/g;
/** `from` without what stands in `taken`, each as often as it stands there. */
function without(from: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return from.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const figuresIn = (text: string): readonly string[] => text.match(figure) ?? [];
const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** "5" and "5:00", "10,000" and "10 000" say the same. */
function same(a: string, b: string): boolean {
  const plain = (text: string): string => digitsOf(text.replace(/:00$/, ''));
  return plain(a) === plain(b);
}

/**
 * A figure of `original` is gone, and another that it does not have stands in the text: "10 million" → "10,000". Figures that are only left
 * out, or written for words, are no change.
 * @param wished where the writer has named figures that are to stand in the text
 */
export function changesFigure(original: string, text: string, wished = ''): boolean {
  if (digitsOf(original) === digitsOf(text)) return false;
  const before = figuresIn(original);
  const after = figuresIn(text);
  const lost = without(before, after);
  const found = without(without(after, before), figuresIn(wished));
  return lost.length > 0 && found.some((one) => !lost.some((other) => same(one, other)));
}
