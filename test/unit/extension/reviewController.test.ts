import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CandidateDocuments } from '../../../extension/src/host/candidateDocuments.ts';
import { ReviewController, type ReviewDependencies } from '../../../extension/src/review/reviewController.ts';
import type { RefineRequest, RefineRun } from '../../../extension/src/review/refineRun.ts';
import type { RefineParams, RefineProgress, RefineResult } from '../../../server/protocol/refine.ts';
import { FakeDocument, fakeVscode, host, Uri } from '../../support/fakeVscode.ts';

let applied: 'done' | 'readOnly' | 'textChanged' = 'done';
/** What happens while VS Code says whether the text can be changed. */
let meanwhile = (): void => undefined;
vi.mock('../../../extension/src/review/applyEdits.ts', () => ({
  applyToText: async (run: RefineRun, _: unknown, textAfter: string) => {
    await Promise.resolve();
    meanwhile();
    if (applied !== 'done') return applied;
    const edit = (): Promise<boolean> => {
      const { start = 0, end = 0 } = run.offsets ?? {};
      document.replace(start, end - start, textAfter);
      return Promise.resolve(true);
    };
    return (await run.edit(edit, textAfter)) ? 'done' : 'textChanged';
  },
}));
vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

interface Asked {
  readonly params: RefineParams;
  readonly progress: (progress: RefineProgress) => void;
  readonly finish: (result: RefineResult) => void;
  readonly fail: (error: unknown) => void;
}

const { Range } = fakeVscode();
const lines = ['one is bad', 'two is bad', 'three is bad'];
let document: FakeDocument;
let other: FakeDocument;
let asked: Asked[];
let decided: { kind: string }[];
let reviews: ReviewController;
let documents: CandidateDocuments;
let clock = 0;

function requests(...numbers: number[]): RefineRequest[] {
  return numbers.map((line) => ({
    document,
    range: new Range(line, 0, line, lines[line]!.length),
    task: 'improve',
  })) as unknown as RefineRequest[];
}

/** What the server says of the request for a line: its target and this many candidates. */
function result(line: number, count: number, subject?: string): RefineResult {
  const range = { start: { line, character: 0 }, end: { line, character: lines[line]!.length } };
  const candidates = ['good', 'better'].slice(0, count).map((word, index) => ({
    id: `${String(line)}${word}`,
    role: index === 0 ? 'leader' : 'follower',
    round: index,
    text: lines[line]!.replace('bad', word).replace(/^\w+/, (word) => subject ?? word),
  }));
  return {
    contextId: `context ${String(line)}`,
    range,
    original: lines[line],
    candidates,
    outcome: 'improved',
  } as unknown as RefineResult;
}

/** Lets the promises that are settled by now go on. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function answer(index: number, count = 2, subject?: string): Promise<void> {
  await settled();
  const { params, progress, finish } = asked[index]!;
  const whole = result(params.range.start.line, count, subject);
  progress({ kind: 'target', contextId: whole.contextId, range: whole.range, original: whole.original });
  progress({ kind: 'candidate', candidate: whole.candidates[0]!, writtenBy: whole });
  finish(whole);
  await settled();
}

/** What the diff editor shows beside the text. */
function shown(): string | undefined {
  const [tab] = host.tabs;
  return tab && host.contentOf(tab.input.modified);
}

function candidateSide(): FakeDocument {
  return new FakeDocument(host.tabs[0]!.input.modified, '');
}

const keys = () => [
  host.contexts.get('secondDraft.reviewActive'),
  host.contexts.get('secondDraft.generating'),
];

beforeEach(() => {
  host.reset();
  applied = 'done';
  meanwhile = () => undefined;
  asked = [];
  decided = [];
  document = new FakeDocument(Uri.parse('untitled:a.md'), lines.join('\n'));
  other = new FakeDocument(Uri.parse('untitled:b.md'), 'Nothing here.');
  host.activate(document);
  documents = new CandidateDocuments();
  reviews = new ReviewController({
    client: {
      requestWithProgress: (_: string, params: RefineParams, progress: Asked['progress']) =>
        new Promise<RefineResult>((finish, fail) => asked.push({ params, progress, finish, fail })),
    },
    zones: { open: () => ({ update: () => undefined, dispose: () => undefined }) },
    documents,
    decisions: { record: (_: unknown, decision: { kind: string }) => decided.push(decision) },
    log: console,
    showFailure: () => undefined,
    now: () => (clock += 1000),
  } as unknown as ReviewDependencies);
});

