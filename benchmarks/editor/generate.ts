/** @file Answers of the embedded model with llama.cpp, many at a time, greedily: for evaluation and for the follower's training data. */
import { getLlama, InputLookupTokenPredictor, LlamaLogLevel } from 'node-llama-cpp';
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { availableParallelism } from 'node:os';

export interface EditorModel {
  /** One greedy answer for each prompt, in order; at most `limit(prompt)` tokens each. */
  answer(prompts: readonly { readonly prompt: string; readonly source: string }[]): Promise<string[]>;
  dispose(): Promise<void>;
}

/**
 * With `adapterPath` null the plain model. 1.6 tokens for each token of the source plus 10 are the most an answer gets. Two contexts
 * of one sequence each: several sequences in one context, evaluated at the same time, gave answers mixed with each other's words.
 */
export async function openEditorModel(modelPath: string, adapterPath: string | null): Promise<EditorModel> {
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: Math.min(2, availableParallelism()),
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath });
  const open = (): Promise<LlamaContext> =>
    model.createContext({
      contextSize: 768,
      batchSize: 512,
      threads: 1,
      ...(adapterPath === null ? {} : { lora: { adapters: [{ filePath: adapterPath }] } }),
    });
  const contexts = [await open(), await open()];
  return {
    answer: async (prompts) => {
      const out = new Array<string>(prompts.length).fill('');
      let next = 0;
      const work = async (context: LlamaContext): Promise<void> => {
        const guesses = new InputLookupTokenPredictor({ predictionLength: { max: 12 } });
        const sequence = context.getSequence({ tokenPredictor: guesses });
        try {
          while (next < prompts.length) {
            const index = next++;
            const { prompt, source } = prompts[index]!; // index < length
            out[index] = await answerOne(model, sequence, guesses, prompt, source);
          }
        } finally {
          await sequence.dispose();
        }
      };
      await Promise.all(contexts.map(work));
      return out;
    },
    dispose: async () => {
      for (const context of contexts) await context.dispose();
      await model.dispose();
      await llama.dispose();
    },
  };
}

async function answerOne(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  guesses: InputLookupTokenPredictor,
  prompt: string,
  source: string,
): Promise<string> {
  const sourceTokens = model.tokenize(source);
  const limit = Math.ceil(sourceTokens.length * 1.6) + 10;
  // an answer mostly copies its source: guess so from the line break before the answer on; greedy checking keeps answers exact
  guesses.updateInputTokens([
    ...model.tokenize('\n'),
    ...sourceTokens,
    ...model.tokenize('<|im_end|>', true),
  ]);
  const tokens = model.tokenize(prompt, true);
  await sequence.adaptStateToTokens(tokens, false); // keeps what the last prompt had in common: the few-shot examples
  if (sequence.nextTokenIndex >= tokens.length) await sequence.clearHistory();
  const answer: Token[] = [];
  for await (const token of sequence.evaluate(tokens.slice(sequence.nextTokenIndex), { temperature: 0 })) {
    if (model.isEogToken(token) || answer.length >= limit) break;
    answer.push(token);
  }
  return model.detokenize(answer).trim();
}

const turn = (text: string): string => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;

const shots: readonly (readonly [string, string])[] = [
  ['She dont like the apples because they is sour.', "She doesn't like the apples because they are sour."],
  [
    'Due to the fact that it was raining, we made the decision to stay at home.',
    'Because it was raining, we decided to stay home.',
  ],
  [
    'the results was very good and everybody were happy with it',
    'The results were very good, and everybody was happy with them.',
  ],
];

/** The baseline: the plain model with three examples. */
export function fewShotPrompt(source: string): string {
  const system = 'You correct and improve English sentences. You answer with the improved sentence only.';
  const examples = shots.map(([before, after]) => `${turn(`Rewrite: ${before}`)}${after}<|im_end|>\n`);
  return `<|im_start|>system\n${system}<|im_end|>\n${examples.join('')}${turn(`Rewrite: ${source}`)}`;
}
