/**
 * @file The data of the editing adapter: reading the pairs, drawing the training mixture, and the conversation format.
 * Which example comes at which place of which step depends on the seed and the step alone, so a resumed run sees the same data.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const tasks = ['fluency', 'clarity', 'concise', 'coherence', 'style'] as const;
export type Task = (typeof tasks)[number];

export interface EditPair {
  readonly task: Task;
  readonly source: string;
  readonly target: string;
  readonly origin: string;
}

/** The instruction that stands before the text; also written to adapter.json. */
export const instructions: Readonly<Record<Task | 'default', string>> = {
  fluency: 'Fix the grammar',
  clarity: 'Make it clearer',
  concise: 'Make it shorter',
  coherence: 'Make it flow',
  style: 'Make it professional',
  default: 'Improve it',
};
export const followerRequest = 'Improve it.';

/** Other words for the same wishes, so that a writer's own instruction is not all new. Drawn for one example in ten. */
const paraphrases: Readonly<Record<Task, readonly string[]>> = {
  fluency: [
    'Correct the mistakes',
    'Fix grammar and spelling',
    'Proofread this',
    'Fix all errors in this text',
  ],
  clarity: ['Use plain language', 'Make this easier to understand', 'Simplify', 'Rewrite this more clearly'],
  concise: ['Shorten this', 'Cut unnecessary words', 'Be more concise', 'Tighten this sentence'],
  coherence: ['Make this more coherent', 'Connect the sentences', 'Improve the flow', 'Join these sentences'],
  style: ['Make the tone more formal', 'Rewrite this in a professional tone', 'Make it less casual'],
};

export function readPairs(path: string): EditPair[] {
  if (!existsSync(path)) {
    throw new Error(
      `${path} is missing: the text-editing pairs of the project's shared data (docs/models.md).`,
    );
  }
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EditPair);
}

/** Common mistakes of people who learn English, and texts that look like them and are right; written for this project. */
export const usagePath = join(import.meta.dirname, 'usage.jsonl');

/** @returns the pairs that the mixture draws from */
export function trainingPairs(dataPath: string): EditPair[] {
  return [...readPairs(dataPath), ...readPairs(usagePath)];
}

export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Plain ChatML without a system turn, up to where the assistant's turn begins. */
export function leaderPrompt(instruction: string, source: string): string {
  return `<|im_start|>user\n${instruction}: ${source}<|im_end|>\n<|im_start|>assistant\n`;
}

/** What follows the leader's prompt when its answer is to be improved. */
export function followerPrompt(answer: string): string {
  return `${answer}<|im_end|>\n<|im_start|>user\n${followerRequest}<|im_end|>\n<|im_start|>assistant\n`;
}

/** A piece of a conversation; with `learn` its tokens have a loss. */
export interface Segment {
  readonly text: string;
  readonly learn: boolean;
}

const endOfTurn = '<|im_end|>';

