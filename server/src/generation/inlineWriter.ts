/**
 * @file Ghost text: the likeliest way on from where the writer stopped, at most to the sentence's end, and only as far as the model is
 * sure of it. Silence beats nonsense. Called by inlineHandlers.
 */
import { endsWithAbbreviation } from '../document/sentences.ts';
import type { Continuation, TextModel } from './textModel.ts';

export interface Suggestion {
  readonly text: string;
  /** Geometric mean of the probabilities of its tokens, 0–1. */
  readonly confidence: number;
  readonly tokens: number;
  readonly totalMs: number;
}

export interface InlineLimits {
  /** The running geometric mean of the token probabilities below which writing ends. */
  readonly confidence: number;
  readonly maxWords: number;
}

/** Measured with `npm run bench:inline`: at 0.45 every second suggestion begins with the author's own next word. */
export const inlineLimits: InlineLimits = { confidence: 0.45, maxWords: 20 };
/** Whoever asks for a suggestion gets one of which the model is less sure. */
export const askedLimits: InlineLimits = { confidence: 0.15, maxWords: 20 };
const maxTokens = 32;
/** A single likely word is rarely worth a look. */
const minCharacters = 4;

const sentenceEnd = /[.!?…](?:["'”’)\]]*)(?=\s|$)/gu;

export class InlineWriter {
  readonly #model: Pick<TextModel, 'continueText'>;
  readonly #limits: InlineLimits;

  constructor(model: Pick<TextModel, 'continueText'>, limits: InlineLimits) {
    this.#model = model;
    this.#limits = limits;
  }

  /**
   * @param before the text before the caret, which need not be the whole document
   * @param draws how many more are drawn beside the likeliest one, all in one batch
   * @returns different continuations, the likeliest first, each with the space before its first word; none when the model is not sure
   * @throws CancelledError when the signal aborts
   */
  async suggest(before: string, signal: AbortSignal, draws = 0): Promise<Suggestion[]> {
    const { confidence, maxWords } = this.#limits;
    // A model reads the space as the beginning of the next word: the text ends with a whole word.
    const continued = await this.#model.continueText({
      text: before.trimEnd(),
      maxTokens,
      draws,
      signal,
      enough: (text, probabilities) =>
        isComplete(text) ||
        loopStart(text) >= 0 ||
        wordCount(text) > maxWords ||
        geometricMean(probabilities) < confidence,
    });
    const { totalMs } = continued;
    const suggestions = new Map<string, Suggestion>();
    for (const continuation of [continued, ...continued.drawn]) {
      const suggestion = this.#suggestion(continuation, totalMs);
      if (suggestion && !suggestions.has(suggestion.text)) suggestions.set(suggestion.text, suggestion);
    }
    return [...suggestions.values()];
  }

  #suggestion({ text, probabilities }: Continuation, totalMs: number): Suggestion | null {
    const { confidence, maxWords } = this.#limits;
    const ended = isComplete(text);
    const sure = ended && geometricMean(probabilities) >= confidence;
    const kept = presentable(text, sure, maxWords);
    if (kept.trim().length < minCharacters) return null;
    const tokens = probabilities.length;
    // The token at which writing ended is not in a text that was cut.
    const mean = geometricMean(sure ? probabilities : probabilities.slice(0, -1));
    if (mean < confidence) return null;
    return { text: kept, confidence: mean, tokens, totalMs };
  }
}

/** The sentence is over, or a line has ended. A point at the end that may go on to be "3.5" or "e.g." is waited behind. */
export function isComplete(text: string): boolean {
  const trimmed = text.trimStart();
  if (trimmed.includes('\n')) return true;
  return [...trimmed.matchAll(sentenceEnd)].some(({ 0: marks, index }) => {
    const written = trimmed.slice(0, index + 1);
    if (endsWithAbbreviation(written)) return false;
    const goesOn = index + marks.length < trimmed.length;
    return goesOn || !/(?:\d|(?:^|[\s(.])\p{L})\.$/u.test(written);
  });
}

/** Up to the first sentence end or line break. */
export function upToSentenceEnd(text: string): string {
  const line = /^\s*[^\n]*/.exec(text)?.[0].trimEnd() ?? '';
  for (const end of line.matchAll(sentenceEnd)) {
    if (!endsWithAbbreviation(line.slice(0, end.index + 1))) return line.slice(0, end.index + end[0].length);
  }
  return line;
}

/** Where a longer word stands for the second time, as it does when a small model goes round in circles; −1 where none does. */
export function loopStart(text: string): number {
  const seen = new Set<string>();
  for (const { 0: word, index } of text.toLowerCase().matchAll(/\p{L}{4,}/gu)) {
    // The last word may still grow.
    if (seen.has(word) && index + word.length < text.length) return index;
    seen.add(word);
  }
  return -1;
}

/**
 * What may be shown of a continuation: up to the sentence's end when the model was sure to there; else whole words only, none twice, and
 * no little word at the end that promises more.
 */
export function presentable(text: string, sure: boolean, maxWords: number): string {
  const loop = loopStart(text);
  if (loop < 0 && sure) return upToSentenceEnd(text);
  const [line = ''] = (loop < 0 ? text.replace(/\S*$/, '') : text.slice(0, loop)).split('\n', 1);
  const words = line.match(/\s*\S+/gu)?.slice(0, maxWords) ?? [];
  while (words.length > 0 && dangling.test(words.at(-1)?.trim() ?? '')) words.pop();
  return words.join('').replace(/[,;:–—-]+$/u, '');
}

const dangling =
  /^(?:a|an|the|of|to|in|on|at|by|for|with|from|and|or|but|that|which|who|is|was|are|were|be|i|you|he|she|it|we|they)$/i;

function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function geometricMean(probabilities: readonly number[]): number {
  if (probabilities.length === 0) return 0;
  return Math.exp(
    probabilities.reduce((sum, probability) => sum + Math.log(Math.max(probability, 1e-9)), 0) /
      probabilities.length,
  );
}
