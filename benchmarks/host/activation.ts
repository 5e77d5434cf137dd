/** @file Inside VS Code: how long the extension host waits for our extension to activate. */
import { performance as hostPerformance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { extensionId } from '../../test/e2e/support.ts';
import { leave } from './results.ts';

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension(extensionId);
  if (!extension) throw new Error('The packaged extension is not installed.');
  if (extension.isActive) throw new Error('It is active already: nothing can be measured.');
  await quiet();
  const started = performance.now();
  const before = hostPerformance.eventLoopUtilization();
  await extension.activate();
  // Busy time of the host's loop: loading our bundle and activating it, and VS Code's own part; waiting for other processes is not work.
  const { active } = hostPerformance.eventLoopUtilization(before);
  leave('activation', { activationMs: active, wallMs: performance.now() - started });
}

/** Waits until the host has started its other extensions: three seconds in which its loop was idle nine tenths of the time. */
async function quiet(): Promise<void> {
  for (let calm = 0; calm < 3;) {
    const before = hostPerformance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    calm = hostPerformance.eventLoopUtilization(before).utilization < 0.1 ? calm + 1 : 0;
  }
}
