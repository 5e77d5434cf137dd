import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AfterAccept, type Aftermath } from '../../../extension/src/review/afterAccept.ts';
import { FakeDocument, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const [before, after] = ['We was late.', 'We were late.'];
const start = 'Dear reader,\n\n'.length;
let document: FakeDocument;
let watch: AfterAccept;
let became: Aftermath[];

function undo(): void {
  document.replace(start, after.length, before, 1);
}

function redo(): void {
  document.replace(start, before.length, after, 2);
}

beforeEach(() => {
  vi.useFakeTimers();
  document = new FakeDocument(Uri.parse('untitled:a.md'), `Dear reader,\n\n${after}\n`);
  became = [];
  watch = new AfterAccept(
    {
      document: document as unknown as vscode.TextDocument,
      range: { start, end: start + after.length },
      before,
      after,
    },
    (aftermath) => became.push(aftermath),
  );
});

afterEach(() => {
  watch.dispose();
  vi.useRealTimers();
});

describe('an acceptance that is undone', () => {
  it('is told once, where it was not redone soon', () => {
    undo();
    vi.advanceTimersByTime(9_000);
    expect(became).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(became).toEqual([{ kind: 'undone' }]);
    watch.finish();
    expect(became).toHaveLength(1);
  });

  it('and redone counts as if nothing had happened', () => {
    undo();
    redo();
    vi.advanceTimersByTime(60_000);
    expect(became).toEqual([]);
  });

  it('is told at once where a newer review begins', () => {
    undo();
    redo();
    undo();
    watch.finish();
    expect(became).toEqual([{ kind: 'undone' }]);
  });

  it('stays undone when the writer goes on with words of their own', () => {
    undo();
    document.replace(start, 2, 'They');
    watch.finish();
    expect(became).toEqual([{ kind: 'undone' }]);
  });

  it('and redone can still be edited', () => {
    undo();
    redo();
    document.replace(start, 2, 'They');
    watch.finish();
    expect(became).toEqual([{ kind: 'changed', finalText: 'They were late.' }]);
  });

  it('is told when its text is closed, not when the language of that is changed', () => {
    undo();
    document.changeLanguage();
    expect(became).toEqual([]);
    document.close();
    expect(became).toEqual([{ kind: 'undone' }]);
  });
});
