/** @file The decoder against the engine's own log-probs, and the language-model trainer against the closed form of the game. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, solvePool } from '../../server/src/game/pool.ts';
import { createRng } from '../../server/src/game/rng.ts';
import { openBackend, type ComputeBackend } from '../../server/src/tensor/backend.ts';
import { pack } from '../../server/src/tensor/packing.ts';
import { loadTransformer, type Transformer } from '../../server/src/tensor/transformer.ts';
import type { Preference, TrainingContext, Writing } from '../../server/src/training/candidates.ts';
import { readCheckpoint, writeCheckpoint } from '../../server/src/training/checkpoint.ts';
import { answerTexts } from '../../server/src/training/answers.ts';
import type { StepMetric } from '../../server/src/training/learner.ts';
import { LoraPolicy } from '../../server/src/training/loraPolicy.ts';
import { rollOut } from '../../server/src/training/rollouts.ts';
import { placeStyles, type Style } from '../../server/src/training/styles.ts';
import { MixtureWriter } from '../../server/src/training/mixtures.ts';
import { StyleTrainer } from '../../server/src/training/styleTrainer.ts';
import { defaultTrainerConfig, Trainer, type TrainerConfig } from '../../server/src/training/trainer.ts';
import { randomIds, uniform } from '../support/random.ts';
import { tinyShape, writeTinyModel } from '../support/tinyModels.ts';

let folder = '';
let backend: ComputeBackend;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-draft-trainer-'));
  backend = openBackend({ threads: 1 });
});
afterAll(() => {
  backend.dispose();
  rmSync(folder, { recursive: true });
});

function tinyModel(architecture: 'llama' | 'qwen2' | 'qwen3'): string {
  const path = join(folder, `${architecture}.gguf`);
  writeTinyModel(path, { architecture, tied: true, type: 'F32', seed: 5 });
  return path;
}

function load(path: string): Transformer {
  return loadTransformer(backend, path, {
    lora: { rank: 8, alpha: 16, seed: 2 },
    weights: 'f32',
    maxTokens: 1024,
  });
}

/** Gives B something, so that the adapter matters. */
function disturb(transformer: Transformer): void {
  const random = uniform(9);
  transformer.parameters.forEach((values) =>
    values.forEach((x, i) => (values[i] = x + 0.05 * (random() - 0.5))),
  );
  transformer.uploadParameters();
}

describe('the decoder', () => {
  for (const architecture of ['llama', 'qwen2', 'qwen3'] as const) {
    it(`gives the probabilities of the training engine (${architecture}), for texts that share a beginning and part later`, () => {
      const transformer = load(tinyModel(architecture));
      disturb(transformer);
      const prompt = randomIds(uniform(21), 7);
      const [shared, ...branches] = randomIds(uniform(22), 4);
      const decoder = transformer.decoder([16, 12]);
      const rows = prompt.map((token, i) => ({
        token,
        position: i,
        slot: i,
        sees: prompt.slice(0, i).map((_, j) => j),
      }));
      // The second group holds the same prompt one slot further on: groups do not see each other.
      const moved = rows.map((row) => ({
        ...row,
        slot: row.slot + 1,
        sees: row.sees.map((slot) => slot + 1),
      }));
      const first = decoder.step([
        { rows, wanted: [6] },
        { rows: moved, wanted: [6] },
      ]);
      const before = prompt.map((_, i) => i);
      const second = decoder.step([
        { rows: [{ token: shared!, position: 7, slot: 7, sees: before }], wanted: [0] },
        { rows: [], wanted: [] },
      ]);
      const third = decoder.step([
        {
          rows: branches.map((token, i) => ({ token, position: 8, slot: 8 + i, sees: [...before, 7] })),
          wanted: [0, 1, 2],
        },
        { rows: [], wanted: [] },
      ]);
      decoder.dispose();
      const last = randomIds(uniform(23), 1)[0]!;
      const completions = branches.map((branch) => [shared!, branch, last]);
      const { logProbs } = transformer.run(pack(completions.map((completion) => ({ prompt, completion }))));
      branches.forEach((branch, i) => {
        const of = [first[0]![0]![shared!]!, second[0]![0]![branch]!, third[0]![i]![last]!];
        of.forEach((p, t) => expect(Math.abs(Math.log(p) - logProbs[3 * i + t]!)).toBeLessThan(5e-3));
      });
      expect(first[1]![0]![shared!]).toBeCloseTo(first[0]![0]![shared!]!, 6);
      transformer.dispose();
    });
  }

  it('writes the same texts again from the same seed', async () => {
    const transformer = load(tinyModel('llama'));
    const write = () =>
      rollOut(transformer, [{ prompt: randomIds(uniform(3), 5), maxTokens: 6 }], {
        count: 5,
        temperature: 1,
        isEnd: (token) => token === 0,
        rng: createRng(4),
      });
    expect(await write()).toEqual(await write());
    transformer.dispose();
  });
});

