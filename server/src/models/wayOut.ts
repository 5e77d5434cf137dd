/** @file What a model that can't be used leaves to do: the facts for the buttons of its error. Built into the model source in main.ts. */
import { DraftError } from '../util/errors.ts';
import type { ModelLibrary } from './library.ts';

/** The error with what the library can offer instead; a damaged file of the library is set aside. */
export function withWayOut(error: unknown, library: ModelLibrary, path: string): unknown {
  if (!(error instanceof DraftError)) return error;
  const { code, message, cause, facts } = error;
  const more = (added: Readonly<Record<string, string>>): DraftError =>
    new DraftError(code, message, { cause, facts: { ...facts, ...added } });
  if (code === 'modelCorrupt') {
    const { setAside, id } = library.setAside(path);
    return setAside ? more({ setAside: 'yes', ...(id !== undefined && { id }) }) : error;
  }
  if (code === 'outOfMemory') {
    const fits = library.largestThatFits(null);
    return fits ? more({ fits: fits.id, fitsTitle: fits.title }) : error;
  }
  return error;
}
