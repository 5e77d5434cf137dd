/** @file One writer, one seed, one method: decisions, the cross-fitted teacher and judge, training, and what held-out texts say. */
import { createRng } from '../../server/src/game/rng.ts';
import { crossFit } from '../../server/src/preferences/crossFit.ts';
import type { Preference, TrainingContext } from '../../server/src/training/candidates.ts';
import { corrections } from '../../server/src/training/corrections.ts';
import {
  answerHeldOut,
  measure,
  playGames,
  type HeldOutAnswer,
  type HeldOutParts,
} from '../../server/src/training/heldOut.ts';
import type { Method } from '../../server/src/training/methods.ts';
import { judge, type GuardMeasures } from '../../server/src/training/promotion.ts';
import { defaultTrainerConfig, Trainer, type StepMetric } from '../../server/src/training/trainer.ts';
import { writers, type WriterName, type WriterProbability } from '../../test/support/writers.ts';
import { once, otherDrafts, referencePools, refineDrafts, shownTexts, twoDrafts, type Lab } from './lab.ts';
import { decide } from './writer.ts';

export interface RunRequest {
  readonly writer: WriterName;
  readonly seed: number;
  readonly method: Method;
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
  /** The same of the texts that were changed alone: those that a writer would see. */
  readonly shownAcceptance: number;
  /** p(reply ≻ its own draft). */
  readonly followerWinRate: number;
  /** p(reply ≻ the better of two drafts by the teacher), about as many tokens. */
  readonly followerVersusBestOf2: number;
  readonly copyShare: number;
  /** How often the reply is its draft. */
  readonly sameAsDraft: number;
}

export interface RunRecord extends RunRequest {
  readonly before: Outcome;
  readonly after: Outcome;
  /** p(reply ≻ the untrained policy's reply to the same text). */
  readonly overUntrained: number;
  /** p(our reply ≻ the draft it was given) for drafts of the plain model with examples, where the reply differs. */
  readonly transfer: number;
  readonly gate: { readonly promoted: boolean; readonly sentence: string; readonly winRate: number };
  /** Original, draft and reply of the first held-out texts. */
  readonly examples: readonly (readonly (string | null)[])[];
  readonly metrics: readonly StepMetric[];
  readonly trainSeconds: number;
}