/** The language model as a player of a matrix game: every answer is one token, and a token is one of three actions. */
const actions = Array.from({ length: tinyShape.nVocab }, (_, token) => token % 3);

/** A cycle with unequal margins: A beats B, B beats C, C beats A. */
const matrix = [
  [0.5, 0.9, 0.25],
  [0.1, 0.5, 0.7],
  [0.75, 0.3, 0.5],
];
const actionIndex = (text: string): number => 'ABC'.indexOf(text);

describe('a run that was killed', () => {
  it('goes on from its checkpoint with the very numbers of one that was not', async () => {
    const path = join(folder, 'resumed.gguf');
    writeTinyModel(path, { architecture: 'llama', tied: false, type: 'F32', seed: 5, classes: 3 });
    const contexts = ['x', 'y', 'z'].map((original): TrainingContext => ({ document: original, original, task: 'improve', instruction: '' })); // prettier-ignore
    const writing: Writing = {
      leaderPrompt: ({ original }) => randomIds(uniform(original.charCodeAt(0)), 3),
      followerPrompt: ({ original }, draft) =>
        randomIds(uniform(original.charCodeAt(0) + 7 * draft.length), 4),
      show: (tokens) => tokens.map((token) => 'ABC'[actions[token]!]).join(''),
      isEnd: (token) => token % 5 === 0,
      countTokens: () => 2,
    };
    const trainerOf = (
      transformer: Transformer,
      resumed?: ConstructorParameters<typeof Trainer>[1],
    ): Trainer =>
      new Trainer(
        {
          transformer,
          policy: new LoraPolicy(transformer, { maxTokens: 1024 }),
          writing,
          preference: (_original, a, b) => (a === b ? 0.5 : a.length < b.length ? 0.8 : 0.2),
          contexts,
          config: { ...defaultTrainerConfig, steps: 6, contextsPerStep: 2, groupSize: 3 },
          betweenSteps: () => Promise.resolve(),
          onDoing: () => undefined,
        },
        resumed,
      );
    const whole = load(path);
    const reference = whole.parameters.map((values) => values.slice());
    const uninterrupted = trainerOf(whole);
    while (!uninterrupted.done) await uninterrupted.runStep();

    const first = load(path);
    const killed = trainerOf(first);
    for (let step = 0; step < 3; step++) await killed.runStep();
    const file = join(folder, 'checkpoint.gguf');
    const provenance = { baseModelSha256: '0'.repeat(64), parent: null, step: 3, config: {} };
    writeCheckpoint(file, { ...killed.state(), adapter: { ...first.adapter, provenance }, workedMs: 0 });
    first.dispose();
    const checkpoint = readCheckpoint(file);
    const second = load(path);
    const saved = checkpoint.adapter.pairs.flatMap(({ a, bt }) => [a, bt]);
    second.parameters.forEach((values, i) => values.set(saved[i]!)); // same order
    second.uploadParameters();
    const resumed = trainerOf(second, { checkpoint, reference });
    expect(resumed.step).toBe(3);
    while (!resumed.done) await resumed.runStep();
    expect(second.parameters).toEqual(whole.parameters);
    expect(second.parameters).not.toEqual(reference);
    second.dispose();
    whole.dispose();
  });
});

