import { describe, expect, it } from 'vitest';
import type { ShownAnswer } from '../../../server/src/training/answers.ts';
import type { MixtureMeasures, MixtureSource } from '../../../server/src/training/mixtures.ts';
import type { Preference, TrainingContext } from '../../../server/src/training/candidates.ts';
import { RoleTrainer, type RoleTrainerParts } from '../../../server/src/training/roleTrainer.ts';
import type { Shares } from '../../../server/src/training/styleGame.ts';
import { StyleTrainer } from '../../../server/src/training/styleTrainer.ts';

const contexts = ['one', 'two', 'three'].map((original): TrainingContext => ({
  document: original,
  original,
  task: 'improve',
  instruction: '',
}));

/** Writes the shares of draft and reply in place of words, and remembers what it was asked. */
class Mixtures implements MixtureSource {
  readonly fingerprint = 'test';
  readonly styles = [{ name: 'brief' }, { name: 'formal' }];
  readonly asked: { shares: Shares; drafts: readonly (string | null)[] | undefined }[] = [];
  readonly measured: Shares[] = [];
  readonly #quality: (shares: Shares) => number;
  placed: Shares = [];

  constructor(quality: (shares: Shares) => number = () => 60) {
    this.#quality = quality;
  }

  place(shares: Shares): void {
    this.placed = shares;
  }

  answer(
    shares: Shares,
    of: readonly TrainingContext[],
    drafts?: readonly (string | null)[],
  ): Promise<ShownAnswer[]> {
    this.asked.push({ shares, drafts });
    const answers = of.map((context, i): ShownAnswer => {
      const draft = drafts ? drafts[i]! : `draft ${shares.join()}`;
      return { context, draft, text: `${draft} reply ${shares.join()}`, tokens: 5, ended: true };
    });
    return Promise.resolve(answers);
  }

