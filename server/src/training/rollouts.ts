/**
 * @file Candidates to learn from: K distinct answers to each prompt, drawn without replacement from the policy by stochastic beam search
 * (Kool, van Hoof, Welling, "Stochastic Beams and Where to Find Them", 2019): the K answers with the largest perturbed log-probs are a
 * sample without replacement, so that no answer is wasted as a copy of another. With temperature 0 the likeliest answer, greedily.
 */
import type { Rng } from '../game/rng.ts';
import type { DecodeRow, Decoder } from '../tensor/decoder.ts';

/** What rollouts need of the engine; Transformer has it. */
export interface DecoderSource {
  decoder(slots: readonly number[]): Pick<Decoder, 'step' | 'dispose'>;
}

export interface RolloutPrompt {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
}

export interface RolloutOptions {
  /** Distinct answers wanted for each prompt; fewer where the policy has fewer. */
  readonly count: number;
  /** Divides log-probs before drawing; 0: greedy, one answer. */
  readonly temperature: number;
  readonly isEnd: (token: number) => boolean;
  readonly rng: Rng;
  /** Awaited between steps: waits while paused, throws when cancelled. */
  readonly betweenSteps?: () => Promise<void>;
  /** Prompts that are decoded side by side, at most; default {@link promptsAtOnce}, or twice as many for one greedy answer each. */
  readonly atOnce?: number;
}

export interface RolloutAnswer {
  /** With the end-of-turn token where the answer ended. */
  readonly tokens: readonly number[];
  readonly ended: boolean;
  /** log π of the answer at the temperature, without the tail that is never drawn. */
  readonly logProb: number;
}

/** Tokens that are less likely are never drawn: the tail of a small model is noise. */
const leastProbability = 1e-4;

interface Beam {
  readonly tokens: readonly number[];
  /** Slots of the answer's tokens, in order. */
  readonly slots: readonly number[];
  /** log π of the tokens so far, at the temperature. */
  readonly logProb: number;
  /** The perturbed log-prob by which beams compete. */
  readonly perturbed: number;
  readonly ended: boolean;
}

export const promptsAtOnce = 8;
/** Greedy answers are decoded side by side in so many slots, at most: what a slot holds is tens of kilobytes. */
const greedySlots = 2048;

/** Slots that `count` answers to a prompt take in a decoder. */
export function slotsFor({ prompt, maxTokens }: RolloutPrompt, count: number): number {
  return prompt.length + count * maxTokens;
}

/** For each prompt its distinct answers. */
export async function rollOut(
  source: DecoderSource,
  prompts: readonly RolloutPrompt[],
  options: RolloutOptions,
): Promise<RolloutAnswer[][]> {
  const greedy = options.temperature === 0;
  const atOnce = options.atOnce ?? (greedy ? 2 : 1) * promptsAtOnce;
  const order = prompts.map((_, i) => i);
  // Answers to prompts of about the same length end at about the same time. Drawn ones are drawn in the order that was asked for.
  if (greedy) order.sort((a, b) => prompts[a]!.prompt.length - prompts[b]!.prompt.length); // in range
  const answers: RolloutAnswer[][] = [];
  for (let at = 0; at < order.length;) {
    const next = order.slice(at, at + atOnce);
    const batch = greedy ? next.slice(0, fitting(next.map((i) => prompts[i]!))) : next; // in range
    const written = await rollOutTogether(source, batch.map((i) => prompts[i]!), options); // prettier-ignore
    batch.forEach((i, k) => (answers[i] = written[k]!)); // one list for each
    at += batch.length;
  }
  return answers;
}

/** Of the largest decoder of greedy answers. @param slots that each prompt's answer takes */
export function mostGreedySlots(slots: readonly number[]): number {
  const largest = slots.toSorted((a, b) => b - a).slice(0, 2 * promptsAtOnce);
  return Math.max(
    largest[0] ?? 0,
    Math.min(
      greedySlots,
      largest.reduce((sum, most) => sum + most, 0),
    ),
  );
}

/** How many of the prompts, from the first, can be answered greedily in {@link greedySlots}; at least one. */
function fitting(prompts: readonly RolloutPrompt[]): number {
  let slots = 0;
  const tooMany = prompts.findIndex((prompt) => (slots += slotsFor(prompt, 1)) > greedySlots);
  return tooMany < 0 ? prompts.length : Math.max(1, tooMany);
}

async function rollOutTogether(
  source: DecoderSource,
  prompts: readonly RolloutPrompt[],
  options: RolloutOptions,
): Promise<RolloutAnswer[][]> {
  const count = options.temperature === 0 ? 1 : options.count;
  const decoder = source.decoder(prompts.map((prompt) => slotsFor(prompt, count)));
  try {
    const searches = prompts.map((prompt) => new BeamSearch(prompt, count, options));
    for (let at = 0; at < searches.length; at += promptsAtOnce) {
      if (at > 0) await options.betweenSteps?.();
      const reading = searches.map((search, i) =>
        i >= at && i < at + promptsAtOnce ? search.promptRows() : nothing,
      );
      const first = decoder.step(reading);
      searches.slice(at, at + promptsAtOnce).forEach((search, i) => search.advance(first[at + i]!)); // one for each search
    }
    for (;;) {
      await options.betweenSteps?.();
      const steps = searches.map((search) => search.nextRows());
      if (steps.every(({ rows }) => rows.length === 0)) break;
      const probabilities = decoder.step(steps);
      searches.forEach((search, i) => search.advance(probabilities[i]!)); // one for each search
    }
    return searches.map((search) => search.answers());
  } finally {
    decoder.dispose();
  }
}

