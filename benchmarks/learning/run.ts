/** @file One writer, one seed, one method: decisions, the cross-fitted teacher and judge, training, and what held-out texts say. */
import { createRng } from '../../server/src/game/rng.ts';
import type { ClaimStrength } from '../../server/src/preferences/claimJudge.ts';
import { crossFit } from '../../server/src/preferences/crossFit.ts';
import { answerTexts, correctionQuality, measuresOf, type ShownAnswer } from '../../server/src/training/answers.ts'; // prettier-ignore
import type { TrainingContext } from '../../server/src/training/candidates.ts';
import { corrections } from '../../server/src/training/corrections.ts';
import { playGames } from '../../server/src/training/heldOut.ts';
import type { Learner, StepMetric } from '../../server/src/training/learner.ts';
import type { Method } from '../../server/src/training/methods.ts';
import { judge, type GuardMeasures } from '../../server/src/training/promotion.ts';
import type { Shares } from '../../server/src/training/styleGame.ts';
import { RoleTrainer } from '../../server/src/training/roleTrainer.ts';
import { StyleTrainer } from '../../server/src/training/styleTrainer.ts';
import { defaultTrainerConfig, Trainer } from '../../server/src/training/trainer.ts';
import { writers, type WriterName, type WriterProbability } from '../../test/support/writers.ts';
import { otherDrafts, refineDrafts, shippedCandidates, twoDrafts, type Lab } from './lab.ts';
import { nameOf, RememberedMixtures } from './memory.ts';
import { decide } from './writer.ts';

export interface RunRequest {
  readonly writer: WriterName;
  readonly seed: number;
  /**
   * `styles`: what the product does by default; `stylesScalar`: the same search by a scalar reward, σ(r(a) − r(b)) with r the logit of being
   * preferred to the original; the others train all parameters.
   */
  readonly method: Method | 'styles' | 'stylesScalar';
  readonly steps: number;
  readonly decisions: number;
  readonly heldOut: number;
  /** Texts that the decisions are about. */
  readonly texts: number;
  readonly kappa: number;
  readonly beta: number;
  readonly shuffled: boolean;
  /** Follower rounds in training; 1 where it is absent. */
  readonly rounds?: number;
  /** Of styles: whether the follower has a mixture of its own; absent: no. */
  readonly adapters?: 'one' | 'perRole';
}

/** Means over held-out texts by the writer's true probabilities; a text that was left alone counts ½ against itself. */
export interface Outcome {
  /** p(what is shown at the end ≻ the original). */
  readonly acceptance: number;
  readonly draftAcceptance: number;
  /** p(reply ≻ its own draft). */
  readonly followerWinRate: number;
  /** p(reply ≻ the better of two drafts by the teacher), about as many tokens. */
  readonly followerVersusBestOf2: number;
  readonly copyShare: number;
}

export interface RunRecord extends RunRequest {
  readonly before: Outcome;
  readonly after: Outcome;
  /** p(reply ≻ the untrained policy's reply to the same text). */
  readonly overUntrained: number;
  /** p(our reply ≻ the draft it was given) for drafts of the plain model with examples, where the reply differs. */
  readonly transfer: number;
  readonly gate: {
    readonly promoted: boolean;
    readonly sentence: string;
    readonly winRate: number;
    /** Absent in runs from before the judge tested the teacher's claim. */
    readonly strength?: ClaimStrength;
  };
  readonly metrics: readonly StepMetric[];
  /** What was mixed in of each style; absent in runs from before there were styles, empty where all parameters were learned. */
  readonly shares?: Readonly<Record<string, number>>;
  /** What the follower has beside that; absent in runs from before it could. */
  readonly followerShares?: Readonly<Record<string, number>>;
  readonly trainSeconds: number;
}

