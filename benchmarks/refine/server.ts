/** @file A whole refine through the built server, as an editor asks for it. */
import { method } from '../../server/protocol/messages.ts';
import type { RefineResult } from '../../server/protocol/refine.ts';
import { LspClient } from '../../test/support/lspClient.ts';

const repeats = 3;

/** Leader and follower for paragraphs of about so many words, made of the texts; the median of three, after one to warm up. */
export async function refineThroughServer(
  texts: readonly string[],
  lengths: readonly number[],
  threads: number,
): Promise<{ readonly words: number; readonly ms: number }[]> {
  const client = await LspClient.start({
    transport: 'ipc',
    settings: { engine: { gpu: 'off', threads }, refine: { rounds: 1 } },
  });
  const results: { words: number; ms: number }[] = [];
  let version = 0;
  const refine = async (text: string): Promise<number> => {
    const uri = `file:///paragraph-${++version}.md`;
    await client.open(uri, text);
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: text.length } };
    const started = performance.now();
    await client.connection.sendRequest<RefineResult>(method.refine, {
      textDocument: { uri, version: 1 },
      range,
      task: 'fixGrammar',
    });
    return performance.now() - started;
  };
  await refine(paragraph(texts, 20, 7).text);
  for (const length of lengths) {
    const runs: number[] = [];
    let words = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const made = paragraph(texts, length, repeat * 11);
      words = made.words;
      runs.push(await refine(made.text));
    }
    runs.sort((a, b) => a - b);
    results.push({ words, ms: runs[Math.floor(repeats / 2)]! }); // in range
  }
  await client.stop();
  return results;
}

function paragraph(texts: readonly string[], length: number, from: number): { text: string; words: number } {
  const words: string[] = [];
  for (let i = from; words.length < length; i++)
    words.push(...texts[i % texts.length]!.replaceAll('\n', ' ').split(/\s+/)); // in range
  return { text: words.slice(0, length).join(' '), words: length };
}
