/**
 * @file Learning which style a writer wants: one step puts a mixture of the ready styles into the adapter, lets it answer the writer's
 * texts as the product would, and solves the game of all mixtures so far by the teacher's preferences. What a guard of the promotion gate
 * objects to is never chosen; what only the model can tell of a mixture is measured where it would be. A few hundred decisions tell a few shares apart, where they drown in millions of parameters.
 */
import { adamwInit } from '../tensor/adamw.ts';
import { createRng } from '../game/rng.ts';
import { measuresOf } from './answers.ts';
import { drawContexts, preferenceOf, type Preference, type TrainingContext } from './candidates.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Learner, StepMetric } from './learner.ts';
import type { MixtureSource } from './mixtures.ts';
import { objectionsTo, type GuardMeasures } from './promotion.ts';
import { bestReply, isKnown, isWritable, nextStyle, solveStyleGame, type Shares, type StyleGameSolution } from './styleGame.ts'; // prettier-ignore

export interface StyleTrainerConfig {
  readonly seed: number;
  /** Mixtures to try, at most. */
  readonly steps: number;
  readonly betaLeader: number;
  readonly betaFollower: number;
}

export interface StyleTrainerParts {
  readonly mixtures: MixtureSource;
  /** Given where the follower alone is taught, after its leader. */
  readonly leader?: CommittedLeader;
  /** A mixture to try first, such as what the follower had before. */
  readonly tryFirst?: Shares;
  /** The teacher's: fitted on all decisions. */
  readonly preference: Preference;
  readonly contexts: readonly TrainingContext[];
  /** What the adapter has of each style before training. */
  readonly already: Readonly<Record<string, number>>;
  /** What the guard on ordinary corrections compares with; null: the adapter as it was before training. */
  readonly firstQuality: number | null;
  readonly config: StyleTrainerConfig;
  readonly onDoing: (doing: string) => void;
}

/** What a leader commits to. */
export interface CommittedLeader {
  /** Its mixture, which wrote the drafts that the follower answers; the follower begins with it. */
  readonly best: Tried;
  /** What the guards measured of the adapter as it was: they compare the follower with that one too. */
  readonly before: GuardMeasures;
}

/** Texts that every mixture answers, at most. */
const mostContexts = 48;
/** What is remembered of a mixture. */
export interface Tried {
  readonly shares: Shares;
  /** One for each context; null: junk. */
  readonly texts: readonly (string | null)[];
  readonly drafts: readonly (string | null)[];
  /** Without quality until it was measured. */
  readonly measures: GuardMeasures;
  /** 0 until it was measured. */
  readonly klToReference: number;
  readonly measured: boolean;
}

export class StyleTrainer implements Learner {
  readonly followerShares = {};
  readonly #parts: StyleTrainerParts;
  readonly #contexts: readonly TrainingContext[];
  readonly #tried: Tried[];
  /** [n][n]: mean p(text of a ≻ text of b). */
  readonly #preference: number[][] = [];
  #best = 0;

