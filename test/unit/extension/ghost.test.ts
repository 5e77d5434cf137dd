import { describe, expect, it } from 'vitest';
import {
  isEnabledFor,
  isPausePlace,
  mayOfferUnasked,
  yieldsToCopilot,
  type CaretPlace,
} from '../../../extension/src/settings/ghostGate.ts';
import { GhostPauses, pauseMs } from '../../../extension/src/ghost/ghostPauses.ts';

const place: CaretPlace = {
  before: 'We walked along the river',
  after: '',
  carets: 1,
  hasSelection: false,
  documentLength: 1_000,
};

describe('the place of ghost text', () => {
  it.each<[string, Partial<CaretPlace>]>([
    ['the end of a line', {}],
    ['the end of a line with spaces after it', { after: '  ' }],
    ['the end of a sentence', { before: 'We walked on.', after: ' Then it rained.' }],
    ['the end of a quoted sentence', { before: 'He said: “Go on.”', after: ' Then it rained.' }],
  ])('is %s', (_name, change) => {
    expect(isPausePlace({ ...place, ...change })).toBe(true);
  });

  it.each<[string, Partial<CaretPlace>]>([
    ['inside a line', { after: ' that runs' }],
    ['after two words', { before: 'We walked' }],
    ['with several carets', { carets: 2 }],
    ['with a selection', { hasSelection: true }],
    ['in a huge file', { documentLength: 1_000_001 }],
    ['in a heading', { before: '## We walked along the river' }],
    ['in a table', { before: '| We walked along the river' }],
    ['in a LaTeX comment', { before: '% We walked along the river' }],
    ['in a LaTeX heading', { before: '\\section{We walked along the river' }],
  ])('is not %s', (_name, change) => {
    expect(isPausePlace({ ...place, ...change })).toBe(false);
  });
});

describe('ghost text that nobody asked for', () => {
  const facts = {
    enabled: true,
    isProse: true,
    trigger: 'onPause',
    yieldToOthers: true,
    copilotIsOn: false,
  } as const;

  it.each([
    ['is what Copilot keeps back where it is on', {}, true],
    ['is kept back by the writer where it is off', { trigger: 'off' }, false],
    ['is kept back by the writer where it is asked for only', { trigger: 'onDemand' }, false],
    ['is kept back by the writer where all of it is off', { enabled: false }, false],
    ['is not kept back beside Copilot if the writer says so', { yieldToOthers: false }, false],
    ['is not kept back by a Copilot that is off', { copilotIsOn: false }, false],
  ] as const)('%s', (_, change, expected) => {
    expect(yieldsToCopilot({ ...facts, copilotIsOn: true, ...change })).toBe(expected);
  });

  it.each([
    ['is offered after a pause', {}, true],
    ['yields to Copilot where it is on', { copilotIsOn: true }, false],
    ['stays beside Copilot if the writer says so', { copilotIsOn: true, yieldToOthers: false }, true],
    ['is not offered where it is asked for only', { trigger: 'onDemand' }, false],
    ['is not offered where it is off', { trigger: 'off' }, false],
    ['is not offered where all of it is off', { enabled: false }, false],
    ['is not offered in code', { isProse: false }, false],
  ] as const)('%s', (_, change, expected) => {
    expect(mayOfferUnasked({ ...facts, ...change })).toBe(expected);
  });

  it('reads Copilot’s own setting by language, then for all, then its default', () => {
    expect(isEnabledFor({ markdown: false, '*': true }, 'markdown')).toBe(false);
    expect(isEnabledFor({ '*': false }, 'markdown')).toBe(false);
    expect(isEnabledFor({ '*': false, markdown: true }, 'markdown')).toBe(true);
    expect(isEnabledFor({}, 'markdown')).toBe(true);
  });
});

describe('keeping quiet', () => {
  it('keeps a dismissed text away from its place only', () => {
    const pauses = new GhostPauses(() => 0);
    pauses.dismissed('We walked ', 'along the river.');
    expect(pauses.wasDismissed('We walked', 'along the river.')).toBe(true);
    expect(pauses.wasDismissed('We walked', 'home.')).toBe(false);
    expect(pauses.wasDismissed('They ran', 'along the river.')).toBe(false);
  });

  it('pauses after five dismissals in a row, for five minutes', () => {
    let now = 1;
    const pauses = new GhostPauses(() => now);
    const results = [1, 2, 3, 4, 5].map((index) => pauses.dismissed('x', String(index)));
    expect(results).toEqual([false, false, false, false, true]);
    expect(pauses.pausedUntil).toBe(1 + pauseMs);
    now += pauseMs;
    expect(pauses.pausedUntil).toBeNull();
  });

  it('begins to count again when something was taken', () => {
    const pauses = new GhostPauses(() => 0);
    for (const text of ['a', 'b', 'c', 'd']) pauses.dismissed('x', text);
    pauses.welcomed();
    expect(pauses.dismissed('x', 'e')).toBe(false);
    expect(pauses.pausedUntil).toBeNull();
  });

  it('goes on when it is told to', () => {
    const pauses = new GhostPauses(() => 0);
    pauses.pause();
    expect(pauses.pausedUntil).toBe(pauseMs);
    pauses.resume();
    expect(pauses.pausedUntil).toBeNull();
  });
});
