/**
 * @file What a mixture of the ready styles writes for a writer's texts, and what the guards measure of it: all of learning styles that
 * needs the model, and nearly all of its time.
 */
import { createHash } from 'node:crypto';
import type { Role } from '../../protocol/common.ts';
import { createRng } from '../game/rng.ts';
import type { Transformer } from '../tensor/transformer.ts';
import { answerTexts, correctionQuality, type AnsweringParts, type ShownAnswer } from './answers.ts';
import type { TrainingContext, Writing } from './candidates.ts';
import { corrections, correctionsHash } from './corrections.ts';
import type { LoraPolicy } from './loraPolicy.ts';
import type { Shares } from './styleGame.ts';
import { placeStyles, type Style } from './styles.ts';

/** What the guards measure of a mixture itself, beside its answers. */
export interface MixtureMeasures {
  /** See {@link GuardMeasures.quality}. */
  readonly quality: number | null;
  /** Mean nats per token of what it wrote, log π − log π_ref. */
  readonly klToReference: number;
}

export interface MixtureSource {
  /** Tells the styles and the adapter that they are mixed into from any others. */
  readonly fingerprint: string;
  readonly styles: readonly Pick<Style, 'name'>[];
  /** What it writes. @param drafts of the leader, where the mixture plays the follower alone */
  answer(
    shares: Shares,
    contexts: readonly TrainingContext[],
    drafts?: readonly (string | null)[],
  ): Promise<readonly ShownAnswer[]>;
  /** @param roles that the mixture played when it wrote the answers */
  measure(shares: Shares, answers: readonly Written[], roles: readonly Role[]): Promise<MixtureMeasures>;
  /** Puts a mixture into the model. */
  place(shares: Shares): void;
}

type Written = Pick<ShownAnswer, 'context' | 'draft' | 'text'>;

export interface MixtureParts {
  readonly transformer: Transformer;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  readonly encode: (text: string) => readonly number[];
  readonly styles: readonly Style[];
  /** The parameters before training: a, bt of the first pair, of the second … */
  readonly reference: readonly Float32Array[];
  /** Awaited between micro-steps: waits while paused, throws when cancelled. */
  readonly betweenSteps: () => Promise<void>;
}

/** Texts by which the KL is estimated, at most: each is scored twice. */
const mostScored = 16;

export class MixtureWriter implements MixtureSource {
  readonly #parts: MixtureParts;

  readonly fingerprint: string;

  constructor(parts: MixtureParts) {
    this.#parts = parts;
    const hash = createHash('sha256');
    for (const values of [...parts.reference, ...parts.styles.flatMap(({ deltas }) => deltas)])
      hash.update(values);
    hash.update(correctionsHash);
    this.fingerprint = hash.digest('hex');
  }

  get styles(): readonly Style[] {
    return this.#parts.styles;
  }

  place(shares: Shares): void {
    placeStyles(this.#parts.transformer, this.#parts, shares);
  }

  answer(
    shares: Shares,
    contexts: readonly TrainingContext[],
    drafts?: readonly (string | null)[],
  ): Promise<ShownAnswer[]> {
    this.place(shares);
    return answerTexts(this.#answering, contexts, drafts);
  }

  async measure(
    shares: Shares,
    answers: readonly Written[],
    roles: readonly Role[],
  ): Promise<MixtureMeasures> {
    this.place(shares);
    const quality = await correctionQuality(this.#answering, corrections, this.#parts.encode);
    return { quality, klToReference: await this.#divergence(shares, answers, roles) };
  }

  get #answering(): AnsweringParts {
    const { transformer: source, policy, writing, betweenSteps } = this.#parts;
    return { source, policy, writing, rng: createRng(1), betweenSteps }; // nothing is drawn at temperature 0
  }

  /** @param roles that the mixture plays: what each wrote is scored behind its own prompt */
  async #divergence(shares: Shares, answers: readonly Written[], roles: readonly Role[]): Promise<number> {
    if (shares.every((share) => share === 0)) return 0;
    const { policy, writing, encode } = this.#parts;
    const groups = answers.slice(0, mostScored).flatMap(({ context, draft, text }) => {
      const { original } = context;
      const written = {
        leader: { prompt: writing.leaderPrompt(context), answer: draft },
        follower: { prompt: writing.followerPrompt(context, draft ?? original), answer: text },
      };
      return roles.flatMap((role) => {
        const { prompt, answer } = written[role];
        return answer === null ? [] : [{ prompt, answers: [encode(answer)] }];
      });
    });
    const sum = async (): Promise<number> =>
      (await policy.scoreGroups(groups))
        .flatMap(({ logProbs }) => logProbs)
        .reduce((total, tokens) => total + tokens.reduce((part, x) => part + x, 0), 0);
    const own = await sum();
    this.place(shares.map(() => 0));
    const reference = await sum();
    const tokens = groups.reduce((total, { answers: [answer] }) => total + answer!.length, 0); // one each
    return Math.max(0, (own - reference) / Math.max(1, tokens));
  }
}
