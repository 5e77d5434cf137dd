import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UiHost, type Workbench } from '../support/workbench.ts';

const beginning =
  'The library opened last spring. The children of the village count every day after school: one, two, three,';
const other = 'said by the other one';
/** Longer than the pause after which ours comes by itself. */
const pauseMs = 4000;

function ghostOf({ page }: Workbench): Locator {
  return page.locator('.view-line [class*="ghost-text"]').first();
}

async function shownIn(window: Workbench): Promise<string> {
  return ((await ghostOf(window).textContent()) ?? '').replaceAll('\u00a0', ' ').trim();
}

async function write(window: Workbench): Promise<void> {
  await window.page.click('.monaco-editor .view-lines');
  await window.page.keyboard.press('Control+A');
  await window.page.keyboard.type(beginning);
}

/** Types on until something is offered: words that were typed before the extensions listened are followed by nothing. */
async function typeUntilOffered(window: Workbench): Promise<void> {
  await vi.waitFor(
    async () => {
      await window.page.keyboard.press('Backspace');
      await window.page.keyboard.type(beginning.slice(-1));
      await ghostOf(window).waitFor({ timeout: 6000 });
    },
    { timeout: 60_000, interval: 0 },
  );
}

let host: UiHost;
let window: Workbench | undefined;

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await window?.screenshot('beside-failed');
  await window?.close();
});

describe('ghost text beside another extension’s', () => {
  beforeAll(async () => {
    host = await UiHost.start({
      theme: 'dark',
      settings: { 'editor.quickSuggestions': false },
      beside: ['otherWriter'],
    });
  });
  afterAll(() => host.stop());

  it('is there too: asked for, both can be looked at with the editor’s keys, and Tab takes the one that is shown', async () => {
    window = await host.open('welcome.md');
    const { keyboard } = window.page;
    await write(window);
    await typeUntilOffered(window);
    const seen = new Set<string>();
    const end = Date.now() + 60_000;
    while (seen.size < 2 && Date.now() < end) {
      await keyboard.press('Alt+Backslash');
      await ghostOf(window).waitFor();
      for (let look = 0; look < 2; look++) {
        const shown = await shownIn(window);
        seen.add(shown);
        await keyboard.press('Alt+BracketRight');
        // Where only one has answered so far, the same one stays.
        await ghostOf(window)
          .filter({ hasNotText: shown })
          .waitFor({ timeout: 2000 })
          .catch(() => undefined);
      }
    }
    expect(seen).toContain(other);
    expect(seen.size).toBe(2);
    await window.screenshot('beside-another');
    const last = await shownIn(window);
    await keyboard.press('Tab');
    await window.savedText((saved) => saved.includes(`three, ${last}`));
  });
});

describe('ghost text where Copilot is on', () => {
  beforeAll(async () => {
    host = await UiHost.start({
      theme: 'dark',
      settings: {
        'editor.quickSuggestions': false,
        // Without these VS Code switches off whatever has Copilot's name and is not signed in.
        'chat.disableAIFeatures': false,
        'chat.extensionUnification.enabled': false,
      },
      beside: ['copilotStandIn'],
    });
  });
  afterAll(() => host.stop());

  it('keeps out of its way and says so, answers when it is asked, and takes over when told to', async () => {
    window = await host.open('welcome.md');
    const { page } = window;
    const ghost = ghostOf(window);
    const status = (words: string) => page.locator(`.statusbar-item[aria-label*="${words}"]`);
    await status('Off in Markdown: Copilot is on here').waitFor();

    await write(window);
    const end = Date.now() + 60_000;
    while (!(await ghost.isVisible()) && Date.now() < end) {
      await page.keyboard.press('Alt+Backslash');
      await ghost.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
    expect(await shownIn(window)).toMatch(/\p{L}/u);
    await window.screenshot('beside-copilot');
    // The server is there, so silence from here on is meant.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Backspace');
    await page.keyboard.type(',');
    await page.waitForTimeout(pauseMs);
    expect(await ghost.isVisible()).toBe(false);

    await status('Off in Markdown').locator('a').first().click();
    const input = page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await input.fill('Use Second Draft Here');
    await page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: 'Use Second Draft' })
      .waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.notification-toast').getByRole('button', { name: 'Turn Off' }).click();
    await status('Off in Markdown').waitFor({ state: 'detached' });
    await page.click('.monaco-editor .view-lines');
    await page.keyboard.press('Control+End');
    await typeUntilOffered(window);
  });
});
