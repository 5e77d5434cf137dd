import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import { bundlePage, openWebview, type Bundle, type OpenedPage, type Theme } from './webview.ts';

let browser: Browser;
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundlePage('explainLearning');
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
});

afterAll(() => browser.close());

const openPage = (theme: Theme): Promise<OpenedPage> => openWebview(browser, bundle, theme);

describe('the page "How Second Draft learns"', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`has no accessibility violation and no script error in the ${theme} theme`, async () => {
      const { page, errors, violations } = await openPage(theme);
      await page.locator('#outcome').filter({ hasText: 'The leader writes A' }).waitFor();
      mkdirSync('test-results', { recursive: true });
      await page.screenshot({ path: `test-results/explainLearning-${theme}.png`, fullPage: true });
      expect(await violations()).toEqual([]);
      expect(errors).toEqual([]);
      await page.close();
    });
  }

  it('is worked by keyboard: arrow keys move a slider, and the outcome says what changed', async () => {
    const { page, errors } = await openPage('dark');
    const outcome = page.locator('#outcome');
    await outcome.filter({ hasText: 'The leader writes A' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('shareA');
    const before = await page.locator('#path').getAttribute('d');
    for (let i = 0; i < 15; i++) await page.keyboard.press('ArrowLeft'); // 40 % to 25 %: C has 40 % now
    await outcome.filter({ hasText: 'The leader writes C' }).waitFor();
    expect(await page.locator('#shareA').inputValue()).toBe('25');
    expect(await page.locator('#path').getAttribute('d')).not.toBe(before);
    await page.close();
    expect(errors).toEqual([]);
  });

  it('keeps the shares whole, and says so when there is no cycle', async () => {
    const { page } = await openPage('light');
    await page.locator('#shareA').press('End');
    expect(await page.locator('#shareB').inputValue()).toBe('0');
    await page.locator('#outcome').filter({ hasText: 'there is no cycle' }).waitFor();
    expect(await page.locator('#nash').isVisible()).toBe(false);
    await page.close();
  });

  it('shows every writer their favourite within three answers, and fewer within two', async () => {
    const { page } = await openPage('light');
    const outcome = page.locator('#outcome');
    await outcome.filter({ hasText: '100 % of writers meet their favourite within 3 answers' }).waitFor();
    await page.locator('#rounds').press('ArrowLeft');
    await outcome.filter({ hasText: '65 % of writers meet their favourite within 2 answers' }).waitFor();
    await page.close();
  });
});
