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
  serverPid,
  twoCandidates,
  until,
} from './support.ts';

const bad = 'She go to the office every days and he always forget him keys on the kitchen table.';
const worse = 'The report, which was wrote by the team last weak, contain many informations that is usefull.';
const wordy =
  'Due to the fact that the weather was bad, we made the decision to postpone the meeting until a later point in time.';

/** What the right side of the diff editor says. */
function diffText(): string | undefined {
  return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'second-draft')?.getText();
}

describe('refining', () => {
  let api: SecondDraftApi;

  before(async () => {
    api = await activated();
    api.dialogs.answerWith((question) => question.buttons[0]);
  });

  afterEach(closeEverything);

  it('shows a leader draft and leaves the text alone', async () => {
    const editor = await open(`# Title\n\n${bad}\n`);
    const { document } = editor;
    putCaret(editor, 2, 5);
    await run('refine');
    const review = await reviewed(api);
    assert.equal(review.original, bad);
    assert.equal(review.candidates[0]?.role, 'leader');
    assert.notEqual(review.candidates[0].text, bad);
    assert.equal(document.getText(), `# Title\n\n${bad}\n`);
  });

  it('changes the text on Accept, as one undo step', async () => {
    const { document } = await open(`${bad}\n`);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `${wanted}\n`);
    await vscode.commands.executeCommand('undo');
    await until('the original to be back', () => document.getText() === `${bad}\n`);
    await vscode.commands.executeCommand('redo');
    await until('the suggestion to be back', () => document.getText() === `${wanted}\n`);
  });

  it('is accepted once by a key that is held down', async () => {
    const { document } = await open(`${bad}\n`);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await vscode.env.clipboard.writeText('untouched');
    await until('the accepted review to end', async () => {
      await Promise.all([run('accept'), run('accept'), run('accept')]);
      return api.review === undefined;
    });
    assert.equal(document.getText(), `${wanted}\n`);
    assert.equal(await vscode.env.clipboard.readText(), 'untouched');
  });

  it('leaves out the selection that holds no prose, and goes on with the next', async () => {
    const editor = await open(`\`\`\`js\nconst a = 1;\n\`\`\`\n\n${bad}\n`);
    editor.selections = [new vscode.Selection(1, 0, 1, 12), new vscode.Selection(4, 0, 4, bad.length)];
    await run('refine');
    const review = await until('the second review', () =>
      api.review?.index === 1 && api.review.state === 'finished' ? api.review : undefined,
    );
    assert.equal(review.original, bad);
  });

  it('keeps the original when told to', async () => {
    const { document } = await open(`${bad}\n`);
    await run('refine');
    await reviewed(api);
    await run('keepOriginal');
    assert.equal(api.review, undefined);
    assert.equal(document.getText(), `${bad}\n`);
    assert.equal(document.version, 1);
  });

  it('stops at once while it writes, and nothing happened', async () => {
    const { document } = await open(`${bad} ${worse} ${wordy}\n`);
    await run('refine');
    assert.ok(api.review, 'the review opens before the server has answered');
    await run('stop');
    assert.equal(api.review, undefined);
    assert.equal(document.getText(), `${bad} ${worse} ${wordy}\n`);
  });

  it('moves between candidates', async () => {
    const { candidates, current } = await twoCandidates(api);
    await run('previousCandidate');
    assert.equal(api.review?.current, (current - 1 + candidates.length) % candidates.length);
    await run('nextCandidate');
    assert.equal(api.review.current, current);
  });

  it('accepts from the diff editor too', async () => {
    const { document } = await open(`${bad}\n`);
    await run('refine');
    const review = await reviewed(api);
    await run('showDiff');
    await until('the diff editor', () =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff
        ? true
        : undefined,
    );
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `${wanted}\n`);
  });

  it('keeps the diff editor at the candidate that Accept takes, and opens it again where it was closed', async () => {
    const { candidates, current } = await twoCandidates(api);
    await run('showDiff');
    const other = (current - 1 + candidates.length) % candidates.length;
    await until('the current candidate', () => diffText()?.includes(candidates[current]?.text ?? '?'));
    await run('previousCandidate');
    await until('the other candidate', () => diffText()?.includes(candidates[other]?.text ?? '?'));
    const isDiff = () =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff;
    await until('the diff editor', isDiff);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await until('its end', () => !isDiff());
    await run('showDiff');
    await until('the diff editor again', isDiff);
    await run('keepOriginal');
    await until('the end of both', () => !isDiff() && api.review === undefined);
  });

  it('takes several selections one after the other', async () => {
    const editor = await open(`${bad}\n\n${worse}\n`);
    const { document } = editor;
    editor.selections = [0, 2].map((line) => {
      const { range } = document.lineAt(line);
      return new vscode.Selection(range.start, range.end);
    });
    await run('refine');
    const first = await reviewed(api);
    assert.deepEqual([first.index, first.total, first.original], [0, 2, bad]);
    await acceptWhenAllowed(api);
    const second = await until('the second review', () =>
      api.review?.index === 1 && api.review.state === 'finished' ? api.review : undefined,
    );
    assert.equal(second.original, worse);
    await acceptWhenAllowed(api);
    assert.equal(api.review, undefined);
    const taken = [first, second].map(({ candidates, current }) => candidates[current]?.text);
    assert.equal(document.getText(), `${taken[0]}\n\n${taken[1]}\n`);
    const seen = decisions(api);
    for (const left of [`${taken[0]}\n\n${worse}\n`, `${bad}\n\n${worse}\n`]) {
      await vscode.commands.executeCommand('undo');
      await until('one undo step', () => document.getText() === left);
    }
    await until(
      'both decisions',
      () => seen.list.filter(({ params }) => params.kind === 'undone').length === 2,
    );
    seen.dispose();
  });

  it('takes the paragraphs of two carets', async () => {
    const editor = await open(`${bad}\n\n${worse}\n`);
    editor.selections = [new vscode.Selection(0, 3, 0, 3), new vscode.Selection(2, 3, 2, 3)];
    await run('refine');
    const { total, original } = await reviewed(api);
    assert.deepEqual([total, original], [2, bad]);
  });

  it('follows the text when something is typed above it', async () => {
    const editor = await open(`Intro.\n\n${bad}\n`);
    const { document } = editor;
    putCaret(editor, 2, 5);
    await run('refine');
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), 'New first line.\n'));
    const review = await reviewed(api);
    assert.equal(document.getText(review.range), bad);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `New first line.\nIntro.\n\n${wanted}\n`);
  });

  it('goes on while something is typed above it, and refines again after that and after a change was taken', async () => {
    const editor = await open(`# Title\n\n${bad} ${worse}\n`);
    const { document } = editor;
    const typeAbove = () => editor.edit((builder) => builder.insert(new vscode.Position(0, 2), 'x'));
    putCaret(editor, 2, 5);
    await run('refine');
    await until('the writing to begin', () => api.review?.state === 'writing');
    for (let typed = 0; typed < 6; typed++) assert.ok(await typeAbove());
    const { candidates } = await reviewed(api);
    assert.ok(candidates.length > 0);
    await run('acceptOneChange');
    await typeAbove();
    const stood = document.getText();
    await run('refineAgain');
    const review = await reviewed(api);
    assert.equal(review.state, 'finished');
    assert.equal(document.getText(), stood);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(document.getText(), `# xxxxxxxTitle\n\n${wanted}\n`);
  });

  it('goes on when the text’s language is changed, and refines again after that', async () => {
    const editor = await open(`${bad}\n`);
    putCaret(editor, 0, 5);
    await run('refine');
    await reviewed(api);
    await vscode.languages.setTextDocumentLanguage(editor.document, 'plaintext');
    assert.equal(editor.document.languageId, 'plaintext');
    const before = await reviewed(api);
    await run('refineAgain');
    const review = await reviewed(api);
    assert.equal(review.original, before.original);
    assert.ok(review.candidates.length >= before.candidates.length);
    const wanted = review.candidates[review.current]?.text;
    await acceptWhenAllowed(api);
    assert.equal(editor.document.getText(), `${wanted}\n`);
  });

  it('ends when the text itself is changed', async () => {
    const editor = await open(`${bad}\n`);
    await run('refine');
    await until('the target', () => api.review?.original === bad);
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 10), 'x'));
    await until('the review to end', () => api.review === undefined);
  });

  it('takes one change at a time', async () => {
    const { document } = await open(`${bad}\n`);
    await run('refine');
    const review = await reviewed(api);
    const wanted = review.candidates[review.current]?.text;
    await until('all changes', async () => {
      await run('acceptOneChange');
      return api.review === undefined;
    });
    assert.equal(document.getText(), `${wanted}\n`);
  });

  it('is offered by the lightbulb on a selection', async () => {
    const { document } = await open(`${bad}\n`);
    const range = document.lineAt(0).range;
    const actions = await until('a code action', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
        'refactor.rewrite',
      );
      return found.some(({ kind }) => kind?.value.startsWith('refactor.rewrite.secondDraft'))
        ? found
        : undefined;
    });
    const action = actions.find(({ kind }) => kind?.value.startsWith('refactor.rewrite.secondDraft'));
    const command = action?.command;
    assert.ok(command, 'the action carries a command');
    await vscode.commands.executeCommand(command.command, ...((command.arguments ?? []) as unknown[]));
    const review = await reviewed(api);
    assert.equal(review.original, bad);
    assert.equal(document.getText(), `${bad}\n`);
  });

  it('records decisions after consent, and what became of them', async () => {
    const seen = decisions(api);
    const { document } = await open(`${bad}\n`);
    await run('refine');
    await reviewed(api);
    await acceptWhenAllowed(api);
    const accepted = await until('the decision', () =>
      seen.list.find(({ params }) => params.kind === 'accepted'),
    );
    assert.equal(accepted.result.recorded, true);
    await vscode.commands.executeCommand('undo');
    await until('the original to be back', () => document.getText() === `${bad}\n`);
    const undone = await until('the undone decision', () =>
      seen.list.find(({ params }) => params.kind === 'undone'),
    );
    assert.equal(undone.params.candidateId, accepted.params.candidateId);
    assert.equal(undone.result.recorded, true);
    seen.dispose();
  });

  it('records the writer’s own wording after an acceptance', async () => {
    const seen = decisions(api);
    const editor = await open(`${bad}\n\nThe end.\n`);
    await run('refine');
    await reviewed(api);
    await acceptWhenAllowed(api);
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), 'Well: '));
    putCaret(editor, 2, 0);
    const edited = await until('the edit', () => seen.list.find(({ params }) => params.kind === 'edited'));
    assert.equal(edited.params.finalText, editor.document.lineAt(0).text);
    seen.dispose();
  });

  it('survives the end of the server: the text stays, the writer is told, the next refine works', async () => {
    const told: string[] = [];
    const answering = api.dialogs.answerWith((question) => {
      told.push(question.message);
      return undefined;
    });
    const { document } = await open(`${bad} ${worse} ${wordy}\n`);
    await run('refine');
    const pid = serverPid();
    assert.ok(pid, 'the server runs as a child of the extension host');
    process.kill(pid, 'SIGKILL');
    await until('a message', () => told.length > 0);
    assert.match(told[0] ?? '', /started again/);
    assert.equal(api.review, undefined);
    assert.equal(document.getText(), `${bad} ${worse} ${wordy}\n`);
    answering.dispose();
    api.dialogs.answerWith((question) => question.buttons[0]);
    await until('another server', () => serverPid() !== undefined && serverPid() !== pid);
    await open(`${bad}\n`);
    await run('refine');
    assert.equal((await reviewed(api)).original, bad);
  });
});
