import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import {
  acceptWhenAllowed,
  activated,
  closeEverything,
  decisions,
  open,
  putCaret,
  reviewed,
  run,
  until,
} from './support.ts';

/** Clumsy sentences, so that there is always something to decide on. */
const subjects = [
  'The report',
  'My neighbour',
  'A old friend',
  'The children',
  'Our teacher',
  'The new office',
];
const mistakes = [
  'are not be finished yesterday.',
  'have wrote a letters to me.',
  'go home very late every days.',
  'was forget him keys again.',
];

/** A file of the workspace: untitled texts, opened and closed so quickly one after the other, were once mixed up by VS Code. */
async function openFile(name: string, content: string): Promise<vscode.TextDocument> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
  const editor = await vscode.window.showTextDocument(uri);
  await until('the editor to be active', () => vscode.window.activeTextEditor === editor);
  assert.equal(editor.document.getText(), content);
  putCaret(editor, 0, 0);
  return editor.document;
}

function adapter(api: SecondDraftApi): number | null | undefined {
  const status = api.status?.status;
  return status?.state === 'ready' ? status.adapter : undefined;
}

describe('learning, end to end', () => {
  let api: SecondDraftApi;
  const told: string[] = [];
  const settings = { steps: 1, groupSize: 3, minDecisions: 20, train: 'manual' } as const;

  before(async () => {
    api = await activated();
    api.dialogs.answerWith((question) => {
      told.push(question.message);
      return question.buttons.includes('OK') ? 'OK' : undefined; // decisions may be kept
    });
    for (const [name, value] of Object.entries(settings)) {
      await vscode.workspace
        .getConfiguration('secondDraft')
        .update(`learning.${name}`, value, vscode.ConfigurationTarget.Global);
    }
  });

  after(async () => {
    for (const name of Object.keys(settings)) {
      await vscode.workspace
        .getConfiguration('secondDraft')
        .update(`learning.${name}`, undefined, vscode.ConfigurationTarget.Global);
    }
    await closeEverything();
  });

  it('goes from decisions made in the editor to an adapter, uses it, and goes back', async function () {
    this.timeout(300_000);
    // A writer who takes what is shorter, in one document after another.
    let decided = 0;
    for (let i = 0; decided < 32 && i < 80; i++) {
      const text = `${subjects[i % 6]!} number ${i} ${mistakes[Math.floor(i / 6) % 4]!}`; // in range
      const document = await openFile(`clumsy-${i}.md`, `${text}\n`);
      await run('refine');
      const review = await until('the end of writing', () => {
        if (api.review === undefined) return 'none' as const;
        return api.review.state === 'finished' ? api.review : undefined;
      });
      if (review === 'none' || review.candidates.length === 0) {
        await closeEverything();
        continue;
      }
      const shown = review.candidates[review.current]!.text; // one is shown
      const made = decisions(api);
      if (shown.length < text.length) await acceptWhenAllowed(api);
      else await run('keepOriginal');
      await until('the decision', () => made.list.length > 0);
      made.dispose();
      assert.equal(made.list[0]?.result.recorded, true);
      decided += 1;
      assert.equal(document.getText(), shown.length < text.length ? `${shown}\n` : `${text}\n`);
      await document.save();
      await closeEverything();
    }
    assert.ok(decided >= 32, `${decided} decisions`);

    await run('openDashboard');
    assert.equal(adapter(api) ?? 0, 0);
    told.length = 0;
    await run('trainNow');
    await until('the run to be seen', () => api.status?.training.state === 'running');
    await until('the run to end', () => api.status?.training.state === 'idle', 240_000);
    const verdict = await until('the verdict', () => told.at(-1));
    assert.match(verdict, /held-out comparisons|^Kept aside: /);
    const promoted = verdict.startsWith('Learned');
    if (!promoted) await run('useAdapter', 1);
    await until('the new adapter', () => adapter(api) === 1);

    await open('She go to the office every days and he always forget him keys on the kitchen table.\n');
    await run('refine');
    await reviewed(api);
    await run('keepOriginal');
    await run('goBack');
    await until('the adapter before', () => adapter(api) === 0);
  });
});
