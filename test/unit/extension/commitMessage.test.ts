import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  refineCommitMessage,
  type CommitMessageDependencies,
} from '../../../extension/src/commit/commitMessage.ts';
import { CandidateDocuments } from '../../../extension/src/host/candidateDocuments.ts';
import { repositoryAt, splicedMessage } from '../../../extension/src/commit/commitText.ts';
import type { RefineProgress, RefineResult } from '../../../server/protocol/refine.ts';
import { host, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const prose = 'fix the parser it dont crash';
const better = 'Fix the parser so that it does not crash';
const trailers = '\n\nSigned-off-by: A Writer <a@example.org>\n# Please enter the commit message\n';

describe('a candidate for a commit message', () => {
  it('takes the place of what was refined and of nothing else', () => {
    const message = `\n${prose}${trailers}`;
    const refined = { start: 1, end: 1 + prose.length };
    expect(splicedMessage(message, refined, better)).toBe(`\n${better}${trailers}`);
  });

  it('has the line endings of the message', () => {
    expect(splicedMessage('a\r\n\r\nb', { start: 0, end: 6 }, 'c\n\nd')).toBe('c\r\n\r\nd');
    expect(splicedMessage('a', { start: 0, end: 1 }, 'c\r\n\r\nd')).toBe('c\n\nd');
  });
});

describe('the repository of a commit message', () => {
  const [a, b] = ['file:/a', 'file:/b'].map((rootUri, index) => ({
    rootUri,
    ui: { selected: index === 1 },
  }));

  it('is the one that the button names, else the selected one, else the first', () => {
    expect(repositoryAt([a!, b!], 'file:/a')).toBe(a);
    expect(repositoryAt([a!, b!], undefined)).toBe(b);
    expect(repositoryAt([a!], undefined)).toBe(a);
    expect(repositoryAt([a!, b!], 'file:/c')).toBeUndefined();
  });
});

describe('refining the commit message', () => {
  const box = { value: '' };
  const decided: unknown[] = [];
  const asked: string[] = [];

  /** A server that refines the prose of the message once; `typed` happens meanwhile. */
  function dependencies(candidates: readonly string[] = [better]): CommitMessageDependencies {
    const result = {
      contextId: 'c',
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: prose.length } },
      original: prose,
      outcome: candidates.length > 0 ? 'improved' : 'nothingToImprove',
      candidates: candidates.map((text, index) => ({
        id: `c${String(index)}`,
        role: 'leader',
        round: 0,
        text,
      })),
    } as unknown as RefineResult;
    const client = {
      requestWithProgress: (_name: string, _params: object, onProgress: (p: RefineProgress) => void) => {
        onProgress({ kind: 'target', ...result } as unknown as RefineProgress);
        return Promise.resolve(result);
      },
    };
    return {
      client,
      documents: new CandidateDocuments(),
      decisions: { record: (_document: unknown, params: unknown) => decided.push(params) },
      dialogs: {
        ask: ({ message }: { message: string }) => {
          asked.push(message);
          return Promise.resolve(undefined);
        },
      },
      showFailure: (failure: unknown) => expect.unreachable(JSON.stringify(failure)),
    } as unknown as CommitMessageDependencies;
  }

  beforeEach(() => {
    host.reset();
    decided.length = 0;
    asked.length = 0;
    box.value = prose + trailers;
    const repository = { rootUri: Uri.file('/a'), inputBox: box, ui: { selected: true } };
    const api = { repositories: [repository], getRepository: () => null };
    const git = { enabled: true, getAPI: () => api };
    host.extensions['vscode.git'] = { activate: () => Promise.resolve(git) };
  });

  it('keeps trailers and comments', async () => {
    host.pick = () => better;
    await refineCommitMessage(dependencies());
    expect(box.value).toBe(better + trailers);
    expect(decided).toMatchObject([{ kind: 'accepted', candidateId: 'c0' }]);
  });

  it('overwrites nothing that was typed meanwhile, and says so', async () => {
    host.pick = () => {
      box.value += 'more';
      return better;
    };
    await refineCommitMessage(dependencies());
    expect(box.value).toBe(`${prose}${trailers}more`);
    expect(asked).toEqual(['The commit message changed while Second Draft was writing.']);
    expect(decided).toEqual([]);
  });

  it('takes a list that was closed for no answer, and Keep Original for one', async () => {
    host.pick = () => undefined;
    await refineCommitMessage(dependencies());
    expect(decided).toEqual([]);
    host.pick = (labels) => labels.at(-1);
    await refineCommitMessage(dependencies());
    expect(decided).toMatchObject([{ kind: 'rejected', candidateId: 'c0' }]);
    expect(box.value).toBe(prose + trailers);
  });

  it('tells no Git, no repository and no message apart', async () => {
    box.value = ' \n';
    await refineCommitMessage(dependencies());
    host.extensions['vscode.git'] = {
      activate: () =>
        Promise.resolve({ enabled: true, getAPI: () => ({ repositories: [], getRepository: () => null }) }),
    };
    await refineCommitMessage(dependencies());
    host.extensions['vscode.git'] = { activate: () => Promise.resolve({ enabled: false }) };
    await refineCommitMessage(dependencies());
    host.extensions = {};
    await refineCommitMessage(dependencies());
    expect(host.messages).toEqual([
      'There is no commit message to refine.',
      'There is no Git repository here.',
      "Git can't be reached from this window: refine the message in an editor.",
      "Git can't be reached from this window: refine the message in an editor.",
    ]);
  });

  it('says that there is nothing to improve', async () => {
    await refineCommitMessage(dependencies([]));
    expect(host.messages).toEqual(['Nothing to improve here.']);
  });

  it('does nothing where Second Draft is off and stays off', async () => {
    host.settings['secondDraft.enable'] = false;
    host.pick = () => better;
    await refineCommitMessage(dependencies());
    expect(asked).toEqual(['Second Draft is off here.']);
    expect(box.value).toBe(prose + trailers);
  });

  it('says nothing when the writer cancelled it', async () => {
    host.cancelsProgress = true;
    await refineCommitMessage(dependencies([]));
    expect(host.messages).toEqual([]);
  });
});
