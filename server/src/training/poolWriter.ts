/** @file Writes the pools of a step: the leader's distinct drafts for each context, and the follower's distinct replies to some of them. */
import type { Rng } from '../game/rng.ts';
import type { CandidateSet, ContextPool, TrainingContext, Writing } from './candidates.ts';
import {
  mostGreedySlots,
  promptsAtOnce,
  rollOut,
  slotsFor,
  type DecoderSource,
  type RolloutAnswer,
} from './rollouts.ts';

export interface PoolOptions {
  /** Distinct candidates for each role. */
  readonly groupSize: number;
  /** Texts of each context that the follower answers in a round. */
  readonly drafts: number;
  /** In the first round the follower answers drafts of the leader, in the next its own replies, and so on. */
  readonly rounds: number;
  readonly temperature: number;
  readonly rng: Rng;
  readonly betweenSteps?: () => Promise<void>;
}

/** As the product (generation/draftWriter.ts): an answer may be somewhat longer than what it rewrites. */
export function answerLimit(writing: Pick<Writing, 'countTokens'>, original: string): number {
  return Math.ceil(1.6 * writing.countTokens(original)) + 24;
}

/**
 * Slots of the largest decoder that a run opens: for the longest texts, side by side.
 * @param asked one greedy answer each, or `count` distinct ones to a prompt, where the follower answers `drafts` drafts of a text side by side
 */
export function mostSlots(
  writing: Writing,
  contexts: readonly TrainingContext[],
  asked: 'greedy' | { readonly count: number; readonly drafts: number },
): number {
  const greedy = mostGreedySlots(slotsOf(writing, contexts, 1));
  if (asked === 'greedy') return greedy;
  const { count, drafts } = asked;
  const drawn = slotsOf(writing, contexts, count)
    .sort((a, b) => b - a)
    .flatMap((most) => new Array<number>(drafts).fill(most))
    .slice(0, promptsAtOnce)
    .reduce((sum, most) => sum + most, 0);
  return Math.max(greedy, drawn); // what was learned is examined greedily
}

/** Slots that `count` answers of either role take, for each text. */
function slotsOf(writing: Writing, contexts: readonly TrainingContext[], count: number): number[] {
  return contexts.map((context) => {
    const { original } = context;
    const maxTokens = answerLimit(writing, original);
    const leader = writing.leaderPrompt(context);
    const follower = writing.followerPrompt(context, original);
    const longest = follower.length + maxTokens - writing.countTokens(original); // that of the longest draft
    return Math.max(slotsFor({ prompt: leader, maxTokens }, count), longest + count * maxTokens);
  });
}

export async function writePools(
  source: DecoderSource,
  writing: Writing,
  contexts: readonly TrainingContext[],
  options: PoolOptions,
): Promise<ContextPool[]> {
  const { groupSize: count, temperature, rng, betweenSteps } = options;
  const rollout = {
    count,
    temperature,
    rng,
    isEnd: (token: number) => writing.isEnd(token),
    ...(betweenSteps && { betweenSteps }),
  };
  const prompts = contexts.map((context) => ({
    prompt: writing.leaderPrompt(context),
    maxTokens: answerLimit(writing, context.original),
  }));
  const drafts = await rollOut(source, prompts, rollout);
  const leaders = contexts.map(({ original }, i) =>
    candidateSet('leader', prompts[i]!.prompt, drafts[i]!, null, (answer) =>
      writing.show(answer.tokens, answer.ended, original),
    ),
  ); // one for each context
  const followers: CandidateSet[][] = contexts.map(() => []);
  let shown = leaders.map((set) => firstTexts([set], options.drafts));
  for (let round = 0; round < options.rounds; round++) {
    const asks = contexts.flatMap((context, i) =>
      shown[i]!.map((draft) => ({
        i,
        context,
        draft,
        prompt: writing.followerPrompt(context, draft),
        maxTokens: answerLimit(writing, context.original),
      })),
    );
    const replies = await rollOut(source, asks, rollout);
    const ofRound: CandidateSet[][] = contexts.map(() => []);
    asks.forEach(({ i, context, draft, prompt }, at) => {
      const set = candidateSet('follower', prompt, replies[at]!, draft, (answer) =>
        writing.show(answer.tokens, answer.ended, context.original, draft),
      ); // one for each ask
      ofRound[i]!.push(set);
      followers[i]!.push(set);
    });
    const answered = followers.map((sets) => new Set(sets.map(({ draft }) => draft)));
    shown = ofRound.map((sets, i) => firstTexts(sets, options.drafts, answered[i]));
  }
  return contexts.map((context, i) => ({ context, leader: leaders[i]!, followers: followers[i]! }));
}

/**
 * Different texts that can be shown, the first of each set, then the second …: those of a sample without replacement come by their
 * probability.
 */
function firstTexts(
  sets: readonly CandidateSet[],
  count: number,
  except: ReadonlySet<string | null> = new Set(),
): string[] {
  const longest = Math.max(0, ...sets.map(({ texts }) => texts.length));
  const inTurn = Array.from({ length: longest }, (_, k) => sets.map(({ texts }) => texts[k] ?? null)).flat();
  return [...new Set(inTurn.filter((text) => text !== null && !except.has(text)))].slice(
    0,
    count,
  ) as string[];
}

function candidateSet(
  role: CandidateSet['role'],
  prompt: readonly number[],
  answers: readonly RolloutAnswer[],
  draft: string | null,
  show: (answer: RolloutAnswer) => string | null,
): CandidateSet {
  return {
    role,
    prompt,
    answers: answers.map(({ tokens }) => tokens),
    texts: answers.map(show),
    drawn: Float64Array.from(answers, ({ logProb }) => logProb),
    draft,
  };
}