export async function runOnce(
  lab: Lab,
  request: RunRequest,
  log: (line: string) => void,
): Promise<RunRecord> {
  const { writer, seed, method, steps, kappa, beta } = request;
  const truth = request.shuffled ? (): number => 0.5 : writers[writer];
  const texts = lab.contexts.train.slice(0, request.texts);
  const pools = await referencePools(lab, texts);
  const shown = new Map(texts.map(({ original }) => [original, shownTexts(pools.get(original)!)])); // all were written
  const comparisons = decide(writer, shown, request.decisions, seed, request.shuffled);
  const fit = crossFit(comparisons, { seed });
  if (fit.kind !== 'crossFit') throw new Error('Too few decisions.');
  const teacher = (original: string, a: string, b: string): number =>
    fit.teacher.probability(original, a, b, undefined, { forTraining: true });
  const held = lab.contexts.heldOut.slice(0, request.heldOut);
  lab.set(lab.initial);
  const before = await once(lab, 'before', held, () => look(lab, held));
  const drafts = await once(lab, 'others', held, () => otherDrafts(lab, held));
  const taught = new Set(fit.teacherComparisons.map(({ original }) => original));
  const trainer = new Trainer({
    transformer: lab.transformer,
    policy: lab.policy,
    writing: lab.writing,
    preference: teacher,
    contexts: texts.filter(({ original }) => taught.has(original)),
    config: {
      ...defaultTrainerConfig,
      method,
      seed,
      steps,
      kappa,
      betaLeader: beta,
      betaFollower: beta,
      rounds: request.rounds ?? 1,
      reuse: Infinity,
    },
    betweenSteps: () => Promise.resolve(),
    onDoing: () => undefined,
    written: (contexts) => contexts.map(({ original }) => pools.get(original)!), // all were written
  });
  const started = performance.now();
  const metrics: StepMetric[] = [];
  while (!trainer.done) {
    metrics.push(await trainer.runStep());
    process.stderr.write(`\r${writer} ${method} seed ${seed}: step ${trainer.step} of ${steps}`);
  }
  process.stderr.write('\n');
  const trainSeconds = Math.round((performance.now() - started) / 1000);
  const after = await look(lab, held);
  const games = playGames(after.answers, before.answers, (original, a, b) =>
    fit.judge.probability(original, a, b),
  );
  const klToReference = metrics.at(-1)?.klToReference ?? 0;
  const gate = judge(
    {
      games,
      before: before.measures,
      after: after.measures,
      klToReference,
      decisions: request.decisions,
    },
    createRng(seed),
  );
  const replies = await refineDrafts(lab, held, drafts);
  const [was, is] = [before, after].map((one) => outcomeOf(one, teacher, truth)) as [Outcome, Outcome]; // two of them
  const overUntrained = mean(
    after.answers.map(({ context: { original }, text }, i) =>
      against(truth, original, text ?? original, before.answers[i]!.text ?? original),
    ), // the same texts
  );
  const transfer = mean(
    held.flatMap(({ original }, i) =>
      replies[i] === drafts[i] ? [] : [truth(original, replies[i]!, drafts[i]!)],
    ), // one for each text
  );
  log(
    `${writer} ${method} seed ${seed}: acceptance ${show(was.acceptance)} → ${show(is.acceptance)}, of what is shown ${show(was.shownAcceptance)} → ${show(is.shownAcceptance)}, ` +
      `reply over draft ${show(is.followerWinRate)}, over best of 2 ${show(is.followerVersusBestOf2)}, ` +
      `${gate.promoted ? 'promoted' : 'kept aside'}, ${trainSeconds} s. ${gate.verdict.sentence} ${gate.objections.join(', ')}`,
  );
  return {
    ...request,
    before: was,
    after: is,
    overUntrained,
    transfer,
    gate: { promoted: gate.promoted, sentence: gate.verdict.sentence, winRate: gate.winRate.value },
    examples: after.answers
      .slice(0, 6)
      .map(({ context: { original }, draft, text }) => [original, draft, text]),
    metrics,
    trainSeconds,
  };
}

/** What the policy writes for the held-out texts, as it is now. */
interface Look {
  readonly answers: readonly HeldOutAnswer[];
  /** Two drafts of the leader for each text. */
  readonly pairs: readonly (readonly string[])[];
  readonly measures: GuardMeasures;
}

async function look(lab: Lab, held: readonly TrainingContext[]): Promise<Look> {
  const parts: HeldOutParts = {
    source: lab.transformer,
    policy: lab.policy,
    writing: lab.writing,
    rng: createRng(1),
    betweenSteps: () => Promise.resolve(),
  };
  const answers = await answerHeldOut(parts, held);
  const measures = await measure(parts, answers, corrections, (text) => lab.encode(text));
  return { answers, pairs: await twoDrafts(lab, held), measures };
}

function outcomeOf({ answers, pairs }: Look, teacher: Preference, truth: WriterProbability): Outcome {
  const rows = answers.map(({ context: { original }, draft, text }, i) => {
    const [a = original, b = original] = pairs[i]!; // one for each
    return {
      original,
      draft: draft ?? original,
      reply: text ?? original,
      best: teacher(original, a, b) >= 0.5 ? a : b,
    };
  });
  const over = (of: (row: (typeof rows)[number]) => number): number => mean(rows.map(of));
  const shown = rows.filter(({ original, reply }) => reply !== original);
  return {
    acceptance: over(({ original, reply }) => against(truth, original, reply, original)),
    draftAcceptance: over(({ original, draft }) => against(truth, original, draft, original)),
    shownAcceptance: mean(shown.map(({ original, reply }) => truth(original, reply, original))),
    followerWinRate: over(({ original, draft, reply }) => against(truth, original, reply, draft)),
    followerVersusBestOf2: over(({ original, reply, best }) => against(truth, original, reply, best)),
    copyShare: over(({ original, reply }) => Number(reply === original)),
    sameAsDraft: over(({ draft, reply }) => Number(reply === draft)),
  };
}

function against(truth: WriterProbability, original: string, a: string, b: string): number {
  return a === b ? 0.5 : truth(original, a, b);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0.5 : values.reduce((sum, x) => sum + x, 0) / values.length;
}

const show = (share: number): string => `${(100 * share).toFixed(1)} %`;
