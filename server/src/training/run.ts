/**
 * @file One training run from snapshot to verdict: cross-fitted preference models, the training loop with its checkpoints, the promotion
 * gate, the adapter. A run that was killed goes on from its checkpoint with the same numbers. trainerMain.ts gives it its process.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FromTrainer } from '../../protocol/trainerIpc.ts';
import type { PreferenceModel } from '../preferences/preferenceModel.ts';
import {
  readMetrics,
  readSnapshot,
  writeResult,
  type RunResult,
  type RunSnapshot,
} from '../storage/runStore.ts';
import {
  readAdapter,
  writeAdapter,
  type AdapterProvenance,
  type LoraAdapter,
} from '../tensor/ggufAdapter.ts';
import type { LoraConfig } from '../tensor/lora.ts';
import { DraftError } from '../util/errors.ts';
import type { Preference, TrainingContext } from './candidates.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { correctionsHash } from './corrections.ts';
import { examine, setParameters, type RunEngine } from './examination.ts';
import type { Learner } from './learner.ts';
import { MixtureWriter } from './mixtures.ts';
import { RoleTrainer } from './roleTrainer.ts';
import { learnedStyles, readStyles, sharesInAll, type Style } from './styles.ts';
import { StyleTrainer } from './styleTrainer.ts';
import { fitBoth, textsOfRun } from './texts.ts';
import { defaultTrainerConfig, Trainer, type TrainerConfig, type TrainerParts } from './trainer.ts';
import { checkpointPath, progress, trainUntilDone } from './trainingLoop.ts';

export interface RunDependencies {
  load(snapshot: RunSnapshot, adapter: LoraAdapter | LoraConfig): Promise<RunEngine>;
  report(message: FromTrainer): void;
  /** Awaited between micro-steps: waits while paused, throws when cancelled. */
  betweenSteps(): Promise<void>;
  /** Milliseconds of work: what it waited does not count. */
  worked(): number;
}

/** A fresh adapter's shape, where there is none to start from. */
const freshRank = 16;

export async function runTraining(folder: string, deps: RunDependencies): Promise<RunResult> {
  const snapshot = readSnapshot(folder);
  const config = configOf(snapshot);
  const { seed } = config;
  deps.report(progress('fitting your preferences', 0, config.steps, null));
  const fit = fitBoth(snapshot, seed);
  const { contexts, heldOut } = textsOfRun(snapshot, fit);
  const parent = snapshot.parent ? readAdapter(snapshot.parent.path) : null;
  const engine = await deps.load(snapshot, parent ?? { rank: freshRank, alpha: 2 * freshRank, seed });
  const { transformer } = engine;
  const parameters = (): Float32Array[] => transformer.parameters.map((values) => values.slice());
  const reference = parameters();
  const already = parent ? sharesInAll(parent.provenance) : {};
  let firstQuality = parent ? firstQualityOf(parent.provenance) : null;
  const styles = parent ? stylesOf(snapshot.styles, parent) : undefined;
  const followerBefore = snapshot.parent?.followerStyles ?? {};
  const texts = fingerprint([contexts, heldOut]);
  const path = checkpointPath(folder);
  const checkpoint = existsSync(path) ? readCheckpoint(path) : undefined;
  const trainer = openLearner({
    checkpoint,
    engine,
    texts,
    config,
    contexts,
    deps,
    reference,
    styles,
    already,
    firstQuality,
    adapters: snapshot.settings.adapters,
    followerBefore,
    teacher: preferenceBy(fit.teacher),
  });
  const provenance = (step: number): AdapterProvenance => ({
    baseModelSha256: snapshot.baseModelSha256,
    parent: snapshot.parent === null ? null : String(snapshot.parent.id),
    step,
    config: {
      ...config,
      texts,
      styles: trainer.shares,
      stylesInAll: sum(already, trainer.shares),
      followerStyles: trainer.followerShares,
      firstQuality,
      correctionsAsked: correctionsHash,
    },
  });
  await trainUntilDone(trainer, {
    folder,
    adapter: () => ({ ...transformer.adapter, provenance: provenance(trainer.step) }),
    report: (message) => deps.report(message),
    worked: () => deps.worked(),
    workedBeforeMs: checkpoint?.workedMs ?? 0,
    budgetMinutes: snapshot.settings.budgetMinutes,
  });

  deps.report(progress('testing what was learned', trainer.step, trainer.steps, null));
  // The parent's follower counts even where this run learns no styles.
  const stylesBefore = parent && Object.keys(followerBefore).length > 0 ? stylesOf(snapshot.parent?.styles ?? null, parent) : undefined; // prettier-ignore
  const examined = await examine({
    engine,
    heldOut,
    fit,
    before: { leader: reference, follower: followerBefore, styles: stylesBefore },
    after: { leader: parameters(), follower: trainer.followerShares, styles },
    corrections: trainer.corrections,
    firstQuality,
    // Of a step in which all parameters move, the metric says what was before.
    klToReference: styles ? (readMetrics(folder).at(-1)?.klToReference ?? 0) : null,
    decisions: snapshot.decisions,
    seed,
    betweenSteps: () => deps.betweenSteps(),
  });
  ({ firstQuality } = examined);
  const { gate } = examined;
  const adapterPath = join(folder, 'adapter.gguf');
  writeAdapter(adapterPath, { ...transformer.adapter, provenance: provenance(trainer.step) }, 'f16');
  const result: RunResult = {
    adapterPath,
    winRate: gate.winRate,
    lengthRatio: gate.lengthRatio,
    promoted: gate.promoted,
    sentence: gate.verdict.sentence,
    styles: trainer.shares,
    followerStyles: trainer.followerShares,
  };
  writeResult(folder, result);
  return result;
}

