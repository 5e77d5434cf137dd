import { describe, expect, it } from 'vitest';
import { shouldPause, shouldTrain, type ScheduleFacts } from '../../../server/src/training/schedule.ts';

const hour = 3_600_000;
const good: ScheduleFacts = {
  now: 100 * hour,
  mode: 'automatic',
  newDecisions: 20,
  missingDecisions: 0,
  idleMs: 6 * 60_000,
  onMains: true,
  allowBattery: false,
  generating: false,
  running: false,
  lastRunAt: null,
  everyHours: 6,
  failedStart: null,
};

describe('the training schedule', () => {
  it('starts when there are enough decisions, the writer is away and the machine is on mains', () => {
    expect(shouldTrain(good)).toEqual({ start: true });
  });

  it.each<[string, Partial<ScheduleFacts>, string]>([
    ['the writer trains by hand', { mode: 'manual' }, 'off'],
    ['learning is off', { mode: 'off' }, 'off'],
    ['a run is under way', { running: true }, 'running'],
    ['one decision is missing', { missingDecisions: 1 }, 'decisions'],
    ['the last run was an hour ago', { lastRunAt: 99 * hour }, 'recent'],
    [
      'a start failed ten minutes ago',
      { failedStart: { at: 100 * hour - 600_000, newDecisions: 20, wantsDecisions: false } },
      'failed',
    ],
    [
      'a start failed days ago for want of decisions, and none came',
      { failedStart: { at: 1, newDecisions: 20, wantsDecisions: true } },
      'failed',
    ],
    ['the writer typed a minute ago', { idleMs: 60_000 }, 'writing'],
    ['a draft is being written', { generating: true }, 'writing'],
    ['the machine runs on its battery', { onMains: false }, 'battery'],
  ])('waits while %s', (_, change, because) => {
    expect(shouldTrain({ ...good, ...change })).toEqual({ start: false, because });
  });

  it('starts on battery where the writer allows it', () => {
    expect(shouldTrain({ ...good, onMains: false, allowBattery: true })).toEqual({ start: true });
  });

  it('tries again what failed when an hour has passed, when new decisions came, or when the clock was set back', () => {
    const at = 100 * hour - 600_000;
    for (const failedStart of [
      { at: at - hour, newDecisions: 20, wantsDecisions: false },
      { at, newDecisions: 19, wantsDecisions: false },
      { at, newDecisions: 19, wantsDecisions: true },
      { at, newDecisions: 41, wantsDecisions: true }, // a run came between
      { at: 500 * hour, newDecisions: 20, wantsDecisions: false },
    ])
      expect(shouldTrain({ ...good, failedStart })).toEqual({ start: true });
  });

  it('is not blocked for ever by a last run in the future after the clock was set back', () => {
    expect(shouldTrain({ ...good, lastRunAt: 500 * hour })).toEqual({ start: true });
  });

  it('pauses a run for the writer first, then for writing, then for the battery', () => {
    const facts = { onMains: false, allowBattery: false, generating: true, pausedByWriter: true };
    expect(shouldPause(facts)).toBe('user');
    expect(shouldPause({ ...facts, pausedByWriter: false })).toBe('writing');
    expect(shouldPause({ ...facts, pausedByWriter: false, generating: false })).toBe('battery');
    expect(shouldPause({ ...facts, pausedByWriter: false, generating: false, onMains: true })).toBeNull();
  });
});
