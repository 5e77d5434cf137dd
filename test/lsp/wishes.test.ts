/** @file Wishes that have a ready style: written with more of it, and the next refine without it is as before. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { method } from '../../server/protocol/messages.ts';
import type { RefineParams, RefineResult } from '../../server/protocol/refine.ts';
import { LspClient } from '../support/lspClient.ts';

const uri = 'file:///report.md';
const wordy =
  "At this point in time it is absolutely necessary that we really don't forget to check each and every page of the report again.";

let client: LspClient;
beforeAll(async () => {
  client = await LspClient.start({ transport: 'ipc', settings: { engine: { gpu: 'off' } } });
  await client.open(uri, wordy);
});
afterAll(() => client.stop());

async function refined(task: RefineParams['task'], document = uri): Promise<string> {
  const caret = { line: 0, character: 3 };
  const { candidates } = await client.connection.sendRequest<RefineResult>(method.refine, {
    textDocument: { uri: document, version: 1 },
    range: { start: caret, end: caret },
    task,
  });
  return candidates.at(-1)?.text ?? wordy;
}

const words = (text: string): number => text.split(/\s+/).length;

it('shorter is shorter, more formal has no contractions, and correcting is what it was before', async () => {
  const corrected = await refined('fixGrammar');
  const shorter = await refined('shorten');
  const formal = await refined('formal');
  expect(words(shorter)).toBeLessThan(0.85 * words(wordy));
  expect(words(shorter)).toBeLessThan(words(corrected));
  expect(formal).not.toContain("don't");
  expect(formal).toContain('do not');
  expect(await refined('fixGrammar')).toBe(corrected);
  const kept = readdirSync(join(client.storagePath, 'adapters', '0')).map((name) =>
    name.replace(/^\w+-/, ''),
  );
  expect(kept.sort()).toEqual(['brief.gguf', 'formal.gguf']);
});

it('friendlier asks, and regrets what is refused', async () => {
  const letter = 'file:///letter.md';
  await client.open(
    letter,
    'You must send us the form before Monday. We cannot answer your letter without it.',
  );
  const friendly = await refined('friendly', letter);
  expect(friendly).toMatch(/please/i);
  expect(friendly).toMatch(/can't/);
  expect(friendly).not.toMatch(/You must/);
});