export async function runOnce(
  lab: Lab,
  request: RunRequest,
  log: (line: string) => void,
): Promise<RunRecord> {
  const { writer, seed, method, steps, kappa, beta } = request;
  const ofStyles = method === 'styles' || method === 'stylesScalar';
  const truth = request.shuffled ? (): number => 0.5 : writers[writer];
  const candidates = await shippedCandidates(lab, lab.contexts.train.slice(0, request.texts));
  const comparisons = decide(writer, candidates, request.decisions, seed, request.shuffled);
  const fit = crossFit(comparisons, { seed });
  if (fit.kind !== 'crossFit') throw new Error('Too few decisions.');
  const teacher = (original: string, a: string, b: string): number =>
    fit.teacher.probability(original, a, b, undefined, { forTraining: true });
  const held = lab.contexts.heldOut.slice(0, request.heldOut);
  const untaught = lab.styles.map(() => 0);
  const others = await lab.memory.of(`others-${held.length}`, () => otherDrafts(lab, held));
  const before = await lookAtMixture(lab, untaught, held, others);
  const decided = new Set(fit.folds.flatMap((fold) => fold.comparisons.map(({ original }) => original)));
  const contexts = lab.contexts.train.filter(
    ({ original }) => decided.has(original) && !fit.heldOut.has(original),
  );
  const shared = { contexts, betweenSteps: () => Promise.resolve(), onDoing: () => undefined };
  const config = {
    ...defaultTrainerConfig,
    seed,
    steps,
    kappa,
    betaLeader: beta,
    betaFollower: beta,
    rounds: request.rounds ?? 1,
  };
  const mixtures = new RememberedMixtures(lab.mixtures, lab.memory);
  const StyleLearner = request.adapters === 'perRole' ? RoleTrainer : StyleTrainer;
  const trainer: Learner = ofStyles
    ? new StyleLearner({
        ...shared,
        followerBefore: {},
        config,
        mixtures,
        preference: method === 'styles' ? teacher : byScalarReward(teacher),
        already: {},
        firstQuality: null,
      })
    : new Trainer({
        ...shared,
        transformer: lab.transformer,
        policy: lab.policy,
        writing: lab.writing,
        preference: teacher,
        config: { ...config, method },
      });
  if (!ofStyles) lab.set(lab.initial);
  const started = performance.now();
  const metrics: StepMetric[] = [];
  while (!trainer.done) metrics.push(await trainer.runStep());
  // What was remembered counts as long as it took.
  const trainSeconds = Math.round(ofStyles ? mixtures.seconds : (performance.now() - started) / 1000);
  const { shares, followerShares } = trainer;
  const ofLeader = Object.values(shares);
  const ofFollower = Object.entries(shares).map(([name, share]) => share + (followerShares[name] ?? 0));
  const after = ofStyles
    ? await lookAtMixture(lab, ofLeader, held, others, ofFollower)
    : await look(lab, held, others);
  const { games, strength } = playGames(after.answers, before.answers, fit);
  const gate = judge(
    {
      games,
      before: before.measures,
      after: after.measures,
      klToReference: metrics.at(-1)?.klToReference ?? 0,
      decisions: request.decisions,
    },
    createRng(seed),
  );
  const shownBefore = before.answers.map(shownTexts);
  const overUntrained = mean(
    after.answers
      .map(shownTexts)
      .map(({ original, reply }, i) => against(truth, original, reply, shownBefore[i]!.reply)),
  ); // the same texts
  const transfer = mean(
    held.flatMap(({ original }, i) =>
      after.replies[i] === others[i] ? [] : [truth(original, after.replies[i]!, others[i]!)],
    ), // one for each text
  );
  const outcome = ({ answers, two }: Look): Outcome =>
    outcomeOf(
      answers.map(shownTexts),
      two.map(([a, b], i) => (teacher(held[i]!.original, a, b) >= 0.5 ? a : b)), // one for each text
      truth,
    );
  const results = { before: outcome(before), after: outcome(after) };
  log(
    `${writer} ${method} seed ${seed}: acceptance ${show(results.before.acceptance)} → ${show(results.after.acceptance)}, reply over draft ${show(results.after.followerWinRate)}, ` +
      `${gate.promoted ? 'promoted' : 'kept aside'}, ${trainSeconds} s, ${JSON.stringify(shares)} ${JSON.stringify(followerShares)}. ${gate.verdict.sentence}`,
  );
  return {
    ...request,
    ...results,
    overUntrained,
    transfer,
    gate: { promoted: gate.promoted, sentence: gate.verdict.sentence, winRate: gate.winRate.value, strength },
    metrics,
    shares,
    followerShares,
    trainSeconds,
  };
}

