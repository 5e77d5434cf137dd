/** @file Whether a pause at this caret is a sensible place for ghost text. Pure; what is prose inside the document is the server's to know. */

export interface CaretPlace {
  /** The caret's line, left and right of it. */
  readonly before: string;
  readonly after: string;
  readonly carets: number;
  readonly hasSelection: boolean;
  readonly documentLength: number;
}

const largestDocument = 1_000_000;
const fewestWords = 3;

/** The end of a line or of a sentence, after at least three words. */
export function isPausePlace(place: CaretPlace): boolean {
  if (place.carets !== 1 || place.hasSelection || place.documentLength > largestDocument) return false;
  const atLineEnd = place.after.trim() === '';
  const atSentenceEnd = /[.!?…。！？]["'”’)\]]*\s*$/u.test(place.before) && /^\s/.test(place.after);
  if (!atLineEnd && !atSentenceEnd) return false;
  if (isMarkup(place.before)) return false;
  return (place.before.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? []).length >= fewestWords;
}

export interface UnaskedFacts {
  readonly enabled: boolean;
  readonly isProse: boolean;
  readonly trigger: 'onPause' | 'onDemand' | 'off';
  readonly yieldToOthers: boolean;
  readonly copilotIsOn: boolean;
}

/** Whether ghost text may be offered unasked: VS Code shows whichever provider answers first, so where Copilot is on we don't. */
export function mayOfferUnasked(facts: UnaskedFacts): boolean {
  return isWantedUnasked(facts) && !yieldsToCopilot(facts);
}

/** Whether Copilot is what keeps ghost text from being offered unasked, not a choice of the writer's. */
export function yieldsToCopilot(facts: UnaskedFacts): boolean {
  return isWantedUnasked(facts) && facts.yieldToOthers && facts.copilotIsOn;
}

function isWantedUnasked({ enabled, isProse, trigger }: UnaskedFacts): boolean {
  return enabled && isProse && trigger === 'onPause';
}

/** What `github.copilot.enable` says about a language. */
export function isEnabledFor(enable: Readonly<Record<string, boolean>>, languageId: string): boolean {
  return enable[languageId] ?? enable['*'] ?? true;
}

/** Headings, table rows, comments of LaTeX and of commit messages. */
function isMarkup(line: string): boolean {
  return /^\s*(#|\||%|<!--|\\(chapter|section|subsection|subsubsection|paragraph)\*?\{)/.test(line);
}