describe('the style trainer', () => {
  const actions = 'ABCDE';
  const writing: Writing = {
    leaderPrompt: ({ original }) => randomIds(uniform(original.charCodeAt(0)), 3),
    followerPrompt: ({ original }, draft) => randomIds(uniform(original.charCodeAt(0) + 7 * draft.length), 4),
    show: (tokens) => tokens.map((token) => actions[token % actions.length]!).join(''),
    isEnd: (token) => token % 5 === 0,
    countTokens: () => 2,
  };
  const contexts = 'stuvwxyz'.split('').map((original): TrainingContext => ({ document: original, original, task: 'improve', instruction: '' })); // prettier-ignore
  const stylesOf = (transformer: Transformer): Style[] =>
    ['one', 'two'].map((name, s) => {
      const random = uniform(40 + s);
      const deltaOf = (bt: Float32Array) => bt.map(() => (4 / 3) * (random() - 0.5)); // a first step is 1.5 of it
      return { name, deltas: transformer.adapter.pairs.map(({ bt }) => deltaOf(bt)) };
    });
  const trainerOf = (
    transformer: Transformer,
    reference: readonly Float32Array[],
    preference: Preference,
    resumed?: ConstructorParameters<typeof StyleTrainer>[1],
    { shown = writing, firstQuality = null as number | null } = {},
  ): StyleTrainer =>
    new StyleTrainer(
      {
        mixtures: new MixtureWriter({
          transformer,
          policy: new LoraPolicy(transformer, { maxTokens: 1024 }),
          writing: shown,
          encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0) % tinyShape.nVocab),
          styles: stylesOf(transformer),
          reference,
          betweenSteps: () => Promise.resolve(),
        }),
        preference,
        contexts,
        already: {},
        firstQuality,
        config: { seed: 3, steps: 5, betaLeader: 0.05, betaFollower: 0.05 },
        onDoing: () => undefined,
      },
      resumed,
    );
  const copies = (transformer: Transformer): Float32Array[] =>
    transformer.parameters.map((values) => values.slice());
  const shorter: Preference = (_original, a, b) => (a === b ? 0.5 : 1 / (1 + Math.exp(a.length - b.length)));

  it('goes on from its checkpoint with the very numbers of one that was not, and the best mixture is in place', async () => {
    const path = tinyModel('llama');
    const whole = load(path);
    const reference = copies(whole);
    const uninterrupted = trainerOf(whole, reference, shorter);
    const metrics: StepMetric[] = [];
    while (!uninterrupted.done) metrics.push(await uninterrupted.runStep());
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);

    const first = load(path);
    const killed = trainerOf(first, reference, shorter);
    for (let step = 0; step < 2; step++) await killed.runStep();
    const file = join(folder, 'styles-checkpoint.gguf');
    const provenance = { baseModelSha256: '0'.repeat(64), parent: null, step: 2, config: {} };
    writeCheckpoint(file, { ...killed.state(), adapter: { ...first.adapter, provenance }, workedMs: 0 });
    first.dispose();
    const second = load(path);
    const resumed = trainerOf(second, reference, shorter, readCheckpoint(file));
    expect(resumed.step).toBe(2);
    const later: StepMetric[] = [];
    while (!resumed.done) later.push(await resumed.runStep());
    expect(later).toEqual(metrics.slice(2));
    expect(resumed.shares).toEqual(uninterrupted.shares);
    expect(second.parameters).toEqual(whole.parameters);
    const expected = copies(second);
    placeStyles(
      { parameters: expected, uploadParameters: () => undefined },
      { reference, styles: stylesOf(second) },
      Object.values(resumed.shares),
    );
    expect(second.parameters).toEqual(expected);
    expect(() =>
      trainerOf(second, reference, shorter, { progress: { tried: [{ shares: [0], texts: [] }] } }),
    ).toThrow(/other styles/);
    const updated = reference.map((values) => values.map((x) => x + 1)); // as many styles and texts, another adapter
    expect(() => trainerOf(second, updated, shorter, readCheckpoint(file))).toThrow(/other styles/);
    second.dispose();
    whole.dispose();
  });

  it('changes nothing for a writer who does not mind, and never commits to what a guard objects to', async () => {
    const transformer = load(tinyModel('llama'));
    const reference = copies(transformer);
    const indifferent = trainerOf(transformer, reference, () => 0.5);
    while (!indifferent.done) await indifferent.runStep();
    expect(indifferent.shares).toEqual({ one: 0, two: 0 });
    expect(transformer.parameters).toEqual(reference);
    // A writer who takes any change, and mixtures of which two texts in eight can't be shown.
    const first = await textsOf(transformer);
    const anyChange: Preference = (original, a, b) =>
      0.5 + 0.45 * (Number(b === first.get(original)) - Number(a === first.get(original)));
    const changed = (): boolean => transformer.parameters[1]!.some((x, k) => x !== reference[1]![k]!);
    const junk: Writing = {
      ...writing,
      show: (tokens, ended, original) =>
        'st'.includes(original) && changed() ? null : writing.show(tokens, ended, original),
    };
    const free = trainerOf(transformer, reference, anyChange);
    const guarded = trainerOf(transformer, reference, anyChange, undefined, { shown: junk });
    const forgetful = trainerOf(transformer, reference, anyChange, undefined, { firstQuality: 103 }); // none reaches 101
    const metrics: StepMetric[] = [];
    while (!free.done) await free.runStep();
    while (!guarded.done) metrics.push(await guarded.runStep());
    while (!forgetful.done) await forgetful.runStep();
    expect(free.shares).not.toEqual({ one: 0, two: 0 });
    expect(Math.max(...metrics.map(({ followerReward }) => followerReward))).toBeGreaterThan(0.6); // the teacher would take it
    expect(guarded.shares).toEqual({ one: 0, two: 0 });
    expect(forgetful.shares).toEqual({ one: 0, two: 0 });
    expect(transformer.parameters).toEqual(reference);
    transformer.dispose();
  });

  async function textsOf(transformer: Transformer): Promise<Map<string, string | null>> {
    const parts = {
      source: transformer,
      policy: new LoraPolicy(transformer, { maxTokens: 1024 }),
      writing,
      rng: createRng(1),
      betweenSteps: () => Promise.resolve(),
    };
    return new Map((await answerTexts(parts, contexts)).map(({ context, text }) => [context.original, text]));
  }
});

