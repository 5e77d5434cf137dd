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

it('counts no time that the machine slept between two steps', () => {
  let now = 1000;
  const clock = new WorkClock(() => now);
  const began = clock.elapsed;
  const step = (ms: number): void => {
    now += ms;
    clock.go();
  };
  for (let i = 0; i < 30; i++) step(4 * 60_000); // those of a large model
  expect(clock.elapsed - began).toBe(120 * 60_000);
  now += 8 * 3_600_000;
  expect(clock.elapsed - began).toBe(120 * 60_000);
  clock.go();
  step(10);
  now += 8 * 3_600_000;
  clock.stop(); // it woke up, and the writer is there
  now += 50;
  clock.go();
  step(10);
  expect(clock.elapsed - began).toBe(120 * 60_000 + 20);
});
