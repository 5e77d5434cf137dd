import { expect, it } from 'vitest';
import { TypingSignal } from '../../../server/src/lsp/typingSignal.ts';

function signal(): { at: (time: number) => void; signal: TypingSignal; typed: number[] } {
  let now = 0;
  const typed: number[] = [];
  const one = new TypingSignal(
    () => now,
    () => typed.push(now),
  );
  const at = (time: number): void => {
    now = time;
    one.changed();
  };
  return { at, signal: one, typed };
}

it('tells of the first key at once, and of those that follow now and then', () => {
  const { at, typed } = signal();
  for (const time of [10_000, 10_200, 11_900, 12_000, 12_100, 60_000]) at(time);
  expect(typed).toEqual([10_000, 12_000, 60_000]);
});

it('goes on telling when the clock is set back', () => {
  const { at, typed } = signal();
  for (const time of [60_000, 1000]) at(time);
  expect(typed).toEqual([60_000, 1000]);
});

it('leaves it to a client that tells itself', () => {
  const { at, signal: one, typed } = signal();
  at(1000);
  one.clientTells();
  at(9000);
  expect(typed).toEqual([1000]);
});
