import { describe, expect, it } from 'vitest';
import type { GhostPlace } from '../../../server/src/document/ghostPlace.ts';
import { spellingHabits } from '../../../server/src/document/spelling.ts';
import type { Suggestion } from '../../../server/src/generation/inlineWriter.ts';
import { chooseGhost } from '../../../server/src/lsp/ghostChoice.ts';
import type { PreferenceComparison } from '../../../server/src/preferences/comparisonRows.ts';
import { fitPreferenceModel } from '../../../server/src/preferences/fitPreferenceModel.ts';
import type { PreferenceModel } from '../../../server/src/preferences/preferenceModel.ts';

const before = 'It rained all day. In the end she';
const place: GhostPlace = {
  kind: 'paragraph',
  before,
  after: '',
  spelling: spellingHabits(before),
  withoutStop: false,
};
const plain: Suggestion = { text: ' went away.', confidence: 0.5, tokens: 3, totalMs: 1 };
const formal: Suggestion = { text: ' therefore obtained it.', confidence: 0.55, tokens: 3, totalMs: 1 };

/** Rewrites long words in short ones, and takes ghost text in plain words alone. */
function plainWriter(): PreferenceModel {
  const rewrites = Array.from({ length: 40 }, (_, i): PreferenceComparison => {
    const winner = `On day ${i} they got it, so we went on.`;
    const loser = `On day ${i} they obtained it, therefore we subsequently proceeded.`;
    return { decisionId: `r${i}`, document: `d${i % 7}`, original: loser, winner, loser, weight: 1 };
  });
  const ghosts = Array.from({ length: 60 }, (_, i): PreferenceComparison => {
    const original = `On day ${i} they`;
    const taken = i % 2 === 0;
    const text =
      original + (taken ? ' went home, as they had planned.' : ' therefore obtained it, as planned.');
    const [winner, loser] = taken ? [text, original] : [original, text];
    return {
      decisionId: `g${i}`,
      document: `d${i % 7}`,
      original,
      winner,
      loser,
      weight: 1,
      continues: true,
    };
  });
  const fit = fitPreferenceModel([...rewrites, ...ghosts], { seed: 1 });
  if (fit.kind !== 'model') throw new Error('There are enough decisions.');
  return fit;
}

describe('which ghost text is offered', () => {
  it('is the one of which the model is surest, while nothing is known of the writer', () => {
    expect(chooseGhost([plain, formal], place, 'markdown', null)?.text).toBe(formal.text);
  });

  it('is the one that the writer would put so, once that is known', () => {
    expect(chooseGhost([plain, formal], place, 'markdown', plainWriter())?.text).toBe(plain.text);
  });

  it('is in the language of the text', () => {
    const german = { ...place, before: 'Es war ein langer Tag und die Kinder sind nicht auf dem Weg zu der' };
    const suggestions = [
      { ...plain, text: ' school of the town in the hills.' },
      { ...plain, text: ' Schule.' },
    ];
    expect(chooseGhost(suggestions, german, 'markdown', null)?.text).toBe(' Schule.');
    expect(chooseGhost(suggestions.slice(0, 1), german, 'markdown', null)).toBeNull();
  });

  it('is one that fits at the caret', () => {
    const right = { ...place, after: ' therefore obtained it.' };
    expect(chooseGhost([plain, formal], right, 'markdown', null)?.text).toBe(plain.text);
    expect(chooseGhost([{ ...plain, text: ' *went*' }], place, 'markdown', null)).toBeNull();
    expect(chooseGhost([], place, 'markdown', null)).toBeNull();
  });
});
