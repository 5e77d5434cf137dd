/** @file How fast ghost text is: our kept cache against a fresh LlamaCompletion at the same places, and ours against bare decoding. */
import { LlamaCompletion, type LlamaModel } from 'node-llama-cpp';
import { inlineLimits, InlineWriter } from '../../server/src/generation/inlineWriter.ts';
import type { Continued, TextModel } from '../../server/src/generation/textModel.ts';

/** One place where somebody who types might stop. */
export interface Place {
  readonly oursMs: number;
  /** The same with two more continuations drawn in the same batches, each until it is unsure; by a model with its own caches. */
  readonly threeMs: number;
  readonly peerMs: number;
  /** The same tokens decoded one by one from a prompt that is in the cache already. */
  readonly bareMs: number;
  readonly tokens: number;
  readonly promptTokens: number;
  readonly shown: boolean;
}

/** Sentences that stand before the one that is typed, as in a document. */
const contextTexts = 5;

/** Continues each text at the end of every word from the fourth on, as if it was typed. All three write as many tokens as ours. */
export async function typeAlong(
  model: TextModel,
  drawing: TextModel,
  peer: LlamaModel,
  threads: number,
  texts: readonly string[],
): Promise<Place[]> {
  const context = await peer.createContext({ contextSize: 1024, batchSize: 512, threads });
  const sequence = context.getSequence();
  const completion = new LlamaCompletion({ contextSequence: sequence, autoDisposeSequence: false });
  const places: Place[] = [];
  const { signal } = new AbortController();
  let continued: Continued | undefined;
  const writer = new InlineWriter(
    {
      continueText: async (options) => {
        continued = await model.continueText(options);
        return continued;
      },
    },
    inlineLimits,
  );
  const three = new InlineWriter(drawing, inlineLimits);
  for (const [index, text] of texts.entries()) {
    const earlier = texts.slice(Math.max(0, index - contextTexts), index).join(' ');
    for (const match of [...text.matchAll(/\S+/g)].slice(3)) {
      const before = `${earlier} ${text.slice(0, match.index + match[0].length)}`.trimStart();
      const [oursMs, suggestion] = await timed(() => writer.suggest(before, signal));
      const tokens = Math.max(1, continued?.probabilities.length ?? 0);
      const [threeMs] = await timed(() => three.suggest(before, signal, 2));

      await sequence.clearHistory();
      const [peerMs] = await timed(() =>
        completion.generateCompletion(before, { maxTokens: tokens, temperature: 0 }),
      );

      await sequence.clearHistory();
      const prompt = peer.tokenize(before);
      await sequence.controlledEvaluate(prompt.slice(0, -1));
      const [bareMs] = await timed(async () => {
        let last = prompt.at(-1);
        for (let count = 0; count < tokens && last !== undefined; count++) {
          const [output] = await sequence.controlledEvaluate([
            [last, { generateNext: { token: true, options: { temperature: 0 } } }],
          ]);
          last = output?.next.token ?? undefined;
        }
      });
      const promptTokens = continued?.promptTokens ?? 0;
      places.push({ oursMs, threeMs, peerMs, bareMs, tokens, promptTokens, shown: suggestion.length > 0 });
    }
  }
  completion.dispose();
  await context.dispose();
  return places;
}

async function timed<T>(job: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now();
  const result = await job();
  return [performance.now() - started, result];
}
