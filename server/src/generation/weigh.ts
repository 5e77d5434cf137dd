/**
 * @file How much likelier a model is to write one text than another that differs from it in one place: only the tokens of that place and a
 * few behind it are evaluated. Knows no node-llama-cpp: it sees a sequence of token numbers.
 */
import { throwIfAborted } from '../util/errors.ts';

/** What weighing needs of a model's sequence. */
export interface WeighedSequence {
  /** Brings the sequence to these tokens; what is cached of them costs nothing. */
  reach(tokens: readonly number[], signal: AbortSignal): Promise<void>;
  /** Natural log-probability of each token but the first, behind what the sequence holds and those before it; evaluates all but the last. */
  logProbs(tokens: readonly number[]): Promise<readonly number[]>;
}

/** Tokens behind a difference that are looked at too: in them shows whether the sentence goes on well. */
const tokensBehind = 2;

/**
 * @param prompt at least one token
 * @param text, others the assistant's whole turns, with the token that ends them
 * @returns log π(text) − log π(other) for each, nats; 0 for an equal one
 */
export async function weigh(
  sequence: WeighedSequence,
  prompt: readonly number[],
  text: readonly number[],
  others: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<number[]> {
  const differences = others.map((other, index) => ({ index, other, ...difference(text, other) }));
  const margins = others.map(() => 0);
  // From the last to the first: the cache holds the text, and what is behind a difference is needed no more.
  for (const { index, other, start, behind } of differences.sort((a, b) => b.start - a.start)) {
    if (start === text.length && start === other.length) continue;
    const scoreOf = async (tokens: readonly number[]): Promise<number> => {
      throwIfAborted(signal);
      const whole = [...prompt, ...tokens];
      const first = prompt.length + start;
      await sequence.reach(whole.slice(0, first - 1), signal);
      const end = Math.min(whole.length, whole.length - behind + tokensBehind);
      const logProbs = await sequence.logProbs(whole.slice(first - 1, end));
      return logProbs.reduce((sum, x) => sum + x, 0);
    };
    margins[index] = (await scoreOf(text)) - (await scoreOf(other));
  }
  return margins;
}

/** Where two token lists begin to differ, and how many tokens they have in common behind that. */
function difference(
  a: readonly number[],
  b: readonly number[],
): { readonly start: number; readonly behind: number } {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  const shorter = Math.min(a.length, b.length) - start;
  let behind = 0;
  while (behind < shorter && a.at(-1 - behind) === b.at(-1 - behind)) behind += 1;
  return { start, behind };
}
