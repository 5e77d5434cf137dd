/** @file Tests what a run learned: the adapter as it is now and as it was, answering held-out texts as the product would, before the gate. */
import { createRng } from '../game/rng.ts';
import type { CrossFit } from '../preferences/crossFit.ts';
import type { Transformer } from '../tensor/transformer.ts';
import {
  answerAsRoles,
  correctionQuality,
  measuresOf,
  type AnsweringParts,
  type PlacedRoles,
} from './answers.ts';
import { drawContexts, type TrainingContext, type Writing } from './candidates.ts';
import { corrections } from './corrections.ts';
import { divergence, groupOf } from './divergence.ts';
import { playGames } from './heldOut.ts';
import type { Learner } from './learner.ts';
import type { LoraPolicy } from './loraPolicy.ts';
import { writePools } from './poolWriter.ts';
import { judge, type GateResult } from './promotion.ts';
import { placeStyles, type Style } from './styles.ts';

/** The model of a run, loaded. */
export interface RunEngine {
  readonly transformer: Transformer;
  readonly policy: LoraPolicy;
  readonly writing: Writing;
  encode(text: string): readonly number[];
}

/** An adapter's parameters, and what the follower has of the ready styles beside them. */
export interface RoleParameters {
  readonly leader: readonly Float32Array[];
  readonly follower: Readonly<Record<string, number>>;
  /** The styles that `follower` names. */
  readonly styles: readonly Style[] | undefined;
}

export interface Examination {
  readonly engine: RunEngine;
  readonly heldOut: readonly TrainingContext[];
  readonly fit: CrossFit;
  readonly before: RoleParameters;
  readonly after: RoleParameters;
  /** How well ordinary corrections were known before and are now, where the trainer measured it. */
  readonly corrections: Learner['corrections'];
  /** What the guard on them compares with; null: the adapter as it was before training. */
  readonly firstQuality: number | null;
  /** Mean nats per token between the policies, where the trainer measured it of what it learned at last; null: to be measured. */
  readonly klToReference: number | null;
  readonly decisions: number;
  readonly seed: number;
  readonly betweenSteps: () => Promise<void>;
}

export interface Examined {
  readonly gate: GateResult;
  /** Of the adapter that learning began with. */
  readonly firstQuality: number | null;
}

/** The parameters that were learned are in the transformer afterwards. */
export async function examine(examination: Examination): Promise<Examined> {
  const { engine, heldOut, fit, before, after, decisions, seed } = examination;
  const { transformer, policy, writing } = engine;
  const { betweenSteps, corrections: known } = examination;
  const parts: AnsweringParts = { source: transformer, policy, writing, rng: createRng(seed), betweenSteps };
  const quality = (): Promise<number | null> =>
    correctionQuality(parts, corrections, (text) => engine.encode(text));
  const newAnswers = await answerAsRoles(placed(transformer, after), parts, heldOut);
  const newMeasures = measuresOf(newAnswers, known ? known.now : await quality());
  const oldAnswers = await answerAsRoles(placed(transformer, before), parts, heldOut);
  const firstQuality = examination.firstQuality ?? (known ? known.before : await quality());
  const oldMeasures = measuresOf(oldAnswers, firstQuality);
  setParameters(transformer, after.leader);
  const klToReference =
    examination.klToReference ?? (await moved(parts, transformer, before.leader, heldOut));
  const gate = judge(
    {
      games: playGames(newAnswers, oldAnswers, fit).games,
      before: oldMeasures,
      after: newMeasures,
      klToReference,
      decisions,
    },
    createRng(seed),
  );
  return { gate, firstQuality };
}

/** Texts by which the KL is estimated, at most. */
const mostScored = 16;

/** How far from `before` the policy `after`, which is in the transformer, has moved: drafts and replies that it draws, scored by both. */
async function moved(
  { policy, writing, rng, betweenSteps }: AnsweringParts,
  transformer: Transformer,
  before: RoleParameters['leader'],
  heldOut: readonly TrainingContext[],
): Promise<number> {
  const after = transformer.parameters.map((values) => values.slice());
  const drawing = { groupSize: 2, drafts: 1, rounds: 1, temperature: 1, rng, betweenSteps };
  const pools = await writePools(transformer, writing, drawContexts(heldOut, mostScored, rng), drawing);
  const sets = pools.flatMap(({ leader, followers }) => [leader, ...followers]);
  setParameters(transformer, before);
  try {
    const reference = await policy.scoreGroups(sets.map(groupOf));
    return divergence(sets, reference.map(({ logProbs }) => logProbs)); // prettier-ignore
  } finally {
    setParameters(transformer, after);
  }
}

function placed(transformer: Transformer, { leader, follower, styles }: RoleParameters): PlacedRoles {
  const shares = styles?.map(({ name }) => follower[name] ?? 0);
  return {
    leader: () => setParameters(transformer, leader),
    follower:
      styles && shares && Object.keys(follower).length > 0
        ? () => placeStyles(transformer, { reference: leader, styles }, shares)
        : null,
  };
}

export function setParameters(transformer: Transformer, values: readonly Float32Array[]): void {
  transformer.parameters.forEach((parameter, i) => parameter.set(values[i]!)); // same order
  transformer.uploadParameters();
}
