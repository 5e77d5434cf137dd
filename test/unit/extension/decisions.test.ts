import { describe, expect, it, vi } from 'vitest';
import type { TextDocument } from 'vscode';
import type { DecideParams, DecideResult, RefinedText } from '../../../server/protocol/decisions.ts';

vi.mock('vscode', () => ({
  EventEmitter: class {
    readonly fire = vi.fn();
    readonly dispose = vi.fn();
  },
}));
vi.mock('../../../extension/src/settings/config.ts', () => ({ documentSettings: () => ({ record: true }) }));

const { Decisions } = await import('../../../extension/src/decisions/decisions.ts');
type Parts = ConstructorParameters<typeof Decisions>;

const recorded: DecideResult = { recorded: true, decisionId: 'd' as never };
const unknown: DecideResult = { recorded: false, reason: 'unknownContext' };
const params = { contextId: 'c', candidateId: 'a', kind: 'accepted' } as unknown as DecideParams;
const named = { ...params, decisionId: expect.any(String) as string };
const about = { uri: 'file:///a.md' } as RefinedText;

/** Decides once. @returns what the server was sent, which answers in turn, and what the log says */
async function decide(answers: readonly (DecideResult | Error)[], told?: RefinedText) {
  const sent: DecideParams[] = [];
  const warned: string[] = [];
  const request = (_: string, asked: DecideParams): Promise<DecideResult> => {
    const answer = answers[sent.push(asked) - 1];
    return answer instanceof Error || !answer
      ? Promise.reject(answer ?? new Error('asked too often'))
      : Promise.resolve(answer);
  };
  const log = { warn: (text: string) => warned.push(text), debug: () => undefined };
  const decisions = new Decisions(
    { request } as unknown as Parts[0],
    { ask: () => Promise.resolve('given') } as unknown as Parts[1],
    log as unknown as Parts[2],
  );
  decisions.record({} as TextDocument, params, told);
  await new Promise((resolve) => setTimeout(resolve));
  return { sent, warned };
}

describe('a decision', () => {
  const crash = Object.assign(new Error('Pending response rejected since connection got disposed'), {
    code: -32097,
  });

  it('is sent once, without the text, to a server that knows what it is about', async () => {
    expect(await decide([recorded], about)).toEqual({ sent: [named], warned: [] });
  });
  it('tells a server that was started since what it is about', async () => {
    expect((await decide([unknown, recorded], about)).sent).toEqual([named, { ...named, about }]);
    expect((await decide([unknown])).sent).toEqual([named]);
  });
  it('is sent again when the server stopped under it', async () => {
    const { sent, warned } = await decide([crash, recorded], about);
    expect(sent).toEqual([named, { ...named, about }]);
    expect(sent[1]!.decisionId, 'the same decision').toBe(sent[0]!.decisionId);
    expect(warned).toEqual([]);
    expect((await decide([crash, crash], about)).warned).toHaveLength(1);
  });
  it('is not sent again when the server refused it', async () => {
    const { sent, warned } = await decide([new Error('no')], about);
    expect([sent.length, warned.length]).toEqual([1, 1]);
  });
});
