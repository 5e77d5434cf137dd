import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UiHost, type Workbench } from '../support/workbench.ts';

const beginning =
  'The library opened last spring. The children of the village count every day after school: one, two, three,';

describe.each(['dark', 'light'] as const)('ghost text as a person sees it (%s)', (theme) => {
  let host: UiHost;
  let window: Workbench | undefined;

  beforeAll(async () => {
    // The list of known words, which stands in the way of ghost text, sometimes opens before the language is known.
    host = await UiHost.start({ theme, settings: { 'editor.quickSuggestions': false } });
  });
  afterAll(() => host.stop());
  afterEach(async (context) => {
    if (context.task.result?.state === 'fail') await window?.screenshot(`ghost-${theme}-failed`);
    await window?.close();
  });

  /** Writes the beginning into an empty file and waits for what is offered behind it. */
  async function offered(on: Workbench): Promise<string> {
    const { page } = on;
    await page.click('.monaco-editor .view-lines');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(beginning);
    const ghost = ghostOf(on);
    // Words that were typed before the server listened are followed by nothing: a person types on.
    await vi.waitFor(
      async () => {
        await page.keyboard.press('Backspace');
        await page.keyboard.type(beginning.slice(-1));
        await ghost.waitFor({ timeout: 6000 });
      },
      { timeout: 60_000, interval: 0 },
    );
    return ((await ghost.textContent()) ?? '').replaceAll('\u00a0', ' ');
  }

  it('appears behind the caret after a pause, is no part of the file, and Tab takes it', async () => {
    window = await host.open('welcome.md');
    const text = await offered(window);
    await window.screenshot(`ghost-${theme}`);
    expect(text).toMatch(/\p{L}/u);
    expect((await window.savedText((saved) => saved.includes(beginning))).trimEnd()).toMatch(
      /one, two, three,$/,
    );
    await ghostOf(window).waitFor(); // saving leaves it where it is
    await window.page.keyboard.press('Tab');
    const taken = (
      await window.savedText((saved) => saved.includes(beginning) && !saved.trimEnd().endsWith('three,'))
    ).trimEnd();
    expect(taken.slice(taken.indexOf(beginning) + beginning.length)).toContain(text.trim());
  });

  it('is taken by a word with the editor’s key, and put away with Escape', async () => {
    window = await host.open('welcome.md');
    const { keyboard } = window.page;
    const text = await offered(window);
    const [first = ''] = /\p{L}+/u.exec(text) ?? [];
    // The space before a word is a step of its own.
    await keyboard.press('Control+ArrowRight');
    await keyboard.press('Control+ArrowRight');
    const taken = (await window.savedText((saved) => saved.includes(`three, ${first}`))).trimEnd();
    expect(taken).toMatch(new RegExp(`three, ${first}\\W?$`));
    await ghostOf(window).waitFor();
    await window.page.keyboard.press('Escape');
    await ghostOf(window).waitFor({ state: 'detached' });
    await keyboard.press('Tab');
    expect((await window.savedText((saved) => /\s$/.test(saved))).trimEnd()).toBe(taken);
  });

  it('is switched off in a language from the status bar’s menu, and on again', async () => {
    window = await host.open('welcome.md');
    const { page } = window;
    await offered(window);
    const status = (words: string) => page.locator(`.statusbar-item[aria-label*="${words}"]`);
    const choose = async (words: string): Promise<void> => {
      await page.locator('.statusbar-item[aria-label*="Second Draft:"] a').first().click();
      const input = page.locator('.quick-input-widget input[type=text]');
      await input.waitFor();
      await input.fill(words);
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: words }).first().waitFor();
      await page.keyboard.press('Enter');
    };
    await choose('Off in Markdown');
    await status('Suggestions off in Markdown').waitFor();
    await choose('Suggest in Markdown');
    await status('Suggestions off in Markdown').waitFor({ state: 'detached' });
  });
});

function ghostOf({ page }: Workbench): Locator {
  return page.locator('.view-line [class*="ghost-text"]').first();
}
