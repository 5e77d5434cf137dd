/** @file Figures and smileys, which a rewrite leaves alone. Used by clean.ts and draftWriter.ts. */
import { applyEdits, movesWords, onlyEdits, wordEdits, type WordEdit } from '../document/edits.ts';
import { changesFigure } from '../util/figures.ts';

/**
 * Takes those changes back that change a figure or, where mistakes are corrected, lose a smiley; what else was changed may be right.
 * @param shown what the text was made from: the source or a draft of it
 * @param wish figures that the writer names may stand in the text
 */
export function keepMarks(
  text: string,
  shown: string,
  source: string,
  { wish, corrects }: { readonly wish: string; readonly corrects: boolean },
): string {
  const figures = changesFigure(source, text, wish)
    ? onlyEdits(shown, text, (edit) => !changesFigure(shown, applyEdits(shown, [edit]), wish))
    : text;
  if (!corrects || !losesSmiley(shown, figures)) return figures;
  const beside = keepBeside(figures, shown);
  const smileys = onlyEdits(
    shown,
    beside,
    ({ start, end, text: to }) => !losesSmiley(shown.slice(start, end), to),
  );
  return losesSmiley(shown, smileys) ? shown : smileys;
}

/**
 * What words before a smiley became stays, with the smiley behind it. Where words or smileys were moved, nobody knows where it
 * belongs.
 */
function keepBeside(text: string, shown: string): string {
  const edits = wordEdits(shown, text);
  if (movesWords(shown, edits)) return text;
  const kept = applyEdits(
    shown,
    edits.map((edit) => ({ ...edit, text: withSmileys(edit, shown) })),
  );
  return losesSmiley(kept, shown) ? text : kept;
}

/** The new words of an edit with the smileys that its old ones end with, behind a space and no full stop where no sentence ended. */
function withSmileys({ start, end, text }: WordEdit, shown: string): string {
  const old = shown.slice(start, end);
  const last = endSmileys(old);
  const before = old.slice(0, old.length - last.length).trimEnd();
  if (before === '' || text.trim() === '' || !losesSmiley(last, text)) return text;
  const words = /[.!?…]$/.test(before) ? text.trimEnd() : text.trimEnd().replace(/\.$/, '');
  return `${words} ${last.trim()}${/\s*$/.exec(last)?.[0] ?? ''}`;
}

const smiley =
  /\p{Extended_Pictographic}|\p{RI}{2}|(?<![\p{L}\p{N}])[:;=]['’]?-?[()DPp](?![\p{L}\p{N}])|(?<=\p{L})[:;]-?[()](?=\s|$)/gu;

/** An emoji or a smiley of `from` is gone; with or without its nose it is the same. */
export function losesSmiley(from: string, to: string): boolean {
  const smileys = (text: string): string[] => (text.match(smiley) ?? []).map((one) => one.replace('-', ''));
  const left = smileys(to);
  return smileys(from).some((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What makes one emoji of several signs, and the space between two. */
const between = /^(?:\s|\u200d|\ufe0f|\p{EMod})*$/u;

/** The smileys at the end with the space round them. */
function endSmileys(text: string): string {
  let at = text.length;
  for (const { 0: one, index } of Array.from(text.matchAll(smiley)).toReversed()) {
    if (!between.test(text.slice(index + one.length, at))) break;
    at = index;
  }
  return text.slice(text.slice(0, at).trimEnd().length);
}