  /** @param resumed a checkpoint of the same run */
  constructor(parts: StyleTrainerParts, resumed?: Pick<Checkpoint, 'progress'>) {
    if (parts.contexts.length === 0) throw new RangeError('There is no text to learn from.');
    this.#parts = parts;
    this.#contexts = drawContexts(parts.contexts, mostContexts, createRng(parts.config.seed));
    const begun = parts.leader ? [parts.leader.best] : []; // on the same texts
    this.#tried = resumed ? triedIn(resumed.progress, parts.mixtures, this.#contexts.length) : begun;
    this.#tried.forEach((_, i) => this.#compare(i));
    if (this.#tried.length === 0) return;
    this.#best = this.#solution().best;
    parts.mixtures.place(this.#tried[this.#best]!.shares);
  }

  get step(): number {
    return Math.max(0, this.#tried.length - 1); // the first is the adapter as it was
  }

  get steps(): number {
    return this.#parts.config.steps;
  }

  get done(): boolean {
    return this.#tried.length > 0 && (this.step >= this.#parts.config.steps || this.#next() === null);
  }

  get shares(): Readonly<Record<string, number>> {
    const { styles } = this.#parts.mixtures;
    const best = this.#tried[this.#best]?.shares;
    return Object.fromEntries(styles.map(({ name }, s) => [name, best?.[s] ?? 0]));
  }

  /** What the best mixture so far commits a follower of its own to answer; null before the first step. */
  get committed(): CommittedLeader | null {
    const best = this.#tried[this.#best];
    const [first] = this.#tried;
    return best && first ? { best, before: first.measures } : null;
  }

  get corrections(): Learner['corrections'] {
    const [first, best] = [this.#tried[0], this.#tried[this.#best]];
    return first && best ? { before: first.measures.quality, now: best.measures.quality } : null;
  }

  state(): Pick<Checkpoint, 'optimiser' | 'rng' | 'progress'> {
    return {
      optimiser: adamwInit([]),
      rng: [],
      progress: { tried: this.#tried, fingerprint: this.#parts.mixtures.fingerprint },
    };
  }

  /** Tries one mixture; the best one so far is in the transformer afterwards. */
  async runStep(): Promise<StepMetric> {
    if (this.#tried.length === 0) await this.#try(this.#parts.mixtures.styles.map(() => 0));
    const before = this.#best;
    const shares = this.#next();
    if (shares) await this.#try(shares);
    const latest = this.#tried.length - 1;
    const best = this.#tried[this.#best]!; // at least the first
    this.#parts.mixtures.place(best.shares);
    const against = this.#preference[this.#best]!;
    return {
      step: this.step,
      loss: 0.5 - Math.min(...this.#allowed().map((b) => against[b]!)),
      leaderReward: against[0]!,
      followerReward: this.#preference[latest]![before]!,
      klToReference: best.klToReference,
      signal: 2 * Math.abs(this.#preference[latest]![before]! - 0.5),
    };
  }

  #next(): Shares | null {
    const { mixtures, already, tryFirst } = this.#parts;
    const tried = this.#tried.map(({ shares }) => shares);
    const inAll = mixtures.styles.map(({ name }) => already[name] ?? 0);
    if (tryFirst && tried.length === 1 && isWritable(tryFirst, inAll) && !isKnown(tryFirst, tried))
      return tryFirst;
    return nextStyle(tried, this.#tried[this.#best]!.shares, inAll);
  }

  async #try(shares: Shares): Promise<void> {
    const { mixtures, onDoing, leader } = this.#parts;
    onDoing(leader ? 'trying another style for refinements' : 'trying another style');
    const answers = await mixtures.answer(shares, this.#contexts, leader?.best.drafts);
    const texts = answers.map(({ text }) => text);
    const drafts = answers.map(({ draft }) => draft);
    const measures = measuresOf(answers, null);
    this.#tried.push({ shares, texts, drafts, measures, klToReference: 0, measured: false });
    this.#compare(this.#tried.length - 1);
    await this.#choose();
  }

  /** The guards may object to what is measured: then the next best is asked about. */
  async #choose(): Promise<void> {
    for (;;) {
      const { best, reply } = this.#solution();
      const unknown = [best, reply].find((index) => !this.#tried[index]!.measured);
      this.#best = best;
      if (unknown === undefined) return;
      await this.#measure(unknown);
    }
  }

  async #measure(index: number): Promise<void> {
    const { mixtures, leader } = this.#parts;
    const one = this.#tried[index]!; // in range
    const answers = this.#contexts.map((context, i) => ({
      context,
      draft: one.drafts[i]!, // one for each context
      text: one.texts[i]!,
    }));
    const roles = leader ? (['follower'] as const) : (['leader', 'follower'] as const);
    const { quality, klToReference } = await mixtures.measure(one.shares, answers, roles);
    this.#tried[index] = { ...one, measures: { ...one.measures, quality }, klToReference, measured: true };
  }

  /** Fills in the row and the column of mixture `index`. */
  #compare(index: number): void {
    const own = this.#tried[index]!.texts;
    this.#preference.push([]);
    for (let other = 0; other <= index; other++) {
      const mean = this.#meanPreference(own, this.#tried[other]!.texts);
      this.#preference[index]![other] = mean;
      this.#preference[other]![index] = 1 - mean;
    }
  }

  /** Mean p(text of `own` ≻ text of `others`) over the contexts, both orders. */
  #meanPreference(own: Tried['texts'], others: Tried['texts']): number {
    const { preference } = this.#parts;
    const total = this.#contexts.reduce((sum, { original }, i) => {
      const [a, b] = [own[i]!, others[i]!]; // one for each context
      if (a === b) return sum + 0.5;
      return (
        sum + (preferenceOf(preference, original, a, b) + 1 - preferenceOf(preference, original, b, a)) / 2
      );
    }, 0);
    return total / this.#contexts.length;
  }

  /** The mixtures that no guard objects to as far as is known; the first is one of them, whether it is the adapter as it was or the leader's, which was allowed. */
  #allowed(): number[] {
    const measures = this.#parts.leader?.before ?? this.#tried[0]!.measures;
    const before = { ...measures, quality: this.#parts.firstQuality ?? measures.quality };
    return this.#tried.flatMap(({ measures: after, klToReference }, i) =>
      i === 0 || objectionsTo({ before, after, klToReference }).length === 0 ? [i] : [],
    );
  }

  /** Which of those tried to commit to, and the likeliest reply to it, as far as is known. */
  #solution(): Pick<StyleGameSolution, 'best' | 'reply'> {
    const { leader } = this.#parts;
    const { betaLeader, betaFollower } = this.#parts.config;
    const allowed = this.#allowed();
    if (leader) {
      const tried = allowed.map((i) => this.#tried[i]!);
      const payoff = tried.map(({ texts }) => this.#meanPreference(texts, leader.best.drafts));
      const best = allowed[bestReply(leader.best.shares, tried.map(({ shares }) => shares), payoff, betaFollower)]!; // prettier-ignore
      return { best, reply: best };
    }
    const { best, reply } = solveStyleGame(
      allowed.map((i) => this.#tried[i]!.shares),
      allowed.map((a) => allowed.map((b) => this.#preference[a]![b]!)),
      { tauLeader: betaLeader, tauFollower: betaFollower },
    );
    return { best: allowed[best]!, reply: allowed[reply]! };
  }
}

/** @throws RangeError where the run began with other styles or texts, or with another adapter */
function triedIn(progress: unknown, { styles, fingerprint }: MixtureSource, contexts: number): Tried[] {
  const before = progress as { readonly tried?: readonly Tried[]; readonly fingerprint?: string } | null;
  const tried = before?.tried ?? [];
  if (
    before?.fingerprint !== fingerprint ||
    tried.some(({ shares, texts }) => shares.length !== styles.length || texts.length !== contexts)
  ) {
    throw new RangeError(
      'The run that was to go on began with other styles or texts, perhaps before an update. Your decisions are kept: learn again.',
    );
  }
  return [...tried];
}
