/** @file How fast ghost text is: our kept cache against a fresh LlamaCompletion at the same places, and ours against bare decoding. */
import { LlamaCompletion, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';
import { inlineLimits, InlineWriter } from '../../server/src/generation/inlineWriter.ts';
import type { Continued, TextModel } from '../../server/src/generation/textModel.ts';

/** One place where somebody who types might stop. */
export interface Place {
  readonly oursMs: number;
  /** The same with two more continuations drawn in the same batches, each until it is unsure; by a model with its own caches. */
  readonly threeMs: number;
  readonly peerMs: number;
  /** The same tokens by bare node-llama-cpp: those that ours did not have in its cache in one step, then one by one. */
  readonly bareMs: number;
  /** The written tokens alone, decoded one by one from a prompt that is in the cache already. */
  readonly writtenMs: number;
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

      const prompt = peer.tokenize(before);
      const promptTokens = continued?.promptTokens ?? 1;
      const bareMs = await bare(sequence, prompt, promptTokens, tokens);
      const writtenMs = await bare(sequence, prompt, 1, tokens);
      const shown = suggestion.length > 0;
      places.push({ oursMs, threeMs, peerMs, bareMs, writtenMs, tokens, promptTokens, shown });
    }
  }
  completion.dispose();
  await context.dispose();
  return places;
}

/** How long bare decoding takes, ms, when all of the prompt but its last `missing` tokens is in the cache. */
async function bare(
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  missing: number,
  tokens: number,
): Promise<number> {
  await sequence.clearHistory();
  await sequence.controlledEvaluate(prompt.slice(0, -missing));
  const [ms] = await timed(async () => {
    let next = prompt.slice(-missing);
    for (let count = 0; count < tokens && next.length > 0; count++) {
      const output = await sequence.controlledEvaluate(
        next.map((token, at) =>
          at + 1 < next.length
            ? token
            : [token, { generateNext: { token: true, options: { temperature: 0 } } }],
        ),
      );
      const written = output.at(-1)?.next.token;
      next = typeof written === 'number' ? [written] : [];
    }
  });
  return ms;
}

async function timed<T>(job: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now();
  const result = await job();
  return [performance.now() - started, result];
}