function configOf({ settings }: RunSnapshot): TrainerConfig {
  const { seed, steps, groupSize, rounds, betaLeader, betaFollower, kappa } = settings;
  return { ...defaultTrainerConfig, seed, steps, groupSize, rounds, betaLeader, betaFollower, kappa };
}

/** @throws DraftError with a way out where the file that ships is damaged */
function stylesOf(styles: string | null, parent: LoraAdapter): readonly Style[] | undefined {
  if (styles === null) return undefined;
  try {
    return readStyles(styles, parent, learnedStyles).styles;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DraftError(
      'trainingFailed',
      `The ready styles can't be read (${reason}). Install Second Draft again, or set secondDraft.learning.parameters to "all".`,
      { cause },
    );
  }
}

/**
 * How well the adapter that learning began with knew ordinary corrections, by what its descendants' runs wrote into them: the guard compares
 * with that one, so that many runs can't each lose what one may. null where other corrections were asked: such numbers don't compare.
 */
function firstQualityOf({ config }: AdapterProvenance): number | null {
  const { firstQuality, correctionsAsked } = config;
  if (correctionsAsked !== correctionsHash) return null;
  return typeof firstQuality === 'number' && Number.isFinite(firstQuality) ? firstQuality : null;
}

function sum(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

function preferenceBy(model: PreferenceModel): Preference {
  return (original, a, b) => model.probability(original, a, b, undefined, { forTraining: true });
}

function fingerprint(contexts: readonly (readonly TrainingContext[])[]): string {
  const originals = contexts.map((list) => list.map(({ original }) => original));
  return createHash('sha256').update(JSON.stringify(originals)).digest('hex');
}

interface Opening {
  /** Of a run that goes on. */
  readonly checkpoint: Checkpoint | undefined;
  readonly engine: RunEngine;
  readonly config: TrainerConfig;
  /** {@link fingerprint} of what is trained and tested on. */
  readonly texts: string;
  readonly contexts: readonly TrainingContext[];
  readonly deps: RunDependencies;
  readonly reference: readonly Float32Array[];
  readonly styles: readonly Style[] | undefined;
  /** What the adapter has of each style before training. */
  readonly already: Readonly<Record<string, number>>;
  /** {@link firstQualityOf}; null: what the adapter has now. */
  readonly firstQuality: number | null;
  readonly adapters: RunSnapshot['settings']['adapters'];
  /** What the follower has of each style beside its leader before training. */
  readonly followerBefore: Readonly<Record<string, number>>;
  readonly teacher: Preference;
}

/** @throws DraftError where a run goes on that began with other texts */
function openLearner(opening: Opening): Learner {
  const { checkpoint, engine, config, deps, reference, styles, already, firstQuality, teacher, contexts, adapters, followerBefore } = opening; // prettier-ignore
  if (checkpoint && checkpoint.adapter.provenance.config.texts !== opening.texts) {
    throw new DraftError(
      'trainingFailed',
      'The run that was to go on began with other texts, perhaps before an update. Your decisions are kept: learn again.',
    );
  }
  let learner: Learner | undefined = undefined;
  const parts = {
    transformer: engine.transformer,
    policy: engine.policy,
    writing: engine.writing,
    preference: teacher,
    contexts,
    config,
    betweenSteps: () => deps.betweenSteps(),
    onDoing: (doing: string) =>
      deps.report(progress(doing, learner?.step ?? 0, learner?.steps ?? config.steps, null)),
  };
  const encode = (text: string): readonly number[] => engine.encode(text);
  if (!styles) learner = openTrainer(parts, reference, checkpoint);
  else {
    const mixtures = new MixtureWriter({ ...parts, encode, styles, reference });
    const ofStyles = { ...parts, already, firstQuality, mixtures };
    learner =
      adapters === 'perRole'
        ? new RoleTrainer({ ...ofStyles, followerBefore }, checkpoint)
        : new StyleTrainer(ofStyles, checkpoint);
  }
  return learner;
}

function openTrainer(
  parts: TrainerParts,
  reference: readonly Float32Array[],
  checkpoint: Checkpoint | undefined,
): Trainer {
  if (!checkpoint) return new Trainer(parts);
  setParameters(
    parts.transformer,
    checkpoint.adapter.pairs.flatMap(({ a, bt }) => [a, bt]),
  );
  return new Trainer(parts, { checkpoint, reference });
}
