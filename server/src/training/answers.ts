/** @file What a policy writes for texts as the product would show it, and what the guards measure of that. */
import type { TrainingContext, Writing } from './candidates.ts';
import type { LoraPolicy } from './loraPolicy.ts';
import { answerLimit } from './poolWriter.ts';
import type { GuardMeasures } from './promotion.ts';
import { rollOut, type DecoderSource } from './rollouts.ts';
import type { Rng } from '../game/rng.ts';

/** A mistake and its correction, to see that ordinary corrections are still known. */
export interface Correction {
  readonly wrong: string;
  readonly right: string;
}

/** What a policy writes for one text. */
export interface ShownAnswer {
  readonly context: TrainingContext;
  /** The first text; null: nothing that could be shown. */
  readonly draft: string | null;
  /** The text that would be shown at the end; the original where nothing was changed; null: junk. */
  readonly text: string | null;
  readonly tokens: number;
  readonly ended: boolean;
}

export interface AnsweringParts {
  readonly source: DecoderSource;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  readonly rng: Rng;
  readonly betweenSteps: () => Promise<void>;
}

/**
 * Greedy draft and reply for each text under the parameters as they are.
 * @param drafts what the leader wrote, where another policy plays it; null: nothing that could be shown
 */
export async function answerTexts(
  { source, writing, rng, betweenSteps }: AnsweringParts,
  contexts: readonly TrainingContext[],
  drafts?: readonly (string | null)[],
): Promise<ShownAnswer[]> {
  const options = {
    count: 1,
    temperature: 0,
    rng,
    betweenSteps,
    isEnd: (token: number) => writing.isEnd(token),
  };
  const limit = (context: TrainingContext): number => answerLimit(writing, context.original);
  const written = drafts
    ? []
    : await rollOut(
        source,
        contexts.map((context) => ({ prompt: writing.leaderPrompt(context), maxTokens: limit(context) })),
        options,
      );
  const shown =
    drafts ??
    contexts.map(({ original }, i) => {
      const answer = written[i]![0]!; // one answer for each
      return writing.show(answer.tokens, answer.ended, original);
    });
  const replies = await rollOut(
    source,
    contexts.map((context, i) => ({
      prompt: writing.followerPrompt(context, shown[i] ?? context.original),
      maxTokens: limit(context),
    })),
    options,
  );
  return contexts.map((context, i) => {
    const reply = replies[i]![0]!; // one answer for each
    const draft = shown[i] ?? null;
    return {
      context,
      draft,
      text: writing.show(reply.tokens, reply.ended, context.original, draft ?? context.original) ?? draft,
      tokens: reply.tokens.length,
      ended: reply.ended,
    };
  });
}

/** Puts the policy of each role into the model; null: the leader's plays the follower too. */
export interface PlacedRoles {
  readonly leader: () => void;
  readonly follower: (() => void) | null;
}

/** Drafts of the leader's policy and replies of the follower's; the leader's is in the model afterwards. */
export async function answerAsRoles(
  { leader, follower }: PlacedRoles,
  parts: AnsweringParts,
  contexts: readonly TrainingContext[],
): Promise<ShownAnswer[]> {
  leader();
  const own = await answerTexts(parts, contexts);
  if (!follower) return own;
  follower();
  const drafts = own.map(({ draft }) => draft);
  const both = await answerTexts(parts, contexts, drafts);
  leader();
  return both;
}

/** What the guards measure of answers. */
export function measuresOf(answers: readonly ShownAnswer[], quality: number | null): GuardMeasures {
  const share = (test: (answer: ShownAnswer) => boolean): number =>
    answers.filter(test).length / Math.max(1, answers.length);
  return {
    length: answers.reduce((total, { tokens }) => total + tokens, 0) / Math.max(1, answers.length),
    endedShare: share(({ ended }) => ended),
    junkShare: share(({ text }) => text === null),
    copyShare: share(({ text, context }) => text === context.original),
    quality,
  };
}

/**
 * How well ordinary corrections are known under the parameters as they are: 100 times the mean of π(right) / (π(right) + π(wrong)). A policy
 * that copies or has forgotten them falls, one that only writes in another style does not. null without corrections.
 */
export async function correctionQuality(
  { policy, writing }: Pick<AnsweringParts, 'policy' | 'writing'>,
  corrections: readonly Correction[],
  encode: (text: string) => readonly number[],
): Promise<number | null> {
  if (corrections.length === 0) return null;
  const groups = corrections.map(({ wrong, right }) => ({
    prompt: writing.leaderPrompt({ document: '', original: wrong, task: 'fixGrammar', instruction: '' }),
    answers: [encode(right), encode(wrong)],
  }));
  const shares = (await policy.scoreGroups(groups)).map(({ logProbs }) => {
    const [right, wrong] = logProbs.map((tokens) => tokens.reduce((sum, x) => sum + x, 0));
    return 1 / (1 + Math.exp(wrong! - right!)); // two answers
  });
  return (100 * shares.reduce((total, share) => total + share, 0)) / shares.length;
}
