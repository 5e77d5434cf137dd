/** @file One writer, one seed, one method: decisions, the cross-fitted teacher and judge, training, and what held-out texts say. */
import { createRng } from '../../server/src/game/rng.ts';
import { crossFit } from '../../server/src/preferences/crossFit.ts';
import {
  answerTexts,
  measure,
  type ShownAnswer,
  type AnsweringParts,
} from '../../server/src/training/answers.ts';
import { playGames } from '../../server/src/training/heldOut.ts';
import { corrections } from '../../server/src/training/corrections.ts';
import type { Method } from '../../server/src/training/methods.ts';
import { judge, type GuardMeasures } from '../../server/src/training/promotion.ts';
import type { Learner, StepMetric } from '../../server/src/training/learner.ts';
import { StyleTrainer } from '../../server/src/training/styleTrainer.ts';
import { defaultTrainerConfig, Trainer } from '../../server/src/training/trainer.ts';
import { writers, type WriterName, type WriterProbability } from '../../test/support/writers.ts';
import {
  otherDrafts,
  refineDrafts,
  shippedCandidates,
  twoDrafts,
  write,
  type Lab,
  type Written,
} from './lab.ts';
import { decide } from './writer.ts';

export interface RunRequest {
  readonly writer: WriterName;
  readonly seed: number;
  /** `styles`: what the product does by default; the others train all parameters. */
  readonly method: Method | 'styles';
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
  readonly gate: { readonly promoted: boolean; readonly sentence: string; readonly winRate: number };
  readonly metrics: readonly StepMetric[];
  /** What was mixed in of each style; absent in runs from before there were styles, empty where all parameters were learned. */
  readonly shares?: Readonly<Record<string, number>>;
  readonly trainSeconds: number;
}

/** @param known what a lab's untaught policy writes, by how many texts are held out; filled by the first run, for the next */
export async function runOnce(
  lab: Lab,
  request: RunRequest,
  known: Map<number, Promise<Untaught>>,
  log: (line: string) => void,
): Promise<RunRecord> {
  const { writer, seed, method, steps, kappa, beta } = request;
  const truth = request.shuffled ? (): number => 0.5 : writers[writer];
  const candidates = await shippedCandidates(lab, lab.contexts.train.slice(0, request.texts));
  const comparisons = decide(writer, candidates, request.decisions, seed, request.shuffled);
  const fit = crossFit(comparisons, { seed });
  if (fit.kind !== 'crossFit') throw new Error('Too few decisions.');
  const teacher = (original: string, a: string, b: string): number =>
    fit.teacher.probability(original, a, b, undefined, { forTraining: true });
  const held = lab.contexts.heldOut.slice(0, request.heldOut);
  const parts: AnsweringParts = {
    source: lab.transformer,
    policy: lab.policy,
    writing: lab.writing,
    rng: createRng(seed),
    betweenSteps: () => Promise.resolve(),
  };
  const look = async (): Promise<Look> => {
    const written = await write(lab, held);
    const answers = await answerTexts(parts, held);
    return {
      written,
      two: await twoDrafts(lab, held),
      answers,
      measures: await measure(parts, answers, corrections, (text) => lab.encode(text)),
    };
  };
  const outcome = ({ written, two }: Look): Outcome =>
    outcomeOf(
      written,
      two.map(([a, b], i) => (teacher(held[i]!.original, a, b) >= 0.5 ? a : b)), // one for each text
      truth,
    );
  lab.set(lab.initial);
  const { look: before, others: drafts } = await untaughtOf(known, held.length, async () => ({
    look: await look(),
    others: await otherDrafts(lab, held),
  }));
  const taught = new Set(fit.teacherComparisons.map(({ original }) => original));
  const contexts = lab.contexts.train.filter(({ original }) => taught.has(original));
  const shared = {
    transformer: lab.transformer,
    policy: lab.policy,
    writing: lab.writing,
    preference: teacher,
    contexts,
    betweenSteps: () => Promise.resolve(),
    onDoing: () => undefined,
  };
  const config = {
    ...defaultTrainerConfig,
    seed,
    steps,
    kappa,
    betaLeader: beta,
    betaFollower: beta,
    rounds: request.rounds ?? 1,
  };
  const trainer: Learner =
    method === 'styles'
      ? new StyleTrainer({
          ...shared,
          config,
          styles: lab.styles,
          already: {},
          reference: lab.initial,
          encode: lab.encode,
        })
      : new Trainer({ ...shared, config: { ...config, method } });
  const started = performance.now();
  const metrics: StepMetric[] = [];
  while (!trainer.done) metrics.push(await trainer.runStep());
  const trainSeconds = Math.round((performance.now() - started) / 1000);
  const { shares } = trainer;
  const after = await look();
  const games = playGames(after.answers, before.answers, (original, a, b) =>
    fit.judge.probability(original, a, b),
  );
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
  const replies = await refineDrafts(lab, held, drafts);
  const overUntrained = mean(
    after.written.map(({ original, reply }, i) => against(truth, original, reply, before.written[i]!.reply)),
  ); // the same texts
  const transfer = mean(
    held.flatMap(({ original }, i) =>
      replies[i] === drafts[i] ? [] : [truth(original, replies[i]!, drafts[i]!)],
    ), // one for each text
  );
  const results = { before: outcome(before), after: outcome(after) };
  log(
    `${writer} ${method} seed ${seed}: acceptance ${show(results.before.acceptance)} → ${show(results.after.acceptance)}, reply over draft ${show(results.after.followerWinRate)}, ` +
      `${gate.promoted ? 'promoted' : 'kept aside'}, ${trainSeconds} s, ${JSON.stringify(shares)}. ${gate.verdict.sentence}`,
  );
  return {
    ...request,
    ...results,
    overUntrained,
    transfer,
    gate: { promoted: gate.promoted, sentence: gate.verdict.sentence, winRate: gate.winRate.value },
    metrics,
    shares,
    trainSeconds,
  };
}

/** What a policy writes for the held-out texts. */
interface Look {
  readonly written: readonly Written[];
  readonly two: Awaited<ReturnType<typeof twoDrafts>>;
  readonly answers: readonly ShownAnswer[];
  readonly measures: GuardMeasures;
}

export interface Untaught {
  readonly look: Look;
  /** Drafts of another model. */
  readonly others: readonly string[];
}

/** Before training all runs on the same texts begin alike: looked at once. */
function untaughtOf(
  known: Map<number, Promise<Untaught>>,
  texts: number,
  look: () => Promise<Untaught>,
): Promise<Untaught> {
  const found = known.get(texts) ?? look();
  known.set(texts, found);
  return found;
}

function outcomeOf(written: readonly Written[], best: readonly string[], truth: WriterProbability): Outcome {
  const over = (of: (one: Written, i: number) => number): number => mean(written.map(of));
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
