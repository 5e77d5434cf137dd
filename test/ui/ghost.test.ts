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

  it('appears behind the caret after a pause, is no part of the file, and Tab takes it', async () => {
    window = await host.open('welcome.md');
    const { page } = window;
    await page.click('.monaco-editor .view-lines');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(beginning);
    const ghost = page.locator('.view-line [class*="ghost-text"]').first();
    // Words that were typed before the server listened are followed by nothing: a person types on.
    await vi.waitFor(
      async () => {
        await page.keyboard.press('Backspace');
        await page.keyboard.type(beginning.slice(-1));
        await ghost.waitFor({ timeout: 6000 });
      },
      { timeout: 60_000, interval: 0 },
    );
    const text = await ghost.textContent();
    await window.screenshot(`ghost-${theme}`);
    expect(text).toMatch(/\p{L}/u);
    expect((await window.savedText((saved) => saved.includes(beginning))).trimEnd()).toMatch(
      /one, two, three,$/,
    );
    await page.keyboard.press('Tab');
    const taken = (await window.savedText((saved) => !saved.trimEnd().endsWith('three,'))).trimEnd();
    expect(taken.slice(taken.indexOf(beginning) + beginning.length).replaceAll('\u00a0', ' ')).toContain(
      text?.replaceAll('\u00a0', ' ').trim(),
    );
  });
});
