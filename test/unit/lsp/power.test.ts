import { expect, it } from 'vitest';
import { windowsDischarging } from '../../../server/src/training/power.ts';
import { LastKnownPower } from '../../../server/src/util/power.ts';

it('knows mains or battery without a wait, and asks again after a while', async () => {
  let now = 0;
  const answers = [false, true];
  let asked = 0;
  const power = new LastKnownPower(
    () => Promise.resolve(answers[asked++] ?? true),
    () => now,
  );
  expect(power.onMains).toBe(true);
  await Promise.resolve();
  expect(power.onMains).toBe(false);
  expect(asked).toBe(1);
  now = 5 * 60_000;
  expect(power.onMains).toBe(false);
  await Promise.resolve();
  expect(power.onMains).toBe(true);
});

it.each([
  ['', false],
  ['2\r\n', false],
  ['1\r\n', true],
  ['6\r\n1\r\n', true],
  ['1\r\n1\r\n', true],
  ['4\r\n', true],
  ['11\r\n', false],
])('reads what Windows says of its batteries: %j', (statuses, discharging) => {
  expect(windowsDischarging(statuses)).toBe(discharging);
});
