/** @file "Why this?": the belief about the writer that speaks most for a candidate, in one sentence. */
import type { PreferenceModel } from './preferenceModel.ts';

/**
 * Such as "You usually accept shorter versions (41 decisions)."
 * @returns null while the model does not beat chance, or where nothing that is believed speaks for the candidate
 */
export function reasonFor(model: PreferenceModel, original: string, candidate: string): string | null {
  const speaking = model
    .beliefs()
    .filter(({ feature }) => feature !== 'rewritten') // speaks for any change, most for the biggest
    .map((belief) => ({ belief, gain: model.speaksFor(belief, original, candidate) }))
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain)[0];
  if (!speaking) return null;
  return `You usually accept versions like this: ${speaking.belief.text} (${model.decisions} decisions).`;
}
