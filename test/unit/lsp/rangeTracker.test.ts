import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { RangeTracker } from '../../../server/src/lsp/rangeTracker.ts';

const uri = 'file:///text.md';

/** `text` with `[start, end)` tracked, and what makes it change. */
function tracked(text: string, start: number, end: number) {
  const tracker = new RangeTracker();
  let document = TextDocument.create(uri, 'markdown', 1, text);
  const range = tracker.track(uri, { start, end });
  return {
    range,
    text: () => document.getText().slice(range.start, range.end),
    replace: (from: number, to: number, words: string) => {
      const at = { start: document.positionAt(from), end: document.positionAt(to) };
      document = tracker.update(document, [{ range: at, text: words }], document.version + 1);
    },
    become: (whole: string) => {
      document = tracker.update(document, [{ text: whole }], document.version + 1);
    },
    close: () => tracker.close(uri),
    version: () => document.version,
  };
}

describe('a range of an open document', () => {
  it('holds the same text after any changes outside it, and breaks at one inside', () => {
    const change = fc.record({ from: fc.nat(60), length: fc.nat(10), text: fc.string({ maxLength: 5 }) });
    fc.assert(
      fc.property(
        fc.string({ minLength: 40, maxLength: 60 }),
        fc.array(change, { maxLength: 6 }),
        (text, changes) => {
          const one = tracked(text, 10, 20);
          const before = one.text();
          for (const { from, length, text: words } of changes) {
            const inside = from < one.range.end && from + length > one.range.start;
            one.replace(from, from + length, words);
            if (!one.range.broken.aborted) expect(one.text()).toBe(before);
            else {
              expect(inside).toBe(true);
              return;
            }
          }
        },
      ),
    );
  });

  it('is found again in a whole new text, unless the text itself differs', () => {
    const one = tracked('before. The text. after', 8, 17);
    one.become('much more before. The text. after');
    one.become('much more before. The text. and after');
    expect(one.text()).toBe('The text.');
    expect(one.version()).toBe(3);
    one.become('much more before. A text. and after');
    expect(one.range.broken.aborted).toBe(true);
  });

  it('follows several changes of one message, each after the one before', () => {
    const tracker = new RangeTracker();
    const document = TextDocument.create(uri, 'markdown', 1, 'ab\ncd');
    const range = tracker.track(uri, { start: 3, end: 5 });
    const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    const changed = tracker.update(
      document,
      [
        { range: top, text: 'x\n' },
        { range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } }, text: '' },
      ],
      2,
    );
    expect(changed.getText()).toBe('x\ncd');
    expect(changed.getText().slice(range.start, range.end)).toBe('cd');
  });

  it('breaks when the document is closed, and is not followed once it is disposed of', () => {
    const closed = tracked('some text', 0, 4);
    closed.close();
    expect(closed.range.broken.aborted).toBe(true);
    const disposed = tracked('some text', 0, 4);
    disposed.range.dispose();
    disposed.replace(1, 2, 'x');
    expect(disposed.range.broken.aborted).toBe(false);
  });
});