const nothing = { rows: [], wanted: [] };

class BeamSearch {
  readonly #prompt: RolloutPrompt;
  readonly #options: RolloutOptions;
  readonly #count: number;
  readonly #promptSlots: readonly number[];
  #beams: readonly Beam[];
  #nextSlot: number;
  /** The beams whose next tokens the last step was asked for, in its order. */
  #asked: readonly Beam[];

  constructor(prompt: RolloutPrompt, count: number, options: RolloutOptions) {
    this.#prompt = prompt;
    this.#options = options;
    this.#count = count;
    this.#promptSlots = prompt.prompt.map((_, i) => i);
    this.#nextSlot = prompt.prompt.length;
    this.#beams = [{ tokens: [], slots: [], logProb: 0, perturbed: 0, ended: false }];
    this.#asked = this.#beams;
  }

  promptRows(): { rows: DecodeRow[]; wanted: number[] } {
    const rows = this.#prompt.prompt.map((token, i) => ({
      token,
      position: i,
      slot: i,
      sees: this.#promptSlots.slice(0, i),
    }));
    return { rows, wanted: [rows.length - 1] };
  }

  /** The last tokens of the beams that go on. */
  nextRows(): { rows: DecodeRow[]; wanted: number[] } {
    const open: Beam[] = [];
    const rows: DecodeRow[] = [];
    this.#beams = this.#beams.map((beam) => {
      if (beam.ended || beam.tokens.length >= this.#prompt.maxTokens) return beam;
      const slot = this.#nextSlot++;
      const { length } = beam.tokens;
      rows.push({
        token: beam.tokens[length - 1]!, // a beam that goes on has a token
        position: this.#prompt.prompt.length + length - 1,
        slot,
        sees: [...this.#promptSlots, ...beam.slots],
      });
      const next = { ...beam, slots: [...beam.slots, slot] };
      open.push(next);
      return next;
    });
    this.#asked = open;
    return { rows, wanted: rows.map((_, i) => i) };
  }

  /** @param probabilities of the next token, for each beam that was asked for */
  advance(probabilities: readonly Float32Array[]): void {
    if (this.#asked.length === 0) return;
    const asked = new Set(this.#asked);
    const competing = this.#beams.filter((beam) => !asked.has(beam)); // ended, or as long as it may be
    this.#asked.forEach((beam, i) => competing.push(...this.#children(beam, probabilities[i]!))); // one for each
    competing.sort((a, b) => b.perturbed - a.perturbed);
    this.#beams = competing.slice(0, this.#count);
  }

  answers(): RolloutAnswer[] {
    return this.#beams.map(({ tokens, ended, logProb }) => ({ tokens, ended, logProb }));
  }

  #children(beam: Beam, probabilities: Float32Array): Beam[] {
    const { temperature, isEnd, rng } = this.#options;
    const child = (token: number, logProb: number, perturbed: number): Beam => ({
      tokens: [...beam.tokens, token],
      slots: beam.slots,
      logProb,
      perturbed,
      ended: isEnd(token),
    });
    if (temperature === 0) {
      let best = 0;
      for (let token = 1; token < probabilities.length; token++) {
        if (probabilities[token]! > probabilities[best]!) best = token; // in range
      }
      return [child(best, 0, 0)];
    }
    const tokens: number[] = [];
    const logProbs: number[] = [];
    for (let token = 0; token < probabilities.length; token++) {
      const p = probabilities[token]!; // in range
      if (p < leastProbability) continue;
      tokens.push(token);
      logProbs.push(Math.log(p) / temperature);
    }
    const total = logSumExp(logProbs);
    // Gumbel noise on each child, conditioned on that their maximum is the parent's perturbed log-prob (Kool et al., appendix B.3).
    const own = logProbs.map((logProb) => beam.logProb + logProb - total);
    const noisy = own.map((phi) => phi - Math.log(-Math.log(1 - rng.next() * (1 - 1e-12) - 1e-13)));
    const largest = Math.max(...noisy);
    return tokens.map((token, i) => {
      const g = noisy[i]!; // one for each token
      const v = beam.perturbed - g + log1mExp(g - largest);
      const perturbed = beam.perturbed - Math.max(0, v) - Math.log1p(Math.exp(-Math.abs(v)));
      return child(token, own[i]!, perturbed);
    });
  }
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

/** log(1 − eˣ) for x ≤ 0. */
function log1mExp(x: number): number {
  if (x >= 0) return -Infinity;
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}
