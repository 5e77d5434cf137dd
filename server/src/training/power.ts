/** @file Whether the machine runs on mains power. Asked before training starts, and while it runs. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeoutMs = 5000;

/**
 * @param powerFolder Linux's list of power supplies
 * @returns false only when the machine surely runs on a battery; machines without one, or that can't tell, count as on mains
 */
export async function onMains(
  platform: NodeJS.Platform = process.platform,
  powerFolder = '/sys/class/power_supply',
): Promise<boolean> {
  try {
    if (platform === 'linux') return !(await linuxDischarging(powerFolder));
    if (platform === 'darwin') {
      return !(await run('pmset', ['-g', 'batt'], { timeout: timeoutMs })).stdout.includes("'Battery Power'");
    }
    if (platform === 'win32') {
      const query = '(Get-CimInstance Win32_Battery).BatteryStatus';
      const { stdout } = await run('powershell', ['-NoProfile', '-Command', query], { timeout: timeoutMs });
      return !windowsDischarging(stdout);
    }
    return true;
  } catch {
    return true; // no such command or folder: no battery that we could ask
  }
}

/**
 * @param statuses of `Win32_Battery`, one line for each battery
 * @returns whether one of them says: 1 discharging, 4 low, 5 critical; others say that there is power
 */
export function windowsDischarging(statuses: string): boolean {
  return statuses.split(/\s+/).some((status) => ['1', '4', '5'].includes(status));
}

async function linuxDischarging(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const read = async (file: string): Promise<string> =>
      readFile(join(folder, name, file), 'utf8').then(
        (text) => text.trim(),
        () => '',
      );
    // `scope` Device: the battery of a mouse or a headset, not the machine's own
    if (
      (await read('type')) === 'Battery' &&
      (await read('scope')) !== 'Device' &&
      (await read('status')) === 'Discharging'
    )
      return true;
  }
  return false;
}
