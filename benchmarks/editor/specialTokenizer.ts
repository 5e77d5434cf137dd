/** @file llama.cpp's own tokenizer with special tokens, for training examples that are written out as conversations. */
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

/** The weights are not loaded. */
export async function openSpecialTokenizer(modelPath: string): Promise<(text: string) => readonly number[]> {
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath, vocabOnly: true });
  return (text) => model.tokenize(text, true);
}
