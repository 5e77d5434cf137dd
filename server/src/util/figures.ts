/** @file Figures in a text. A rewrite may write them in another way, but never change what they say. */

/** A minus sign is no hyphen behind a word and none of a range ("5 -10"). */
const figure =
  /(?:(?<sign>(?<=^|[\s("“'‘$€£])(?<!\d\s)(?:[-−–]|minus\s+)[$€£]?)|(?<dash>[-−–]\s?))?(?<number>\d+(?:[.,:/]\d+|'\d{3}(?!\d))*)/gi;
/** One point alone may part thousands or not: it stays a point, so that it may become a comma but not nothing. */
const thousands = /(?<![\d.,])[1-9]\d{0,2}(?!\.\d{3}(?![.,]?\d))([., \u00a0\u202f])\d{3}(?:\1\d{3})*(?!\d)/g;

/** What parts thousands is an apostrophe, which is as good as nothing; in front "-" for a minus sign, "~" for another dash. */
function figuresIn(text: string): readonly string[] {
  const joined = text.replace(thousands, (number) => number.replace(/\D/g, "'"));
  return Array.from(joined.matchAll(figure), ({ groups = {} }) => {
    const mark = groups.sign !== undefined ? '-' : groups.dash !== undefined ? '~' : '';
    return mark + (groups.number ?? '');
  });
}

/** Each digit with the mark before it, a space before the first one of a figure that has none. */
function digitsOf(figures: readonly string[]): readonly (readonly [mark: string, digit: string])[] {
  return figures
    .map((one) => one.replace(/^(?=\d)/, ' '))
    .flatMap((one) =>
      Array.from(one.matchAll(/(\D?)(\d)/g), ([, mark = '', digit = '']) => [mark, digit] as const),
    );
}

/** A point or a slash is not nothing, and a minus sign neither; "5,6" and "5, 6", "10:30" and "10.30" may be the same. */
function differs(mark: string, other: string): boolean {
  return (mark === '' && /[-.,/]/.test(other)) || (mark === ' ' && other === '-');
}

function agree(a: readonly string[], b: readonly string[]): boolean {
  const [before, after] = [digitsOf(a), digitsOf(b)];
  return (
    before.length === after.length &&
    before.every(([mark, digit], at) => {
      const [other = '', found = ''] = after[at] ?? [];
      return digit === found && !differs(mark, other) && !differs(other, mark);
    })
  );
}

/** "5" and "5:00", "36,6" and "36.6" say the same. */
function same(a: string, b: string): boolean {
  return agree([a.replace(/:00$/, '')], [b.replace(/:00$/, '')]);
}

/** `from` without what `taken` says too, each as often as it says it. */
function without(from: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return from.filter((one) => {
    const at = left.findIndex((other) => same(one, other));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * A figure of `original` is gone, and another that it does not have stands in the text: "10 million" → "10,000". Figures that are only left
 * out, or written for words, are no change.
 * @param wished where the writer has named figures that are to stand in the text
 */
export function changesFigure(original: string, text: string, wished = ''): boolean {
  const [before, after] = [figuresIn(original), figuresIn(text)];
  if (agree(before, after)) return false;
  const lost = without(before, after);
  const found = without(without(after, before), figuresIn(wished));
  return lost.length > 0 && found.length > 0;
}
