import { cleanDraft, type Cleaned } from '../../server/src/generation/clean.ts';

export const source = 'She go to the office every days and he forget his keys.';
export const good = 'She goes to the office every day and he forgets his keys.';

/** A whole answer, cleaned. */
export function clean(text: string, of = source, previous?: string): Cleaned {
  return cleanDraft({ text, stop: 'end' }, of, { previous });
}