afterEach(() => {
  reviews.dispose();
  documents.dispose();
});

describe('the keys of a review', () => {
  it('are bound only in the text under review, and the review stays', async () => {
    reviews.refine(requests(0));
    expect(keys()).toEqual([false, true]);
    host.activate(other);
    expect(keys()).toEqual([false, false]);
    await answer(0);
    expect(keys()).toEqual([false, false]);
    expect(host.contexts.get('secondDraft.reviewAnywhere')).toBe(true);
    host.activate(document);
    expect(keys()).toEqual([true, false]);
    host.activate(undefined);
    expect(keys()).toEqual([false, false]);
    expect(reviews.review?.state).toBe('finished');
  });

  it('are bound in its diff', async () => {
    reviews.refine(requests(0));
    await answer(0);
    reviews.showDiff();
    host.activate(candidateSide());
    expect(keys()).toEqual([true, false]);
  });
});

describe('the diff of a review', () => {
  it('follows the candidate that is shown', async () => {
    reviews.refine(requests(0));
    await answer(0);
    reviews.showDiff();
    expect(shown()).toBe('one is better\ntwo is bad\nthree is bad');
    reviews.move(-1);
    expect(shown()).toBe('one is good\ntwo is bad\nthree is bad');
    reviews.showDiff();
    expect(host.tabs).toHaveLength(1);
  });

  it('becomes the follower’s when that arrives', async () => {
    reviews.refine(requests(0));
    await settled();
    const { progress, finish } = asked[0]!;
    const whole = result(0, 2);
    progress({ kind: 'target', contextId: whole.contextId, range: whole.range, original: whole.original });
    progress({ kind: 'candidate', candidate: whole.candidates[0]!, writtenBy: whole });
    reviews.showDiff();
    expect(shown()).toContain('one is good');
    finish(whole);
    await settled();
    expect(shown()).toContain('one is better');
  });

  it('ends with its target', async () => {
    reviews.refine(requests(0, 1));
    await answer(0);
    reviews.showDiff();
    reviews.keepOriginal();
    expect(host.tabs).toEqual([]);
    expect(reviews.review?.index).toBe(1);
    await answer(1);
    expect(host.tabs).toEqual([]);
  });

  it('goes on when the language of its text is changed, and ends with the text', async () => {
    reviews.refine(requests(0));
    await answer(0);
    document.changeLanguage();
    expect(reviews.review).toBeDefined();
    document.close();
    expect(reviews.review).toBeUndefined();
  });

  it('comes back with Show Diff where it is the review itself and was closed', async () => {
    host.settings['comments.visible'] = false;
    reviews.refine(requests(0));
    await answer(0);
    expect(host.tabs).toHaveLength(1);
    host.closeTab(host.tabs[0]!);
    expect(host.messages).toEqual(['The review goes on: Show Diff opens it again.']);
    reviews.move(-1);
    expect(host.tabs).toEqual([]);
    reviews.showDiff();
    expect(shown()).toContain('one is good');
    reviews.keepOriginal();
    expect(host.tabs).toEqual([]);
  });
});

describe('several selections', () => {
  it('lose only the one whose text was changed before its turn', async () => {
    reviews.refine(requests(0, 1, 2));
    await answer(0);
    await settled();
    document.replace(document.getText().indexOf('two') + 1, 0, 'x');
    expect(reviews.review?.index).toBe(0);
    reviews.keepOriginal();
    expect(reviews.review?.index).toBe(2);
    expect(host.messages).toEqual(['2 of 3 was left out: its text changed.']);
    await answer(asked.length - 1);
    expect(reviews.review?.original).toBe(lines[2]);
    expect(decided.map(({ kind }) => kind)).toEqual(['rejected']);
  });

  it('go on when one that nobody had asked about yet was changed', async () => {
    reviews.refine(requests(0, 1, 2));
    await settled();
    document.replace(document.getText().indexOf('two') + 1, 0, 'x');
    await answer(0);
    expect(asked.map(({ params }) => params.range.start.line)).toEqual([0, 2]);
    reviews.keepOriginal();
    expect(reviews.review?.index).toBe(2);
  });

  it('go on when the one under review is changed, and end with the last', async () => {
    reviews.refine(requests(0, 1));
    await answer(0);
    document.replace(2, 0, 'x');
    expect(host.messages).toEqual(['1 of 2 was left out: its text changed.']);
    await answer(asked.length - 1);
    expect(reviews.review?.original).toBe(lines[1]);
    document.replace(document.getText().indexOf('two') + 1, 0, 'x');
    expect(reviews.review).toBeUndefined();
    expect(host.messages.at(-1)).toBe('Refine stopped: the text changed.');
    expect(decided).toEqual([]);
  });
});

