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
import type { TrainingContext, Writing } from './candidates.ts';
import { corrections } from './corrections.ts';
import { playGames } from './heldOut.ts';
import type { Learner } from './learner.ts';
import type { LoraPolicy } from './loraPolicy.ts';
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
  readonly klToReference: number;
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
  const { engine, heldOut, fit, before, after, klToReference, decisions, seed } = examination;
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
