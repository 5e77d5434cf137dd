/**
 * @file One mixture of styles for each role: first the leader's is found, as if it played both; then, against the drafts that it commits
 * itself to, the follower's. Either search is a {@link StyleTrainer}.
 */
import type { Checkpoint } from './checkpoint.ts';
import type { Learner, StepMetric } from './learner.ts';
import { mostOfAStyle } from './styles.ts';
import { StyleTrainer, type StyleTrainerParts } from './styleTrainer.ts';

export interface RoleTrainerParts extends StyleTrainerParts {
  /** What the follower has of each style beside its leader before training. */
  readonly followerBefore: Readonly<Record<string, number>>;
}

interface Progress {
  readonly leader: unknown;
  /** null while the leader is taught. */
  readonly follower: unknown;
}

export class RoleTrainer implements Learner {
  readonly #parts: RoleTrainerParts;
  readonly #leader: StyleTrainer;
  #follower: StyleTrainer | null = null;

  /** @param resumed a checkpoint of the same run */
  constructor(parts: RoleTrainerParts, resumed?: Pick<Checkpoint, 'progress'>) {
    this.#parts = parts;
    const { leader, follower } = (resumed?.progress ?? { leader: null, follower: null }) as Progress; // written by state()
    this.#leader = new StyleTrainer(parts, leader === null ? undefined : { progress: leader });
    if (follower !== null) this.#follower = this.#newFollower({ progress: follower });
    this.#placeLeader();
  }

  get step(): number {
    return this.#leader.step + (this.#follower?.step ?? 0);
  }

  get steps(): number {
    return 2 * this.#parts.config.steps;
  }

  get done(): boolean {
    return this.#leader.done && this.#follower?.done === true;
  }

  get shares(): Learner['shares'] {
    return this.#leader.shares;
  }

  get followerShares(): Learner['followerShares'] {
    const { shares } = this;
    const own = this.#follower
      ? Object.entries(this.#follower.shares).map(([name, share]) => [name, share - (shares[name] ?? 0)] as const) // prettier-ignore
      : this.#sharesBefore();
    return Object.fromEntries(own.filter(([, share]) => share !== 0));
  }

  /** Of whichever role has forgotten more. */
  get corrections(): Learner['corrections'] {
    const [leader, follower] = [this.#leader.corrections, this.#follower?.corrections];
    if (!leader || !follower || leader.now === null || follower.now === null) return leader;
    return { before: leader.before, now: Math.min(leader.now, follower.now) };
  }

  state(): Pick<Checkpoint, 'optimiser' | 'rng' | 'progress'> {
    const progress: Progress = {
      leader: this.#leader.state().progress,
      follower: this.#follower?.state().progress ?? null,
    };
    return { ...this.#leader.state(), progress };
  }

  /** The leader's mixture is in the transformer afterwards. */
  async runStep(): Promise<StepMetric> {
    if (!this.#leader.done) return this.#leader.runStep();
    this.#follower ??= this.#newFollower();
    const metric = await this.#follower.runStep();
    this.#placeLeader();
    return { ...metric, step: this.step };
  }

  /** Where time ran out before the follower's turn it keeps what it had, as far as its leader leaves room for it. */
  #sharesBefore(): (readonly [string, number])[] {
    const { shares } = this;
    const { already, followerBefore } = this.#parts;
    return Object.entries(followerBefore).map(([name, share]) => {
      const leader = (already[name] ?? 0) + (shares[name] ?? 0);
      return [name, Math.max(-mostOfAStyle, Math.min(mostOfAStyle, leader + share)) - leader] as const;
    });
  }

  #placeLeader(): void {
    const committed = this.#leader.committed;
    if (committed) this.#parts.mixtures.place(committed.best.shares);
  }

  #newFollower(resumed?: Pick<Checkpoint, 'progress'>): StyleTrainer {
    const leader = this.#leader.committed;
    if (!leader) throw new RangeError('A follower is taught after its leader.');
    const { followerBefore, mixtures } = this.#parts;
    const tryFirst = mixtures.styles.map(
      ({ name }, s) => leader.best.shares[s]! + (followerBefore[name] ?? 0),
    ); // one for each style
    return new StyleTrainer({ ...this.#parts, leader, tryFirst }, resumed);
  }
}
