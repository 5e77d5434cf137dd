/**
 * @file Writes the pools of candidates: the leader's distinct drafts for each context and the follower's distinct replies to some of
 * them, beside what the policy says when it is asked for other edits, and the text left alone: what is never written can not be learned.
 */
import type { Rng } from '../game/rng.ts';
import type { CandidateSet, ContextPool, TrainingContext, Writing } from './candidates.ts';
import { registerMoves } from './registerMoves.ts';
import { rollOut, type DecoderSource, type RolloutAnswer, type RolloutOptions } from './rollouts.ts';

export interface PoolOptions {
  /** Distinct candidates of its own for each role. */
  readonly groupSize: number;
  /** Candidates for each other wish ({@link Writing.explore}); 0: none. */
  readonly explored: number;
  /** Texts of each context that the follower answers in a round. */
  readonly drafts: number;
  /** In the first round the follower answers drafts of the leader, in the next its own replies, and so on. */
  readonly rounds: number;
  readonly temperature: number;
  readonly rng: Rng;
  readonly betweenSteps?: () => Promise<void>;
}

/** Prompts of explored candidates that are decoded side by side: they have few beams each. */
const exploredAtOnce = 24;

/** As the product: an answer may be somewhat longer than what it rewrites. */
export function answerLimit(writing: Writing, original: string): number {
  return Math.ceil(1.6 * writing.countTokens(original)) + 8;
}

/** What is to be answered: a context by the leader, or a draft of it by the follower. */
interface Asked {
  readonly context: TrainingContext;
  readonly draft: string | null;
}

export async function writePools(
  source: DecoderSource,
  writing: Writing,
  contexts: readonly TrainingContext[],
  options: PoolOptions,
): Promise<ContextPool[]> {
  const leaders = await writeSets(
    source,
    writing,
    contexts.map((context) => ({ context, draft: null })),
    options,
  );
  const followers: CandidateSet[][] = contexts.map(() => []);
  let shown = leaders.map((set) => draftsOf([set], options.drafts));
  for (let round = 0; round < options.rounds; round++) {
    const asked = contexts.flatMap((context, i) => shown[i]!.map((draft) => ({ i, context, draft }))); // one for each context
    const sets = await writeSets(source, writing, asked, options);
    const ofRound: CandidateSet[][] = contexts.map(() => []);
    asked.forEach(({ i }, at) => {
      ofRound[i]!.push(sets[at]!); // one for each ask
      followers[i]!.push(sets[at]!);
    });
    const answered = followers.map((sets) => new Set(sets.map(({ draft }) => draft)));
    shown = ofRound.map((sets, i) => draftsOf(sets, options.drafts, answered[i]));
  }
  return contexts.map((context, i) => ({ context, leader: leaders[i]!, followers: followers[i]! })); // one for each context
}

/** One set of candidates for each of `asked`. */
async function writeSets(
  source: DecoderSource,
  writing: Writing,
  asked: readonly Asked[],
  { groupSize, explored, temperature, rng, betweenSteps }: PoolOptions,
): Promise<CandidateSet[]> {
  const rollout: RolloutOptions = {
    count: groupSize,
    temperature,
    rng,
    isEnd: (token) => writing.isEnd(token),
    ...(betweenSteps && { betweenSteps }),
  };
  const prompts = asked.map(({ context, draft }) => ({
    prompt: draft === null ? writing.leaderPrompt(context) : writing.followerPrompt(context, draft),
    maxTokens: answerLimit(writing, context.original),
  }));
  const own = await rollOut(source, prompts, rollout);
  const others = asked.flatMap(({ context, draft }, i) =>
    (explored === 0 ? [] : (writing.explore?.(context, draft ?? context.original) ?? [])).map((prompt) => ({
      i,
      prompt,
      maxTokens: answerLimit(writing, context.original),
    })),
  );
  const answers = await rollOut(source, others, { ...rollout, count: explored, atOnce: exploredAtOnce });
  const extra: RolloutAnswer[][] = asked.map(() => []);
  others.forEach(({ i }, at) => extra[i]!.push(...answers[at]!)); // one for each prompt
  return asked.map((one, i) => candidateSet(writing, one, prompts[i]!.prompt, own[i]!, extra[i]!)); // one for each ask
}

function candidateSet(
  writing: Writing,
  { context: { original }, draft }: Asked,
  prompt: readonly number[],
  own: readonly RolloutAnswer[],
  extra: readonly RolloutAnswer[],
): CandidateSet {
  const shown = ({ tokens, ended }: RolloutAnswer): string | null =>
    writing.show(tokens, ended, original, ...(draft === null ? [] : [draft]));
  const answers = own.map(({ tokens }) => tokens);
  const texts = own.map(shown);
  const add = (tokens: readonly number[], text: string | null): void => {
    if (text === null || texts.includes(text)) return;
    answers.push(tokens);
    texts.push(text);
  };
  for (const answer of extra) add(answer.tokens, shown(answer));
  const written = answers.length;
  if (extra.length > 0 && writing.answerTokens) {
    const kept = draft ?? original;
    const [likeliest] = texts.filter((text) => text !== null);
    const moved = [...new Set([likeliest ?? kept, kept])].flatMap(registerMoves);
    for (const text of [kept, ...moved]) add(writing.answerTokens(text), text);
  }
  return {
    role: draft === null ? 'leader' : 'follower',
    prompt,
    answers,
    texts,
    own: own.length,
    written,
    drawn: own.map(({ logProb }) => logProb),
    draft,
  };
}

/**
 * Different texts for the follower to answer: of each set one that the policy wrote by itself, then one that it was asked for otherwise, as
 * a leader writes it who has learned, and so on in turn.
 */
function draftsOf(
  sets: readonly CandidateSet[],
  count: number,
  except: ReadonlySet<string | null> = new Set(),
): string[] {
  const inTurn = sets.map(({ texts, own }) => interleaved(texts.slice(0, own), texts.slice(own)));
  const longest = Math.max(0, ...inTurn.map(({ length }) => length));
  const all = Array.from({ length: longest }, (_, k) => inTurn.map((texts) => texts[k] ?? null)).flat();
  return [...new Set(all.filter((text) => text !== null && !except.has(text)))].slice(0, count) as string[];
}

function interleaved<T>(a: readonly T[], b: readonly T[]): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, k) => [
    ...a.slice(k, k + 1),
    ...b.slice(k, k + 1),
  ]).flat();
}
