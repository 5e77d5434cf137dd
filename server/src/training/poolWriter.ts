/** @file Writes the pools of a step: the leader's distinct drafts for each context, and the follower's distinct replies to some of them. */
import type { Rng } from '../game/rng.ts';
import type { CandidateSet, ContextPool, TrainingContext, Writing } from './candidates.ts';
import { rollOut, type DecoderSource, type RolloutAnswer } from './rollouts.ts';

export interface PoolOptions {
  /** Distinct candidates for each role. */
  readonly groupSize: number;
  /** Drafts of the leader that the follower answers. */
  readonly drafts: number;
  readonly temperature: number;
  readonly rng: Rng;
  readonly betweenSteps?: () => Promise<void>;
}

/** As the product: an answer may be somewhat longer than what it rewrites. */
export function answerLimit(writing: Writing, original: string): number {
  return Math.ceil(1.6 * writing.countTokens(original)) + 8;
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
  const shown = leaders.map((set) => firstDrafts(set, options.drafts));
  const asks = contexts.flatMap((context, i) =>
    shown[i]!.map((draft) => ({
      context,
      draft,
      prompt: writing.followerPrompt(context, draft),
      maxTokens: answerLimit(writing, context.original),
    })),
  );
  const replies = await rollOut(source, asks, rollout);
  const followers = asks.map(({ context, draft, prompt }, i) =>
    candidateSet('follower', prompt, replies[i]!, draft, (answer) =>
      writing.show(answer.tokens, answer.ended, context.original, draft),
    ),
  );
  let at = 0;
  return contexts.map((context, i) => ({
    context,
    leader: leaders[i]!,
    followers: shown[i]!.map(() => followers[at++]!),
  }));
}

/** Drafts that can be shown, in the order of the sample: those of a sample without replacement come by their probability. */
function firstDrafts({ texts }: CandidateSet, count: number): string[] {
  return [...new Set(texts.filter((text) => text !== null))].slice(0, count);
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
