/** @file The model host with the embedded model and its shipped adapter: seeds, streaming, cancelling, caches, switching adapters. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Follower } from '../../server/src/generation/follower.ts';
import { Leader } from '../../server/src/generation/leader.ts';
import { ModelHost } from '../../server/src/generation/modelHost.ts';
import type { AdapterFile, LlamaTextModel } from '../../server/src/generation/modelHost.ts';
import type { GenerateOptions } from '../../server/src/generation/textModel.ts';
import { CancelledError } from '../../server/src/util/errors.ts';
import { silentLog } from '../../server/src/util/log.ts';

const root = join(import.meta.dirname, '../..');
const modelFile = { path: join(root, 'models/SmolLM2-135M-Instruct.Q4_1.gguf'), title: 'SmolLM2 135M' };
const adapter: AdapterFile = {
  path: join(root, 'adapters/SmolLM2-135M-Instruct/adapter.gguf'),
  format: 'edit-1',
};

let host: ModelHost;
let model: LlamaTextModel;
beforeAll(async () => {
  expect(existsSync(modelFile.path), 'run `npm run model` first').toBe(true);
  host = await ModelHost.start({
    gpu: 'off',
    threads: 2,
    log: silentLog,
  });
  model = await host.load(modelFile, adapter);
});
afterAll(async () => {
  await model.dispose();
  await host.dispose();
});

const never = (): AbortSignal => new AbortController().signal;

function story(options: Partial<GenerateOptions> = {}): GenerateOptions {
  return {
    turns: [
      {
        role: 'user',
        text: 'Write a story of two sentences about an old lighthouse and the people who lived in it.',
      },
    ],
    maxTokens: 40,
    temperature: 0.9,
    seed: 11,
    signal: never(),
    ...options,
  };
}

const bad = 'She dont like the apples because they is sour and the the tree are old.';
const improve = { task: 'fixGrammar', instruction: '', text: bad } as const;

describe('weighing', () => {
  const good = "She doesn't like the apples because they are sour and the tree is old.";
  const asked = {
    turns: [{ role: 'user', text: `Fix the grammar: ${bad}` }],
    template: 'bare',
    signal: never(),
  } as const;

  it('prefers corrections to mistakes, whatever is in the cache', async () => {
    const others = [good.replace("doesn't", 'dont'), good.replace('they are', 'they is'), bad];
    const margins = await model.weigh({ ...asked, text: good, others });
    expect(Math.min(...margins)).toBeGreaterThan(1);
    await model.generate(story());
    const [first] = await model.weigh({ ...asked, text: good, others: others.slice(0, 1) });
    expect(first).toBeCloseTo(margins[0]!, 1);
    const [back] = await model.weigh({ ...asked, text: others[0]!, others: [good] });
    expect(back).toBeCloseTo(-first!, 1);
  });

  it('knows how a turn ends: a full stop is likelier than none', async () => {
    const [margin] = await model.weigh({ ...asked, text: good, others: [good.slice(0, -1)] });
    expect(margin).toBeGreaterThan(3);
  });

  it('prefers what is good to a change of it', async () => {
    const turns = [{ role: 'user', text: `Fix the grammar: ${good}` }] as const;
    const changed = good.replace('old', 'ancient');
    const [margin] = await model.weigh({ ...asked, turns, text: changed, others: [good] });
    expect(margin).toBeLessThan(-1);
  });

  it('ends when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(model.weigh({ ...asked, signal, text: good, others: [bad] })).rejects.toThrow(
      CancelledError,
    );
  });
});

describe('generation', () => {
  it('gives the same text for the same seed and another for another', async () => {
    const first = await model.generate(story());
    const again = await model.generate(story());
    const other = await model.generate(story({ seed: 12 }));
    expect(first.tokens).toBeGreaterThan(10);
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  it('streams what it writes: every text begins with the one before, and the last is the result', async () => {
    const texts: string[] = [];
    const { text, tokens } = await model.generate(story({ onText: (so) => texts.push(so) }));
    expect(texts.length).toBe(tokens);
    texts.slice(1).forEach((longer, i) => expect(longer.startsWith(texts[i]!)).toBe(true)); // the one before
    expect(texts.at(-1)).toBe(text);
  });

  it('guesses copied words without changing what is written, in fewer steps', async () => {
    const options = {
      turns: [{ role: 'user', text: `Fix the grammar: ${bad}` }],
      template: 'bare',
      temperature: 0,
    } as const;
    const plain = await model.generate(story(options));
    const guessing = await model.generate(story({ ...options, copyFrom: bad }));
    expect(guessing.text).toBe(plain.text);
    expect(guessing.stop).toBe('end');
    expect(guessing.steps).toBeLessThan(plain.steps);
  });

  it('stops at once when it is cancelled, and the next text is as if nothing had been', async () => {
    const before = await model.generate(story());
    const controller = new AbortController();
    let after = 0;
    const cancelled = model.generate(
      story({
        maxTokens: 400,
        signal: controller.signal,
        onText: () => {
          if (controller.signal.aborted) after += 1;
          controller.abort();
        },
      }),
    );
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect(after).toBe(0);
    expect((await model.generate(story())).text).toBe(before.text);
  });

  it('writes what two ask for at the same time as if they had asked one after the other', async () => {
    const alone = [await model.generate(story()), await model.generate(story({ seed: 12 }))];
    const together = await Promise.all([model.generate(story()), model.generate(story({ seed: 12 }))]);
    expect(together.map(({ text }) => text)).toEqual(alone.map(({ text }) => text));
  });

  it('refuses what does not fit, in words for the writer', async () => {
    const turns = [{ role: 'user', text: 'word '.repeat(5000) }] as const;
    await expect(model.generate(story({ turns }))).rejects.toMatchObject({ code: 'selectionTooLong' });
  });
});

describe('leader and follower', () => {
  it('correct a bad sentence, and the adapter that is taken away takes its effect with it at the next request', async () => {
    const options = { seed: 1, signal: never() };
    const leader = await new Leader(model).write(improve, options);
    if (leader.kind !== 'draft') throw new Error(`The leader wrote nothing: ${leader.kind}`);
    expect(leader.text).toMatch(/doesn't/);
    expect(leader.text).not.toContain('the the');
    const follower = await new Follower(model).improve(improve, leader.text, options);
    expect(['draft', 'unchanged']).toContain(follower.kind);
    try {
      model.setAdapter(null);
      expect(model.adapterFormat).toBeNull();
      const plain = await new Leader(model).write(improve, options);
      expect(plain.kind === 'draft' ? plain.text : plain.kind).not.toBe(leader.text);
    } finally {
      model.setAdapter(adapter);
    }
    const restored = await new Leader(model).write(improve, options);
    expect(restored.kind === 'draft' && restored.text).toBe(leader.text);
  });
});

describe('improving, shared between leader and follower', () => {
  const options = { seed: 1, signal: never() };

  it('is tried twice by the leader where nothing needs correction, and not once more by the follower', async () => {
    const asked = vi.spyOn(model, 'generate');
    try {
      const good = { task: 'improve', instruction: '', text: 'The weather is nice today. ' } as const;
      expect(await new Leader(model).write(good, options)).toMatchObject({ kind: 'unchanged' });
      expect(asked.mock.calls.map(([{ turns }]) => turns)).toEqual([
        [{ role: 'user', text: 'Fix the grammar: The weather is nice today.' }],
        [{ role: 'user', text: 'Improve it: The weather is nice today.' }],
      ]);
      expect(await new Follower(model).improve(good, good.text, options)).toMatchObject({
        kind: 'unchanged',
      });
      expect(asked).toHaveBeenCalledTimes(2);
    } finally {
      asked.mockRestore();
    }
  });

  it('corrects first, and keeps the space around the text', async () => {
    const wrong = { task: 'improve', instruction: '', text: 'She go to the office every days. ' } as const;
    const leader = await new Leader(model).write(wrong, options);
    expect(leader).toMatchObject({ kind: 'draft', text: 'She goes to the office every day. ' });
  });
});

describe('ghost text', () => {
  it('evaluates only what was typed since the last time', async () => {
    const options = { maxTokens: 3, enough: () => false, signal: never() };
    const begun = 'The old lighthouse stood on a rock far out in the sea, and every night its keeper';
    const first = await model.continueText({ text: begun, ...options });
    expect(first.promptTokens).toBeGreaterThan(10);
    const typedOn = await model.continueText({ text: `${begun} climbed`, ...options });
    expect(typedOn.promptTokens).toBeLessThan(5);
    const fresh = await model.continueText({ text: begun, ...options });
    expect(fresh.text).toBe(first.text);
    expect(fresh.probabilities.every((p) => p > 0 && p <= 1)).toBe(true);
  });

  it('draws others beside the likeliest way on, which stays what it is', async () => {
    const text = 'When the storm was over the keeper went down to the beach and found';
    const options = { text, maxTokens: 12, enough: () => false, signal: never() };
    const alone = await model.continueText(options);
    const first = await model.continueText({ ...options, draws: 2 });
    const again = await model.continueText({ ...options, draws: 2 });
    expect(alone.drawn).toEqual([]);
    expect(first.text).toBe(alone.text);
    expect(new Set([first, ...first.drawn].map((way) => way.text)).size).toBe(3);
    expect(again.drawn.map((way) => way.text)).toEqual(first.drawn.map((way) => way.text));
    for (const { probabilities } of first.drawn) {
      expect(probabilities).toHaveLength(12);
      expect(probabilities.every((p) => p > 0 && p <= 1)).toBe(true);
    }
  });

  it('ends each continuation where it is enough, while the others go on', async () => {
    const text = 'When the storm was over the keeper went down to the beach and found';
    const options = { text, maxTokens: 12, signal: never() };
    const { text: likeliest } = await model.continueText({ ...options, enough: () => false });
    const { probabilities, drawn } = await model.continueText({
      ...options,
      draws: 2,
      enough: (way) => likeliest.startsWith(way) && way.length > 4,
    });
    expect(probabilities.length).toBeLessThan(6);
    expect(Math.max(...drawn.map((way) => way.probabilities.length))).toBe(12);
  });

  it('stops within one step when it is cancelled, and finds its caches again', async () => {
    const text = 'When the storm was over the keeper went down to the beach and found';
    const options = { text, maxTokens: 12, draws: 2, enough: () => false, signal: never() };
    const before = await model.continueText(options);
    const controller = new AbortController();
    let after = 0;
    const cancelled = model.continueText({
      ...options,
      signal: controller.signal,
      enough: (_, probabilities) => {
        if (controller.signal.aborted && probabilities.length > 3) after += 1;
        if (probabilities.length === 3) controller.abort();
        return false;
      },
    });
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect(after).toBe(0);
    const again = await model.continueText(options);
    expect(again.text).toBe(before.text);
    expect(again.promptTokens).toBeLessThan(5);
  });
});

describe('scores', () => {
  it('holds English for likelier than the same words in disorder, one log-prob for each token', async () => {
    const texts = ['The cat sat on the mat.', 'mat the on sat cat The.'];
    const scores = await model.score(texts, never());
    const [good = NaN, disorder = NaN] = scores.map(({ logProbs }) =>
      logProbs.reduce((sum, x) => sum + x, 0),
    );
    expect(scores.map(({ logProbs }) => logProbs.length)).toEqual(
      texts.map((text) => model.countTokens(text)),
    );
    expect(good).toBeGreaterThan(disorder + 5);
    expect(scores.flatMap(({ logProbs }) => logProbs).every((x) => x <= 0)).toBe(true);
  });
});
