/** @file Inside VS Code: how long the extension host's event loop is held up while somebody types, with everything of ours on and off. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import { activated, until } from '../../test/e2e/support.ts';
import { keepDecisions } from '../../test/support/decisions.ts';
import { leave } from './results.ts';

const text =
  'The harbour was quiet in the morning, and the boats lay still. We walked along the pier and talked about the winter. ';
const betweenKeysMs = 60;
const limitMs = 16;

interface Typed {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Keystrokes for which the host was held up for longer than a frame, by whatever. */
  readonly over: number;
  /** Keystrokes in which the host itself computed for that long, on all its threads, whatever else wanted the processor. */
  readonly overBusy: number;
  /** Keystrokes after which ghost text was shown. */
  readonly suggested: number;
  /** Share of the keystrokes while which a run learned; it pauses for who types. */
  readonly learning: number;
}

const set = async (name: string, value: unknown): Promise<void> => {
  await vscode.workspace
    .getConfiguration('secondDraft')
    .update(name, value, vscode.ConfigurationTarget.Global);
};

export async function run(): Promise<void> {
  const keys = 600;
  const folder = mkdtempSync(join(tmpdir(), 'second-draft-typing-'));
  await set('storage.path', folder);
  keepDecisions(folder, 40);
  const api = await activated();
  await set('learning.train', 'manual');
  await set('learning.steps', 200);
  await set('inlineSuggestions.delayMs', 300);

  await set('enable', false);
  await type(60, api); // to warm up
  const off = await type(keys, api);
  await set('enable', true);
  await vscode.commands.executeCommand('secondDraft.trainNow');
  await until('the run', () => api.status?.training.state === 'running');
  const on = await type(keys, api);
  if (on.suggested === 0) throw new Error('No ghost text was shown: nothing of it was measured.');
  await vscode.commands.executeCommand('secondDraft.cancelLearning');
  await until('the end of the run', () => api.status?.training.state === 'idle');
  leave('typing', {
    keystrokes: keys,
    over16ms: on.over,
    over16msBusy: on.overBusy,
    over16msWithout: off.over,
    delayP50Ms: on.p50,
    delayP99Ms: on.p99,
    delayMaxMs: on.max,
    delayP99MsWithout: off.p99,
    delayMaxMsWithout: off.max,
    suggestionsSeen: on.suggested,
    learningShare: on.learning,
  });
}

/** Types into a new document; one key every 60 ms, a pause for ghost text after each sentence. */
async function type(keys: number, api: SecondDraftApi): Promise<Typed> {
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: '' });
  await vscode.window.showTextDocument(document);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  let [suggested, running] = [0, 0];
  let over = 0;
  let overBusy = 0;
  for (let i = 0; i < keys; i++) {
    const key = text[i % text.length]!; // in range
    // What our listeners do for a key runs in the host's loop right after its edit is known there: a timer set now fires when they are done.
    const changed = new Promise<void>((resolve) => {
      const subscription = vscode.workspace.onDidChangeTextDocument(({ document: of }) => {
        if (of !== document) return;
        subscription.dispose();
        resolve();
      });
    });
    // As the keyboard does: what is inserted otherwise asks for no ghost text.
    await vscode.commands.executeCommand('type', { text: key });
    await changed;
    const known = performance.now();
    const computed = process.cpuUsage();
    await new Promise((resolve) => setImmediate(resolve));
    const { user, system } = process.cpuUsage(computed);
    if (performance.now() - known > limitMs) over += 1;
    if ((user + system) / 1000 > limitMs) overBusy += 1;
    await new Promise((resolve) => setTimeout(resolve, key === '.' ? 900 : betweenKeysMs));
    if (api.suggestion) suggested += 1;
    if (api.status?.training.state === 'running') running += 1;
  }
  delays.disable();
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  const ms = (nanoseconds: number): number => Math.round(nanoseconds / 1e5) / 10;
  return {
    p50: ms(delays.percentile(50)),
    p99: ms(delays.percentile(99)),
    max: ms(delays.max),
    over,
    overBusy,
    suggested,
    learning: Math.round((100 * running) / keys) / 100,
  };
}
