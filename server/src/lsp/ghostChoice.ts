/** @file Which continuation is offered at a caret: of those that fit there, the one that the writer's taste and the model's confidence name. */
import { fitGhost, type GhostPlace } from '../document/ghostPlace.ts';
import type { Suggestion } from '../generation/inlineWriter.ts';
import { rankContinuations } from '../preferences/continuations.ts';
import { languageOf } from '../preferences/guards.ts';
import type { PreferenceModel } from '../preferences/preferenceModel.ts';
import { words } from '../preferences/words.ts';
import { unfinishedSentence } from '../storage/evidence.ts';

/**
 * @param taste null while too little is known of the writer: then the model's own confidence picks
 * @returns what is put in at the caret; null where nothing fits
 */
export function chooseGhost(
  suggestions: readonly Suggestion[],
  place: GhostPlace,
  languageId: string,
  taste: PreferenceModel | null,
): Suggestion | null {
  const fitting = new Map<string, Suggestion>();
  const language = languageIn(place.before);
  for (const suggestion of suggestions) {
    const text = fitGhost(suggestion.text, place, languageId);
    if (text === null || fitting.has(text) || (languageIn(text) ?? language) !== language) continue;
    fitting.set(text, { ...suggestion, text });
  }
  const candidates = [...fitting.values()].sort((a, b) => b.confidence - a.confidence);
  const ranked = taste ? rankContinuations(taste, unfinishedSentence(place.before), candidates) : candidates;
  return ranked[0] ?? null;
}

function languageIn(text: string): string | undefined {
  return languageOf(words(text).map((word) => word.toLowerCase()));
}