  measure(shares: Shares): Promise<MixtureMeasures> {
    this.measured.push(shares);
    return Promise.resolve({ quality: this.#quality(shares), klToReference: 0.1 });
  }
}

const briefOf = (text: string, role: 'draft' | 'reply'): number =>
  Number(new RegExp(`${role} ([-.\\d]+)`).exec(text)?.[1] ?? 0);
/** Likes brief replies, and dislikes brief drafts behind them even more. */
const utility = (text: string): number => briefOf(text, 'reply') - 2 * Math.abs(briefOf(text, 'draft'));
const preference: Preference = (_, a, b) => 1 / (1 + Math.exp(utility(b) - utility(a)));

function parts(mixtures: Mixtures, followerBefore: Record<string, number> = {}): RoleTrainerParts {
  return {
    mixtures,
    followerBefore,
    preference,
    contexts,
    already: {},
    firstQuality: null,
    config: { seed: 1, steps: 20, betaLeader: 0.05, betaFollower: 0.05 },
    onDoing: () => undefined,
  };
}

async function finished<T extends { readonly done: boolean; runStep(): Promise<unknown> }>(
  trainer: T,
): Promise<T> {
  while (!trainer.done) await trainer.runStep();
  return trainer;
}

describe('an adapter for each role', () => {
  it('teaches the follower what the leader should not do itself, against the drafts that it commits to', async () => {
    const mixtures = new Mixtures();
    const trainer = await finished(new RoleTrainer(parts(mixtures)));
    expect(trainer.shares).toEqual({ brief: 0, formal: 0 });
    expect(trainer.followerShares).toEqual({ brief: 2 });
    expect(mixtures.placed).toEqual([0, 0]); // the leader's is what is kept in the adapter's file
    const ofFollower = mixtures.asked.filter(({ drafts }) => drafts);
    expect(ofFollower.length).toBeGreaterThan(2);
    expect(ofFollower.map(({ shares }) => shares)).not.toContainEqual([0, 0]); // the leader's, whose replies are known
    expect(ofFollower.every(({ drafts }) => drafts!.every((draft) => draft === 'draft 0,0'))).toBe(true);
    expect(trainer.step).toBeLessThanOrEqual(trainer.steps);
    const one = await finished(new StyleTrainer(parts(new Mixtures())));
    expect(one.followerShares).toEqual({});
    expect(one.shares).toEqual({ brief: 0, formal: 0 });
  });

  it('never gives the follower what a guard objects to, and knows what it has forgotten', async () => {
    const mixtures = new Mixtures(([brief]) => 60 - 1.5 * Math.abs(brief!));
    const trainer = await finished(new RoleTrainer(parts(mixtures)));
    expect(trainer.followerShares).toEqual({ brief: 1 }); // 1.5 would cost more than two points
    expect(trainer.corrections).toEqual({ before: 60, now: 58.5 });
  });

  it('has the model measure only what it would choose, and chooses nothing that is not measured', async () => {
    const mixtures = new Mixtures(([brief]) => 60 - 1.5 * Math.abs(brief!));
    const likes = (text: string): number => briefOf(text, 'draft');
    const trainer = new StyleTrainer({
      ...parts(mixtures),
      preference: (_, a, b) => 1 / (1 + Math.exp(likes(b) - likes(a))),
    });
    while (!trainer.done) {
      await trainer.runStep();
      expect(mixtures.measured).toContainEqual(Object.values(trainer.shares));
    }
    expect(trainer.shares).toEqual({ brief: 1, formal: 0 });
    expect(mixtures.measured).toContainEqual([2, 0]); // would have been, but has forgotten too much
    expect(new Set(mixtures.measured.map(String)).size).toBe(mixtures.measured.length);
    expect(mixtures.measured.length).toBeLessThan(mixtures.asked.length / 2);
  });

  it('counts what the leader has forgotten already against the follower', async () => {
    // A writer who wants formal texts, drafts too, and brief replies; each share of a style costs corrections.
    const formalOf = (text: string, role: string): number =>
      Number(new RegExp(`${role} [-.\\d]+,([-.\\d]+)`).exec(text)?.[1] ?? 0);
    const wanted = (text: string): number =>
      utility(text) + 2 * Math.min(1, formalOf(text, 'draft')) + 2 * Math.min(1, formalOf(text, 'reply'));
    const mixtures = new Mixtures(([brief, formal]) => 60 - Math.abs(formal!) - Math.abs(brief!));
    const trainer = await finished(
      new RoleTrainer({
        ...parts(mixtures),
        preference: (_, a, b) => 1 / (1 + Math.exp(wanted(b) - wanted(a))),
      }),
    );
    expect(trainer.shares).toEqual({ brief: 0, formal: 1 });
    expect(trainer.followerShares).toEqual({ brief: 1 }); // together two points
    expect(trainer.corrections).toEqual({ before: 60, now: 58 });
  });

  it('tries what the follower had before first', async () => {
    const mixtures = new Mixtures();
    const trainer = new RoleTrainer(parts(mixtures, { brief: 1.5 }));
    while (!mixtures.asked.some(({ drafts }) => drafts)) await trainer.runStep();
    expect(mixtures.asked.filter(({ drafts }) => drafts).map(({ shares }) => shares)).toEqual([[1.5, 0]]);
    const known = new Mixtures();
    const unwritable = new RoleTrainer(parts(known, { brief: 3 }));
    while (!known.asked.some(({ drafts }) => drafts)) await unwritable.runStep();
    expect(known.asked.at(-1)!.shares).toEqual([1.5, 0]); // the first step of the search
  });

  it('leaves the follower what it had where time runs out before its turn, as far as there is room', async () => {
    const trainer = new RoleTrainer({
      ...parts(new Mixtures(), { brief: 1.5, formal: 0.5 }),
      already: { brief: 1 },
    });
    await trainer.runStep();
    expect(trainer.shares.brief).toBe(0);
    expect(trainer.followerShares).toEqual({ brief: 1, formal: 0.5 }); // two in all
  });

  it('goes on from a checkpoint in either part with the same result', async () => {
    const whole = await finished(new RoleTrainer(parts(new Mixtures())));
    for (const steps of [3, 9]) {
      const begun = new RoleTrainer(parts(new Mixtures()));
      for (let step = 0; step < steps; step++) await begun.runStep();
      const progress: unknown = JSON.parse(JSON.stringify(begun.state().progress));
      const resumed = new RoleTrainer(parts(new Mixtures()), { progress });
      expect(resumed.step).toBe(begun.step);
      await finished(resumed);
      expect([resumed.shares, resumed.followerShares]).toEqual([whole.shares, whole.followerShares]);
    }
  });

  it('does not go on with what a run for one adapter has left', () => {
    expect(() => new RoleTrainer(parts(new Mixtures()), { progress: { leader: { tried: [], fingerprint: 'other' }, follower: null } })).toThrow(RangeError); // prettier-ignore
  });
});