/** What a policy writes for the held-out texts. */
interface Look {
  readonly answers: readonly ShownAnswer[];
  readonly measures: GuardMeasures;
  readonly two: Awaited<ReturnType<typeof twoDrafts>>;
  /** To drafts of another model. */
  readonly replies: readonly string[];
}

/** Under the parameters as they are. */
async function look(lab: Lab, held: readonly TrainingContext[], others: readonly string[]): Promise<Look> {
  const { transformer: source, policy, writing, encode } = lab;
  const parts = { source, policy, writing, rng: createRng(1), betweenSteps: () => Promise.resolve() };
  const answers = await answerTexts(parts, held);
  return {
    answers,
    measures: measuresOf(answers, await correctionQuality(parts, corrections, encode)),
    two: await twoDrafts(lab, held),
    replies: await refineDrafts(lab, held, others),
  };
}

/** The same for a mixture of styles, and perhaps another one for the follower; remembered. */
function lookAtMixture(
  lab: Lab,
  leader: Shares,
  held: readonly TrainingContext[],
  others: readonly string[],
  follower: Shares = leader,
): Promise<Look> {
  const two = nameOf(leader) !== nameOf(follower);
  const name = two ? `${nameOf(leader)}-and-${nameOf(follower)}` : nameOf(leader);
  return lab.memory.of(`look-${held.length}-${name}`, async () => {
    const mixtures = new RememberedMixtures(lab.mixtures, lab.memory);
    const own = await mixtures.answer(leader, held);
    const answers = two
      ? await mixtures.answer(
          follower,
          held,
          own.map(({ draft }) => draft),
        )
      : own;
    const qualities = [
      await mixtures.measure(leader, own, ['leader', 'follower']),
      ...(two ? [await mixtures.measure(follower, answers, ['follower'])] : []),
    ].flatMap(({ quality: known }) => known ?? []);
    const quality = qualities.length === 0 ? null : Math.min(...qualities);
    lab.mixtures.place(leader);
    const drawn = await twoDrafts(lab, held);
    lab.mixtures.place(follower);
    return {
      answers,
      measures: measuresOf(answers, quality),
      two: drawn,
      replies: await refineDrafts(lab, held, others),
    };
  });
}

/** What a writer who can only score texts one by one would say: the control whose preferences can't go in circles. */
function byScalarReward(preference: WriterProbability): WriterProbability {
  const reward = (original: string, text: string): number => {
    const p = text === original ? 0.5 : preference(original, text, original);
    return Math.log(p / (1 - p));
  };
  return (original, a, b) => 1 / (1 + Math.exp(reward(original, b) - reward(original, a)));
}

interface ShownTexts {
  readonly original: string;
  readonly draft: string;
  readonly reply: string;
}

/** What could not be shown is what it began from. */
function shownTexts({ context: { original }, draft, text }: ShownAnswer): ShownTexts {
  return { original, draft: draft ?? original, reply: text ?? original };
}

function outcomeOf(
  written: readonly ShownTexts[],
  best: readonly string[],
  truth: WriterProbability,
): Outcome {
  const over = (of: (one: ShownTexts, i: number) => number): number => mean(written.map(of));
  return {
    acceptance: over(({ original, reply }) => against(truth, original, reply, original)),
    draftAcceptance: over(({ original, draft }) => against(truth, original, draft, original)),
    followerWinRate: over(({ original, draft, reply }) => against(truth, original, reply, draft)),
    followerVersusBestOf2: over(({ original, reply }, i) => against(truth, original, reply, best[i]!)), // one for each text
    copyShare: over(({ original, reply }) => Number(reply === original)),
  };
}

function against(truth: WriterProbability, original: string, a: string, b: string): number {
  return a === b ? 0.5 : truth(original, a, b);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0.5 : values.reduce((sum, x) => sum + x, 0) / values.length;
}

const show = (share: number): string => `${(100 * share).toFixed(1)} %`;
