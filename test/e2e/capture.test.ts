import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SecondDraftApi } from '../../extension/src/extension.ts';
import type { DecideParams, DecideResult, DecisionKind } from '../../server/protocol/decisions.ts';
import {
  acceptWhenAllowed,
  activated,
  closeEverything,
  decisions,
  open,
  putCaret,
  reviewed,
  run,
  suggested,
  twoCandidates,
  type,
  until,
  unfinished as dismissedBefore,
} from './support.ts';

const bad = 'She go to the office every days and he always forget him keys on the kitchen table.';
const worse = 'The report, which was wrote by the team last weak, contain many informations that is usefull.';

/** What the suite of ghost text dismissed stays away, also where the writer's taste would pick it: another place. */
const unfinished = dismissedBefore.replace('library', 'bakery');

/** What a writer does, and the decision that comes of it: each is answered when it is on disk. */
describe('every decision is captured', () => {
  let api: SecondDraftApi;
  let seen: ReturnType<typeof decisions>;

  before(async () => {
    api = await activated();
    api.dialogs.answerWith((question) => question.buttons[0]);
  });

  beforeEach(() => {
    seen = decisions(api);
  });

  afterEach(async () => {
    seen.dispose();
    await closeEverything();
  });

  async function decided(kind: DecisionKind): Promise<{ params: DecideParams; result: DecideResult }> {
    return await until(`the decision "${kind}"`, () => seen.list.find(({ params }) => params.kind === kind));
  }

  async function kept(kind: DecisionKind): Promise<DecideParams> {
    const { params, result } = await decided(kind);
    assert.deepEqual(result.recorded, true);
    return params;
  }

  it('a rejection, and the writer’s own wording after it', async () => {
    const editor = await open(`${bad}\n\nThe end.\n`);
    await run('refine');
    const review = await reviewed(api);
    await run('keepOriginal');
    const rejected = await kept('rejected');
    assert.deepEqual(rejected.seen, [review.candidates[review.current]?.id]);
    await editor.edit((builder) => builder.replace(new vscode.Range(0, 0, 0, 6), 'She goes'));
    putCaret(editor, 2, 0);
    const own = await kept('ownWording');
    assert.equal(own.finalText, editor.document.lineAt(0).text);
    assert.equal(own.contextId, rejected.contextId);
  });

  it('a part that was taken', async () => {
    const { document } = await open(`${bad} ${worse}\n`);
    await run('refine');
    const { candidates, current } = await reviewed(api);
    await run('acceptOneChange');
    await run('keepOriginal');
    const { candidateId, finalText, share } = await kept('acceptedInPart');
    assert.equal(candidateId, candidates[current]?.id);
    assert.equal(`${finalText}\n`, document.getText());
    assert.notEqual(finalText, `${bad} ${worse}`);
    assert.ok(share !== undefined && share > 0 && share < 1, `share ${share}`);
  });

  it('a draft that was taken while its refinement was being written', async () => {
    const { document } = await open(`${bad} ${worse} ${bad} ${worse}\n`);
    await run('refine');
    const draft = await until('the draft', () => api.review?.candidates[0]);
    await acceptWhenAllowed(api);
    const { candidateId, seen: looked } = await kept('accepted');
    assert.ok(candidateId !== undefined && looked?.includes(draft.id), 'the draft was seen');
    assert.notEqual(document.getText(), `${bad} ${worse} ${bad} ${worse}\n`);
  });

  it('the original, where the only change that was taken was undone', async () => {
    const { document } = await open(`${bad} ${worse}\n`);
    await run('refine');
    await reviewed(api);
    await run('acceptOneChange');
    assert.notEqual(document.getText(), `${bad} ${worse}\n`);
    await vscode.commands.executeCommand('undo');
    await until('the text as it was', () => document.getText() === `${bad} ${worse}\n`);
    assert.ok(api.review, 'the review goes on');
    await run('keepOriginal');
    await kept('rejected');
    assert.ok(!seen.list.some(({ params }) => params.kind === 'acceptedInPart'));
  });

  it('a part that was taken before the writer went on in the text', async () => {
    const editor = await open(`${bad} ${worse}\n`);
    await run('refine');
    await reviewed(api);
    await run('acceptOneChange');
    const taken = editor.document.lineAt(0).text;
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 1), 'x'));
    assert.equal((await kept('acceptedInPart')).finalText, taken);
    assert.equal(api.review, undefined);
  });

  it('one candidate rather than another', async () => {
    const { candidates } = await twoCandidates(api);
    const [leader, follower] = candidates;
    await run('previousCandidate');
    await acceptWhenAllowed(api);
    const accepted = await kept('accepted');
    assert.equal(accepted.candidateId, leader?.id);
    assert.deepEqual([...(accepted.seen ?? [])].sort(), [leader?.id, follower?.id].sort());
  });

  it('a draft that was not good enough', async () => {
    await open(`${bad}\n`);
    await run('refine');
    const { candidates, current } = await reviewed(api);
    await run('refineAgain');
    assert.equal((await kept('refinedAgain')).candidateId, candidates[current]?.id);
  });

  it('ghost text that was taken in part', async () => {
    const [{ document }, text] = await suggested(api, 'markdown', unfinished);
    await until('a part of it', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.acceptNextWord');
      return document.getText().length > unfinished.length;
    });
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    const taken = document.getText().slice(unfinished.length);
    if (taken === text) {
      await kept('ghostAccepted'); // it was one word
      return;
    }
    putCaret(editor, 0, 0);
    const { share } = await kept('ghostAcceptedInPart');
    assert.ok(share !== undefined && share > 0 && share < 1, `share ${share}`);
  });

  it('ghost text that was typed as offered', async () => {
    const [, text] = await suggested(api, 'markdown', unfinished);
    const words = [...text.matchAll(/\s*\S+/g)].slice(0, 4).map(([word]) => word);
    assert.ok(words.length === 4, `"${text}" is long enough`);
    for (const character of words.join('')) await type(character);
    for (const character of ' qqqq') await type(character);
    await kept('ghostTypedAsOffered');
  });

  it('what the writer made of ghost text that was taken, some time later', async () => {
    const [{ document }, text] = await suggested(api, 'markdown', unfinished);
    await until('the accepted text', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      return document.getText() === unfinished + text;
    });
    const { contextId } = await kept('ghostAccepted');
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    const at = document.positionAt(unfinished.length + 1);
    await editor.edit((builder) => builder.replace(new vscode.Range(at, at.translate(0, 2)), 'and then'));
    const edited = await kept('edited');
    assert.equal(edited.contextId, contextId);
    assert.equal(edited.finalText, document.getText().slice(unfinished.length));
  });

  it('ghost text that was looked at and passed over by typing something else', async () => {
    await suggested(api, 'markdown', unfinished);
    await new Promise((resolve) => setTimeout(resolve, 900)); // it counts as seen after three quarters of a second
    for (const character of ' qqqq') await type(character);
    await kept('ghostDismissed');
  });

  it('nothing in a language for which recording is off', async () => {
    const config = vscode.workspace.getConfiguration('secondDraft', { languageId: 'markdown' });
    const set = (value: boolean | undefined) =>
      config.update('learning.record', value, vscode.ConfigurationTarget.Global, true);
    await set(false);
    try {
      await open(`${bad}\n`);
      await run('refine');
      await reviewed(api);
      await run('keepOriginal');
      assert.deepEqual((await decided('rejected')).result, { recorded: false, reason: 'recordingOff' });
    } finally {
      await set(undefined);
    }
  });

  it('nothing where recording is off, or the file is excluded', async () => {
    const config = vscode.workspace.getConfiguration('secondDraft');
    const cases = [
      ['learning.record', false, 'recordingOff'],
      ['learning.exclude', ['**'], 'excluded'],
    ] as const;
    for (const [name, value, reason] of cases) {
      await config.update(name, value, vscode.ConfigurationTarget.Global);
      try {
        await open(`${bad}\n`);
        await run('refine');
        await reviewed(api);
        await run('keepOriginal');
        assert.deepEqual((await decided('rejected')).result, { recorded: false, reason });
        if (name === 'learning.record') assert.equal(api.status?.recording, false, 'the status says so');
      } finally {
        await config.update(name, undefined, vscode.ConfigurationTarget.Global);
        seen.dispose();
        seen = decisions(api);
        await closeEverything();
      }
    }
  });
});
