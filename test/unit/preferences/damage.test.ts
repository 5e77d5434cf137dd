import { describe, expect, it } from 'vitest';
import { guardCandidate, guardCap } from '../../../server/src/preferences/guards.ts';
import { coldStartModel } from '../../../server/src/preferences/fitPreferenceModel.ts';

const originals = [
  'The museum has moved 240 paintings to the new building, because the old roof was leaking into two of its rooms.',
  'Our team is planning to repeat the survey in 2019 with farmers who were absent when the first interviews took place.',
  'Rivers in the northern valleys can rise by 3 metres overnight, which makes the small wooden bridges dangerous.',
];

function upTo(text: string, share: number): string {
  const list = text.split(' ');
  return list.slice(0, Math.floor(list.length * share)).join(' ');
}

/** Phrasings that the rules were not written from. */
const damages: Readonly<Record<string, (original: string) => string>> = {
  empty: () => '\n\t',
  truncated: (x) => upTo(x, 0.6),
  preamble: (x) => `Absolutely! Below you will find my take on it:\n${x}`,
  chatter: (x) => `${x} Tell me whether you would like a shorter one as well.`,
  twice: (x) => `${x}\n\n${x}`,
  loop: (x) => `${upTo(x, 0.2)} ${`${upTo(x, 0.2)} `.repeat(5)}`,
  negated: (x) => x.replace(/ (has|is|can) /, ' $1 never '),
  number: (x) => x.replace(/\d+/, '77'),
  'other language': () =>
    'Il museo ha spostato i quadri nel nuovo edificio perché il tetto della vecchia sede non era più sicuro.',
  unrelated: () =>
    'Fresh bread tastes best when bakers knead dough slowly and let it rest beneath damp linen cloth.',
  salad: (x) => x.split(' ').toSorted().join(' '),
  role: (x) => `<|im_start|>assistant\n${x}`,
  padding: (x) => `It is worth noting that ${x}`,
  shouted: (x) => x.toUpperCase(),
};

describe('damaged candidates in new phrasings', () => {
  for (const [kind, damage] of Object.entries(damages)) {
    it(`${kind}: is held far below the original`, () => {
      for (const original of originals) {
        const damaged = damage(original);
        expect(guardCap(guardCandidate(original, damaged))).toBeLessThanOrEqual(0.1);
        expect(coldStartModel().probability(original, damaged, original)).toBeLessThanOrEqual(0.1);
      }
    });
  }

  it('mistyped words: need a spell checker', () => {
    const original = originals[0] ?? '';
    const damaged = original.replace('paintings', 'paitnings');
    expect(guardCandidate(original, damaged)).toEqual([]);
    const options = { guards: { misspelt: (word: string) => word === 'paitnings' } };
    expect(coldStartModel().probability(original, damaged, original, undefined, options)).toBeLessThanOrEqual(
      0.1,
    );
  });

  it('a copy is worth exactly as much as the original', () => {
    for (const original of originals)
      expect(coldStartModel().probability(original, original, original)).toBe(0.5);
  });
});
