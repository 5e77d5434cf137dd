import assert from 'node:assert/strict';
import { activated, closeEverything, decisions, open, reviewed, run, until } from './support.ts';

const bad = 'She go to the office every days and he always forget him keys on the kitchen table.';

describe('before consent', () => {
  it('is asked once, at the first decision, and writes nothing until it is given', async () => {
    const api = await activated();
    const asked: string[] = [];
    const answering = api.dialogs.answerWith((question) => {
      asked.push(question.message);
      return undefined;
    });
    const seen = decisions(api);
    assert.equal(api.consent, 'unasked');
    await open(`${bad}\n`);
    await run('refine');
    await reviewed(api);
    assert.deepEqual(asked, []);
    await run('keepOriginal');
    const { result } = await until('the decision', () => seen.list[0]);
    assert.deepEqual(result, { recorded: false, reason: 'noConsent' });
    assert.match(asked.join(), /keeps your decisions on this computer/);
    await open(`${bad}\n`);
    await run('refine');
    await reviewed(api);
    await run('keepOriginal');
    await until('the next decision', () => seen.list[1]);
    assert.equal(asked.length, 1, 'a question that was closed is not put again in this session');
    // For the suites after this one.
    await run('keepDecisions');
    assert.equal(api.consent, 'given');
    seen.dispose();
    answering.dispose();
    await closeEverything();
  });
});
