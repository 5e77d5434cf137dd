import { expect, it } from 'vitest';
import { WorkClock } from '../../../server/src/training/workClock.ts';

it('counts the time that was worked, and none that was waited', () => {
  let now = 1000;
  const clock = new WorkClock(() => now);
  const began = clock.elapsed;
  now += 50;
  clock.stop();
  now += 7000;
  clock.stop(); // told twice
  expect(clock.elapsed - began).toBe(50);
  clock.go();
  clock.go();
  now += 30;
  expect(clock.elapsed - began).toBe(80);
  clock.stop();
  now += 1e6;
  clock.go();
  expect(clock.elapsed - began).toBe(80);
});
