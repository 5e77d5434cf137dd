import { beforeEach, describe, expect, it } from 'vitest';
import { InlineSignals, seenAfterMs, type Offer } from '../../../extension/src/ghost/inlineSignals.ts';
import type { CandidateId, ContextId } from '../../../server/protocol/common.ts';
import type { DecideParams } from '../../../server/protocol/decisions.ts';

const uri = 'file:///a.md';
const offer: Offer = {
  uri,
  offset: 10,
  text: ' and went home at last.',
  contextId: 'context' as ContextId,
  candidateId: 'candidate' as CandidateId,
};

describe('ghost text signals', () => {
  let now: number;
  let decisions: DecideParams[];
  let dismissed: Offer[];
  let signals: InlineSignals;

  beforeEach(() => {
    now = 0;
    decisions = [];
    dismissed = [];
    const listener = {
      decided: (decision: DecideParams) => decisions.push(decision),
      dismissed: (put: Offer) => dismissed.push(put),
      welcomed: () => undefined,
    };
    signals = new InlineSignals(listener, () => now);
    signals.offered(offer);
  });

  const insert = (text: string, offset: number) => signals.changed(uri, [{ offset, length: 0, text }]);
  /** As VS Code reports typing: the change, then a selection event from the keyboard. */
  const type = (text: string, offset = 10) => {
    Array.from(text).forEach((character, index) => {
      insert(character, offset + index);
      signals.caretMoved(uri, offset + index + 1, 'keyboard');
    });
  };
  /** As VS Code reports an accepted part: the change, then a selection event without a cause. */
  const acceptPart = (text: string, offset = 10) => {
    insert(text, offset);
    signals.caretMoved(uri, offset + text.length, 'none');
  };
  const kinds = () => decisions.map((decision) => decision.kind);

  it('knows an accepted text by its command', () => {
    acceptPart(offer.text);
    expect(signals.accepted(offer.candidateId)).toBe(offer);
    expect(kinds()).toEqual(['ghostAccepted']);
  });

  it('does not take a command about another text for this one', () => {
    expect(signals.accepted('other' as CandidateId)).toBeUndefined();
    expect(decisions).toEqual([]);
  });

  it('knows how much was accepted word by word', () => {
    acceptPart(' and');
    acceptPart(' went', 14);
    now = seenAfterMs;
    insert('x', 19);
    expect(decisions).toMatchObject([{ kind: 'ghostAcceptedInPart', finalText: ' and went' }]);
    expect(decisions[0]?.share).toBeCloseTo(9 / offer.text.length);
  });

  it('knows the accept of the last word, which writes the whole text again', () => {
    acceptPart(' and went home at last');
    signals.changed(uri, [{ offset: 10, length: 22, text: offer.text }]);
    signals.caretMoved(uri, 10 + offer.text.length, 'none');
    signals.accepted(offer.candidateId);
    expect(kinds()).toEqual(['ghostAccepted']);
  });

  it('takes what was taken for the writer’s own once another text stands in its place', () => {
    acceptPart(' and went');
    signals.changed(uri, [{ offset: 10, length: 9, text: ' but stayed' }]);
    expect(kinds()).toEqual(['ghostAcceptedInPart']);
  });

  it('knows a text that was typed as offered', () => {
    type(' and went home');
    insert('x', 24);
    expect(kinds()).toEqual(['ghostTypedAsOffered']);
  });

  it('takes fewer than three typed words for chance', () => {
    type(' and');
    insert('x', 14);
    expect(decisions).toEqual([]);
  });

  it('goes on offering the rest of what is being typed', () => {
    type(' and');
    expect(signals.remaining).toMatchObject({ offset: 14, text: ' went home at last.' });
  });

  it('knows a dismissal by other words, after the text could be seen', () => {
    now = seenAfterMs;
    type('x');
    expect(kinds()).toEqual(['ghostDismissed']);
    expect(dismissed).toEqual([offer]);
  });

  it('knows a dismissal by the caret that went away', () => {
    now = seenAfterMs;
    signals.caretMoved(uri, 3, 'mouse');
    expect(kinds()).toEqual(['ghostDismissed']);
  });

  it('takes a text that was hardly there for unseen', () => {
    now = seenAfterMs - 1;
    type('x');
    expect(decisions).toEqual([]);
  });

  it('learns nothing from a paste, another provider’s text or a lost focus', () => {
    now = seenAfterMs;
    insert('quite another sentence', 10);
    signals.offered({ ...offer, candidateId: 'b' as CandidateId });
    now = 2 * seenAfterMs;
    signals.lost();
    signals.offered({ ...offer, candidateId: 'c' as CandidateId });
    now = 4 * seenAfterMs;
    signals.caretMoved('file:///b.md', 0, 'mouse');
    expect(decisions).toEqual([]);
  });

  it('learns nothing from a text that a newer one replaced', () => {
    now = seenAfterMs;
    signals.offered({ ...offer, candidateId: 'b' as CandidateId });
    expect(decisions).toEqual([]);
  });

  it('ignores other documents', () => {
    now = seenAfterMs;
    signals.changed('output:log', [{ offset: 0, length: 0, text: 'x' }]);
    expect(signals.remaining?.text).toBe(offer.text);
  });
});