/** A generator of numbers in [0, 1) for one place in the data (mulberry32 on a mixed seed). */
export function randomAt(seed: number, place: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Parts of the edits of each task, by the beginning of the origin. Natural origins weigh far more than their share of lines. */
const originShares: Readonly<Record<Task, readonly (readonly [string, number])[]>> = {
  fluency: [
    ['eracond', 0.2],
    ['harper', 0.2],
    ['usage', 0.35],
    ['synthetic:', 0.25],
  ],
  clarity: [
    ['wikisplit', 0.35],
    ['plainlanguage', 0.05],
    ['synthetic:', 0.6],
  ],
  concise: [
    ['harper', 0.03],
    ['plainlanguage', 0.03],
    ['synthetic:', 0.94],
  ],
  coherence: [
    ['wikisplit', 0.35],
    ['synthetic:', 0.65],
  ],
  style: [
    ['harper', 0.08],
    ['synthetic:', 0.92],
  ],
};

export interface MixOptions {
  readonly seed: number;
  /** Part of the examples whose text is good as it is and stays. */
  readonly keepShare: number;
  /** Part of the examples that end with a follower's turn. */
  readonly followerShare: number;
  /** Part of the edits that are `fluency`; the other tasks share the rest evenly. */
  readonly fluencyShare: number;
  readonly maxWords: number;
}

export const defaultMix: MixOptions = {
  seed: 7,
  keepShare: 0.26,
  followerShare: 0.15,
  fluencyShare: 0.36,
  maxWords: 45,
};

/** A training pair and the model's own first answer to it (leaderAnswers.ts). */
export interface AnsweredPair extends EditPair {
  readonly answer: string;
}

/** Draws training conversations from the pairs. */
export class EditMixture {
  readonly #options: MixOptions;
  readonly #edits: Readonly<Record<Task, readonly (readonly [readonly EditPair[], number])[]>>;
  readonly #good: readonly EditPair[];
  readonly #goodChat: readonly EditPair[];
  readonly #answered: readonly AnsweredPair[];

  constructor(pairs: readonly EditPair[], options: MixOptions, answered: readonly AnsweredPair[] = []) {
    this.#options = options;
    const short = pairs.filter(({ source }) => source.split(/\s+/).length <= options.maxWords);
    const edits = short.filter(({ source, target }) => source !== target);
    const byTask = (task: Task): (readonly [readonly EditPair[], number])[] =>
      originShares[task].map(([origin, share]) => [
        edits.filter((pair) => pair.task === task && pair.origin.startsWith(origin)),
        share,
      ]);
    this.#edits = {
      fluency: byTask('fluency'),
      clarity: byTask('clarity'),
      concise: byTask('concise'),
      coherence: byTask('coherence'),
      style: byTask('style'),
    };
    this.#good = short.filter(
      ({ source, target, origin }) => source === target && origin.startsWith('clean:'),
    );
    this.#goodChat = short.filter(({ origin }) => origin === 'eracond-ok' || origin === 'usage-ok');
    this.#answered = answered;
  }

  /** The conversation at `place` (0, 1, 2 …). */
  example(place: number): Segment[] {
    const random = randomAt(this.#options.seed, place);
    const follower = random() < this.#options.followerShare;
    if (follower && this.#answered.length > 0 && random() < 0.6) {
      const pair = pick(this.#answered, random);
      return this.#followerTurn(pair, pair.answer, random);
    }
    const pair = this.#pair(random);
    if (!follower) return this.#leaderTurn(pair, random);
    const draw = random();
    const [source, target] = [pair.source, pair.target];
    if (draw < 0.45) return this.#followerTurn(pair, target, random);
    if (draw < 0.6) return this.#followerTurn(pair, source, random);
    return this.#followerTurn(pair, halfEdited(source, target, random), random);
  }

  /** The pair at `place`, without a conversation around it. */
  pair(place: number): EditPair {
    return this.#pair(randomAt(this.#options.seed, place));
  }

  #pair(random: () => number): EditPair {
    const { keepShare, fluencyShare } = this.#options;
    if (random() < keepShare) {
      const draw = random();
      if (draw < 0.45) return pick(this.#good, random);
      if (draw < 0.55) return pick(this.#goodChat, random);
      const { task, target, origin } = this.#edit(random, fluencyShare); // what has been edited is good as it is
      return { task, source: target, target, origin };
    }
    return this.#edit(random, fluencyShare);
  }

  #edit(random: () => number, fluencyShare: number): EditPair {
    const others = tasks.slice(1);
    const task = random() < fluencyShare ? 'fluency' : pick(others, random);
    let draw = random();
    for (const [pairs, share] of this.#edits[task]) {
      draw -= share;
      if (draw < 0) return pick(pairs, random);
    }
    return pick(this.#edits[task][0]![0], random); // the shares add up to 1 but for rounding
  }

  #instruction(task: Task, random: () => number): string {
    const draw = random();
    if (draw < 0.1) return pick(paraphrases[task], random);
    return draw < 0.2 ? instructions.default : instructions[task];
  }

  #leaderTurn({ task, source, target }: EditPair, random: () => number): Segment[] {
    return [
      { text: leaderPrompt(this.#instruction(task, random), source), learn: false },
      { text: target + endOfTurn, learn: true },
    ];
  }

  /** The first answer is learnt too where it is the target. */
  #followerTurn({ task, source, target }: EditPair, answer: string, random: () => number): Segment[] {
    const follow = followerPrompt(answer).slice(answer.length + endOfTurn.length);
    return [
      { text: leaderPrompt(this.#instruction(task, random), source), learn: false },
      { text: answer + endOfTurn, learn: answer === target },
      { text: follow, learn: false },
      { text: target + endOfTurn, learn: true },
    ];
  }
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to draw from.');
  return item;
}

/** `source` with some of the edits towards `target` made and the others not: what an unsure first answer looks like. */
export function halfEdited(source: string, target: string, random: () => number): string {
  const [from, to] = [source.split(' '), target.split(' ')];
  const width = to.length + 1;
  const same = new Int32Array((from.length + 1) * width); // longest common subsequence of the ends
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      same[i * width + j] =
        from[i] === to[j]
          ? same[(i + 1) * width + j + 1]! + 1 // indices stay within the table
          : Math.max(same[(i + 1) * width + j]!, same[i * width + j + 1]!);
    }
  }
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [startI, startJ] = [i, j];
    while ((i < from.length || j < to.length) && (i >= from.length || j >= to.length || from[i] !== to[j])) {
      const skipSource =
        j >= to.length || (i < from.length && same[(i + 1) * width + j]! >= same[i * width + j + 1]!);
      if (skipSource) i++;
      else j++;
    }
    if (i > startI || j > startJ) {
      out.push(...(random() < 0.5 ? to.slice(startJ, j) : from.slice(startI, i)));
    }
    if (i < from.length && j < to.length) {
      out.push(from[i]!); // both at an equal word
      i++;
      j++;
    }
  }
  return out.join(' ');
}