describe('the language-model trainer on a finite game', () => {
  it('reaches the closed form: the leader, and the follower for each draft', async () => {
    const path = join(folder, 'classes.gguf');
    writeTinyModel(path, { architecture: 'llama', tied: false, type: 'F32', seed: 5, classes: 3 });
    const transformer = load(path);
    const policy = new LoraPolicy(transformer, { maxTokens: 1024 });
    const leaderPrompt = randomIds(uniform(31), 3);
    const draftTokens = randomIds(uniform(32), 3);
    const writing: Writing = {
      leaderPrompt: () => leaderPrompt,
      followerPrompt: (_context, draft) => [...leaderPrompt, draftTokens[actionIndex(draft)]!],
      show: ([token]) => 'ABC'[actions[token!]!]!,
      isEnd: () => true,
      countTokens: () => 1,
    };
    const config: TrainerConfig = {
      ...defaultTrainerConfig,
      betaLeader: 0.3,
      betaFollower: 0.3,
      kappa: 1,
      steps: 150,
      contextsPerStep: 1,
      groupSize: tinyShape.nVocab,
      drafts: 3,
      learningRate: 0.02,
      klCap: 100,
    };
    const context: TrainingContext = { document: 'd', original: 'x', task: 'improve', instruction: '' };
    /** [3]: how often each action is played behind a prompt. */
    const played = (prompt: readonly number[]): number[] => {
      const decoder = transformer.decoder([prompt.length]);
      const rows = prompt.map((token, i) => ({
        token,
        position: i,
        slot: i,
        sees: prompt.slice(0, i).map((_, j) => j),
      }));
      const [probabilities] = decoder.step([{ rows, wanted: [prompt.length - 1] }])[0]!;
      decoder.dispose();
      const sums = [0, 0, 0];
      probabilities!.forEach((p, token) => (sums[actions[token]!]! += p));
      return sums;
    };
    const replyPrompts = ['A', 'B', 'C'].map((draft) => writing.followerPrompt(context, draft));
    const solved = solvePool(
      createPool({
        preference: matrix,
        leaderReference: normalised(played(leaderPrompt)),
        followerReference: replyPrompts.map((prompt) => normalised(played(prompt))),
        tauLeader: 0.3,
        tauFollower: 0.3,
      }),
    );
    const distance = (): number => {
      const leader = played(leaderPrompt);
      const tv = (p: readonly number[], q: readonly number[]): number =>
        p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!) / 2, 0);
      const replies = replyPrompts.map((prompt, k) =>
        tv(played(prompt), Array.from(solved.follower.subarray(3 * k, 3 * k + 3))),
      );
      return Math.max(tv(leader, Array.from(solved.leader)), ...replies);
    };
    const preference = (_original: string, a: string, b: string): number =>
      a === b ? 0.5 : matrix[actionIndex(a)]![actionIndex(b)]!;
    const start = distance();
    const trainer = new Trainer({
      transformer,
      policy,
      writing,
      preference,
      contexts: [context],
      config,
      betweenSteps: () => Promise.resolve(),
      onDoing: () => undefined,
    });
    while (!trainer.done) await trainer.runStep();
    expect(start).toBeGreaterThan(0.15);
    expect(distance()).toBeLessThan(0.03);
    transformer.dispose();
  });
});

function normalised(p: readonly number[]): number[] {
  const sum = p.reduce((total, x) => total + x, 0);
  return p.map((x) => x / sum);
}
