/**
 * @file What the ready styles are taught from: pairs whose target has the style, made from the training texts. `brief`: shorter versions
 * that the model itself writes when it is pushed far towards brevity, sifted; `formal`: formal words and no contractions, by rule;
 * `friendly`: please, regret, thanks, contractions and plain words, by rule; `keep`: corrections only, everything else stays as it stands.
 */
import { createRng } from '../../server/src/game/rng.ts';
import { guardCandidate } from '../../server/src/preferences/guards.ts';
import { writePools } from '../../server/src/training/poolWriter.ts';
import type { Lab } from '../learning/lab.ts';
import { randomAt, type EditPair } from './data.ts';
import { formally } from './register.ts';
import { refusals, warmly } from './warmth.ts';

export type StylePair = Pick<EditPair, 'source' | 'target'>;

const isEdit = ({ source, target }: StylePair): boolean => source !== target;
const wordCount = (text: string): number => text.split(/\s+/).length;
const made = ({ origin }: EditPair): boolean => !origin.startsWith('wikisplit');

/** Wordy texts and their brief versions, as the corpora have them. */
export function concisePairs(pairs: readonly EditPair[]): StylePair[] {
  return pairs.filter((pair) => pair.task === 'concise' && isEdit(pair) && made(pair));
}

/** Nearly all from texts with their faults, because from correct ones it is learned to leave faults alone as well. */
export function formalPairs(pairs: readonly EditPair[]): StylePair[] {
  const professional = pairs.filter((pair) => pair.task === 'style' && isEdit(pair)).slice(0, 400);
  const formal = pairs
    .filter(({ target }) => formally(target) !== target)
    .filter(({ task, source, target }, i) => (task === 'fluency' && source !== target) || i % 8 === 0)
    .map(({ source, target }) => ({ source, target: formally(target) }));
  return [...professional, ...formal];
}

/** At most so many that ask: of more the model learns to begin with "Please" whatever is said. */
const mostRequests = 180;

/** Requests, refusals and thanks, and beside them texts with contractions and plain words alone, nearly all from texts with mistakes. */
export function friendlyPairs(pairs: readonly EditPair[]): StylePair[] {
  const warm = pairs
    .map(({ source, target }) => ({ source, before: target, target: warmly(target) }))
    .filter(({ before, target }) => target !== before);
  const kind = warm.filter(({ before, target }) => kindWords(target) > kindWords(before));
  const asking = kind.filter(({ target }) => target.startsWith('Please'));
  const others = kind.filter(({ target }) => !target.startsWith('Please'));
  const plain = warm.filter(
    ({ source, before, target }) => kindWords(target) === kindWords(before) && source !== before,
  );
  const made = refusals().map((source) => ({ source, target: warmly(source) }));
  const chosen = [...asking.slice(0, mostRequests), ...others, ...plain.slice(0, 2 * mostRequests), ...made];
  return chosen.map(({ source, target }) => ({ source, target }));
}

const kindWords = (text: string): number => text.match(/\b(?:please|unfortunately|thanks)\b/giu)?.length ?? 0;

/**
 * Texts of which only mistakes are corrected: those without any stay, however they could be improved. The same text with its mistake and
 * without it stand side by side, so that what is learned is to tell them apart.
 */
export function keepPairs(pairs: readonly EditPair[]): StylePair[] {
  const mistakes = pairs.filter((pair) => pair.task === 'fluency' && isEdit(pair));
  const correct = mistakes.filter((_, i) => i % 3 === 0).map(({ target }) => ({ source: target, target }));
  const others = pairs
    .filter(({ task }) => task !== 'fluency')
    .slice(0, Math.floor(mistakes.length / 2))
    .map(({ source }) => ({ source, target: source }));
  return [...mistakes, ...correct, ...others];
}

/** Candidates less likely than this, in nats a token, are not fluent enough to be learned. */
const leastLogProb = -0.35;
const leastLengthRatio = 0.65;
const mostNewWords = 0.15;
/** Words that stand in the texts at least so often are words, and no slip of the model. */
const knownFrom = 20;

/**
 * The model as it stands writes shorter versions of correct texts; of those that are fluent, hold the meaning by the product's guards and
 * bring no words of their own, the shortest is the target for the text with its faults. Where none is, the corrected text is.
 */
export async function brieferPairs(
  lab: Lab,
  pairs: readonly EditPair[],
  count: number,
  log: (line: string) => void,
): Promise<StylePair[]> {
  const frequency = new Map<string, number>();
  for (const { target } of pairs) {
    for (const word of bag(target)) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const short = pairs.filter(({ source }) => wordCount(source) >= 10 && wordCount(source) <= 32);
  const chosen = Array.from(
    { length: count },
    (_, i) => short[Math.floor(randomAt(99, i)() * short.length)]!,
  ); // in range
  const found: StylePair[] = [];
  for (let at = 0; at < count; at += 16) {
    const part = chosen.slice(at, at + 16);
    const contexts = part.map(({ target }) => ({ document: '', original: target, task: 'improve', instruction: '' })); // prettier-ignore
    const options = { groupSize: 4, drafts: 1, rounds: 1, temperature: 1, rng: createRng(at) };
    const pools = await writePools(lab.transformer, lab.writing, contexts, options);
    pools.forEach(({ leader, followers }, i) => {
      const { source, target } = part[i]!; // one for each
      const candidates = [leader, ...followers].flatMap(({ texts, drawn, answers }) =>
        texts.filter((text, k) => text !== null && drawn[k]! / answers[k]!.length > leastLogProb),
      );
      const briefer = candidates
        .filter((text) => text !== null)
        .filter((text) => isBriefer(text, target, frequency))
        .sort((a, b) => wordCount(a) - wordCount(b))[0];
      found.push({ source, target: briefer ?? target });
    });
    log(`shorter versions of ${at + part.length} of ${count} texts`);
  }
  return found;
}

function isBriefer(text: string, target: string, frequency: ReadonlyMap<string, number>): boolean {
  const own = new Set(bag(target));
  const words = bag(text);
  const added = words.filter((word) => !own.has(word));
  return (
    wordCount(text) < wordCount(target) &&
    text.at(-1) === target.at(-1) &&
    wordCount(text) >= leastLengthRatio * wordCount(target) &&
    guardCandidate(target, text).length === 0 &&
    added.every((word) => (frequency.get(word) ?? 0) >= knownFrom) &&
    added.length < mostNewWords * words.length
  );
}

function bag(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}'’-]+/gu) ?? [];
}
