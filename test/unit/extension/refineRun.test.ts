import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TextDocument } from 'vscode';
import type { DraftClient } from '../../../extension/src/engine/client.ts';
import { RefineRun } from '../../../extension/src/review/refineRun.ts';
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import { rpcErrorCode } from '../../../server/protocol/errors.ts';
import { method } from '../../../server/protocol/messages.ts';
import type { RefineAgainParams, RefineProgress, RefineResult } from '../../../server/protocol/refine.ts';

const editor = vi.hoisted(() => {
  class EventEmitter<T> {
    readonly listeners = new Set<(value: T) => void>();
    event = (listener: (value: T) => void) => {
      this.listeners.add(listener);
      return { dispose: () => this.listeners.delete(listener) };
    };
    fire(value: T): void {
      for (const listener of this.listeners) listener(value);
    }
    dispose(): void {
      this.listeners.clear();
    }
  }
  return { EventEmitter, changes: new EventEmitter<unknown>() };
});

vi.mock('vscode', () => ({
  EventEmitter: editor.EventEmitter,
  EndOfLine: { LF: 1, CRLF: 2 },
  Range: class {
    readonly start: unknown;
    readonly end: unknown;
    constructor(start: unknown, end: unknown) {
      this.start = start;
      this.end = end;
    }
  },
  CancellationTokenSource: class {
    token = { isCancellationRequested: false };
    cancel(): void {
      this.token.isCancellationRequested = true;
    }
    dispose(): void {
      this.token.isCancellationRequested = true;
    }
  },
  workspace: { onDidChangeTextDocument: editor.changes.event },
}));

/** One line: an offset is a character. */
class Line {
  text = 'Before. She go home. After.';
  version = 1;
  eol = 1;
  uri = { toString: () => 'file:///line.md' };

  getText = (range?: { start: { character: number }; end: { character: number } }) =>
    range ? this.text.slice(range.start.character, range.end.character) : this.text;
  positionAt = (offset: number) => ({ line: 0, character: offset });
  offsetAt = ({ character }: { character: number }) => character;

  type(offset: number, length: number, text: string, reason?: 1 | 2): void {
    this.text = this.text.slice(0, offset) + text + this.text.slice(offset + length);
    this.version += 1;
    editor.changes.fire({
      document: this,
      contentChanges: [{ rangeOffset: offset, rangeLength: length, text }],
      reason,
    });
  }
}

const original = 'She go home.';
const contextId = 'context' as ContextId;
const timing = { firstWordMs: 1, totalMs: 1, tokens: 1 };
const candidate = (round: number) => ({
  id: `candidate-${String(round)}` as CandidateId,
  role: round === 0 ? ('leader' as const) : ('follower' as const),
  round,
  text: `She goes home${'!'.repeat(round)}.`,
  wordsChanged: 1,
  timing,
});
const at = (start: number, end: number) => ({
  start: { line: 0, character: start },
  end: { line: 0, character: end },
});

let line: Line;
let run: RefineRun;
let asked: { name: string; params: object }[];
/** Answers the requests in their order. */
let answers: ((onProgress: (progress: RefineProgress) => void) => Promise<Partial<RefineResult>>)[];

function stale(): Promise<never> {
  return Promise.reject(
    Object.assign(new Error('The text changed.'), { code: rpcErrorCode, data: { code: 'staleDocument' } }),
  );
}

const written: (typeof answers)[number] = (onProgress) => {
  onProgress({ kind: 'target', contextId, range: at(8, 20), original });
  return Promise.resolve({ contextId, range: at(8, 20), candidates: [candidate(0)], outcome: 'improved' });
};

beforeEach(() => {
  line = new Line();
  [asked, answers] = [[], [written]];
  const client: Pick<DraftClient, 'requestWithProgress'> = {
    requestWithProgress: async <Result>(
      name: string,
      params: object,
      onProgress: (progress: RefineProgress) => void,
    ) => {
      asked.push({ name, params });
      return (await answers.shift()?.(onProgress)) as Result;
    },
  };
  run = new RefineRun(client as DraftClient, {
    document: line as unknown as TextDocument,
    range: at(10, 10) as never,
    task: 'improve',
  });
});

const again: (typeof answers)[number] = () =>
  Promise.resolve({ contextId, range: at(0, 0), candidates: [candidate(1)], outcome: 'improved' });

describe('refining again', () => {
  it('says where the text is now, after typing elsewhere and a part of a candidate that was taken', async () => {
    await run.start();
    line.type(0, 0, 'Well. ');
    const taken = () => {
      line.type(14 + 'She '.length, 2, 'goes');
      return Promise.resolve(true);
    };
    expect(await run.edit(taken, 'She goes home.')).toBe(true);
    answers = [again];
    await run.again(candidate(0).id);
    expect(asked.at(-1)).toEqual({
      name: method.refineAgain,
      params: {
        contextId,
        candidateId: candidate(0).id,
        place: { version: 3, range: at(14, 28) },
      } satisfies RefineAgainParams,
    });
    expect(run.candidates.map(({ round }) => round)).toEqual([0, 1]);
    expect(run.state).toEqual({ kind: 'finished', outcome: 'improved' });
  });

  it('is asked once more when the request crossed a change, and keeps what was written', async () => {
    await run.start();
    answers = [
      () => {
        line.type(0, 0, 'x');
        return stale();
      },
      again,
    ];
    await run.again(candidate(0).id);
    expect(asked.at(-1)?.params).toMatchObject({ place: { version: 2, range: at(9, 21) } });
    expect(run.candidates).toHaveLength(2);
  });

  it('ends when the text itself is changed', async () => {
    await run.start();
    answers = [
      () => {
        line.type(10, 1, 'x');
        return stale();
      },
    ];
    await run.again(candidate(0).id);
    expect(run.state).toEqual({ kind: 'textChanged' });
    expect(asked).toHaveLength(2);
  });
});

describe('a first refine', () => {
  it('goes on while the writer types around the text', async () => {
    answers = [
      (onProgress) => {
        onProgress({ kind: 'target', contextId, range: at(8, 20), original });
        for (const letter of 'typing') line.type(0, 0, letter);
        return Promise.resolve({
          contextId,
          range: at(8, 20),
          candidates: [candidate(0)],
          outcome: 'improved',
        });
      },
    ];
    await run.start();
    expect(asked).toHaveLength(1);
    expect(run.offsets).toEqual({ start: 14, end: 26 });
    expect(line.text.slice(14, 26)).toBe(original);
    expect(run.state).toEqual({ kind: 'finished', outcome: 'improved' });
  });
});

describe('a part of a candidate that was taken', () => {
  const take = () =>
    run.edit(() => {
      line.type(8 + 'She '.length, 2, 'goes');
      return Promise.resolve(true);
    }, 'She goes home.');

  it('can be undone and redone within the review', async () => {
    await run.start();
    await take();
    line.type(12, 4, 'go', 1);
    expect(run).toMatchObject({ currentText: original, offsets: { start: 8, end: 20 } });
    line.type(12, 2, 'goes', 2);
    expect(run).toMatchObject({ currentText: 'She goes home.', offsets: { start: 8, end: 22 } });
    expect(run.state.kind).toBe('finished');
  });

  it('ends the review where undoing leads to a text that never stood there', async () => {
    await run.start();
    await take();
    line.type(12, 4, 'went', 1);
    expect(run.state).toEqual({ kind: 'textChanged' });
  });
});
