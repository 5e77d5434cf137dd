/** @file Figures and smileys, which a rewrite leaves alone. Used by clean.ts and draftWriter.ts. */
import { applyEdits, onlyEdits } from '../document/edits.ts';
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
  const smileys = onlyEdits(
    shown,
    figures,
    ({ start, end, text: to }) => !losesSmiley(shown.slice(start, end), to),
  );
  return losesSmiley(shown, smileys) ? shown : smileys;
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