describe('one change at a time', () => {
  it('is a decision on each candidate of which something was taken', async () => {
    reviews.refine(requests(0));
    await answer(0, 2, 'first');
    applied = 'done';
    await reviews.acceptOneChange();
    reviews.move(-1);
    await reviews.acceptOneChange(); // the last one
    expect(reviews.review).toBeUndefined();
    expect(decided).toMatchObject([
      { kind: 'acceptedInPart', candidateId: '0better' },
      { kind: 'accepted', candidateId: '0good' },
    ]);
  });

  it.each(['readOnly', 'textChanged'] as const)('is none where nothing was taken: %s', async (answered) => {
    reviews.refine(requests(0));
    await answer(0);
    applied = answered;
    await reviews.acceptOneChange();
    reviews.keepOriginal();
    expect(decided.map(({ kind }) => kind)).toEqual(answered === 'readOnly' ? ['rejected'] : []);
  });

  it('stops what is being written, and counts for nothing where it is undone', async () => {
    reviews.refine(requests(0));
    await settled();
    const whole = result(0, 1, 'first');
    const { progress } = asked[0]!;
    progress({ kind: 'target', contextId: whole.contextId, range: whole.range, original: whole.original });
    progress({ kind: 'candidate', candidate: whole.candidates[0]!, writtenBy: whole });
    await reviews.acceptOneChange();
    expect(document.lineAt(0).text).toBe('first is bad');
    expect(reviews.review).toMatchObject({ state: 'finished', current: 0 });
    document.replace(0, 'first'.length, 'one', 1);
    expect(reviews.review?.original).toBe('one is bad');
    reviews.keepOriginal();
    expect(decided.map(({ kind }) => kind)).toEqual(['rejected']);
  });
});

describe('accepting', () => {
  it('changes nothing more where the writer typed into the text meanwhile', async () => {
    reviews.refine(requests(0, 1));
    await answer(0);
    meanwhile = () => document.replace(2, 0, 'x');
    applied = 'textChanged';
    await reviews.accept();
    expect(reviews.review).toMatchObject({ index: 1 });
    expect(decided).toEqual([]);
  });

  it('is not overtaken by keeping the original', async () => {
    reviews.refine(requests(0));
    await answer(0);
    meanwhile = () => reviews.keepOriginal();
    await reviews.accept();
    expect(document.lineAt(0).text).toBe('one is better');
    expect(decided.map(({ kind }) => kind)).toEqual(['accepted']);
  });
});

describe('trying again', () => {
  it('asks for what failed, with its wish and where it is now', async () => {
    expect(await reviews.tryAgain()).toBe(false);
    reviews.refine([{ ...requests(1)[0]!, task: 'shorten' }]);
    await settled();
    document.replace(0, 0, 'Well, ');
    asked[0]!.fail(new Error('It failed.'));
    await settled();
    expect(reviews.review).toBeUndefined();
    document.replace(0, 0, 'line\n');
    expect(await reviews.tryAgain()).toBe(true);
    await settled();
    expect(asked[1]!.params).toMatchObject({ task: 'shorten', range: { start: { line: 2, character: 0 } } });
  });

  it('asks for all of it where the server stopped and knows nothing of the draft any more', async () => {
    reviews.refine(requests(0));
    await settled();
    const whole = result(0, 1);
    const { progress, fail } = asked[0]!;
    progress({ kind: 'target', contextId: whole.contextId, range: whole.range, original: whole.original });
    progress({ kind: 'candidate', candidate: whole.candidates[0]!, writtenBy: whole });
    fail(Object.assign(new Error('connection is closed'), { code: -32097 }));
    await settled();
    expect(reviews.currentCandidate).toBeDefined();
    expect(await reviews.tryAgain()).toBe(true);
    await settled();
    expect(asked[1]!.params).toMatchObject({ task: 'improve' });
    expect(decided).toEqual([]);
  });
});

describe('refining again', () => {
  it('says nothing of what it found where it was stopped', async () => {
    reviews.refine(requests(0));
    await answer(0, 1);
    const again = reviews.refineAgain();
    await settled();
    reviews.stop();
    asked[1]!.finish(result(0, 1));
    await again;
    expect(host.messages).toEqual([]);
  });
});
