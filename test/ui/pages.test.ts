import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FrameLocator } from 'playwright-core';
import { UiHost, type Workbench } from '../support/workbench.ts';

/** The page inside a webview: a frame in a frame. */
function page(window: Workbench): FrameLocator {
  return window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

describe('pages of ours in a real window', () => {
  let host: UiHost;
  let window: Workbench | undefined;

  beforeAll(async () => {
    host = await UiHost.start({ theme: 'dark' });
  });
  afterAll(() => host.stop());
  afterEach(async (context) => {
    if (context.task.result?.state === 'fail') await window?.screenshot('pages-failed');
    await window?.close();
  });

  it('the dashboard shows a decision that was made in the editor, and what changed', async () => {
    window = await host.open('welcome.md');
    await window.goToLine(5);
    await window.command('Second Draft: Refine');
    await window.zone.locator('.review-comment').filter({ hasText: 'Leader' }).first().waitFor();
    await window.page.waitForFunction(
      () => !/writing|improving/.test(document.querySelector('.review-widget')?.textContent ?? 'writing'),
    );
    await window.accept();
    // The question whether decisions may be kept, once.
    await window.page.locator('.notification-toast').getByRole('button', { name: 'OK' }).click();
    await window.command('Second Draft: Open Dashboard');
    const dashboard = page(window);
    await dashboard.getByText('1 decision kept on this computer').waitFor();
    await dashboard.getByText('Decisions are kept on this computer').waitFor();
    await dashboard.locator('#chart-decisions canvas').waitFor();
    await window.screenshot('dashboard-window');
    await dashboard.getByRole('tab', { name: 'Decisions' }).click();
    await dashboard.locator('.decision.accepted .diff ins').first().waitFor();
    expect(await dashboard.locator('.decision').count()).toBe(1);
    await window.screenshot('dashboard-window-decisions');
  });

  it('the page on how it learns runs under its policy', async () => {
    window = await host.open('welcome.md');
    await window.command('Second Draft: How Second Draft Learns');
    await page(window).locator('#outcome').filter({ hasText: 'No text beats both others' }).waitFor();
    await window.screenshot('explain-learning-window');
  });
});
