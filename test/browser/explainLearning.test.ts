import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What VS Code's default themes set of the variables that the page reads. */
const themes = {
  dark: { foreground: '#cccccc', background: '#1f1f1f', description: '#9d9d9d', blue: '#59a4f9', orange: '#d18616', button: '#0078d4' },
  light: { foreground: '#3b3b3b', background: '#ffffff', description: '#3b3b3b', blue: '#1a85ff', orange: '#d18616', button: '#005fb8' },
} as const; // prettier-ignore

let browser: Browser;
let script = '';
let style = '';

beforeAll(async () => {
  const entry = {
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
  } as const;
  const [js, css] = await Promise.all([
    build({ ...entry, entryPoints: ['media/explainLearning/index.ts'] }),
    build({ ...entry, entryPoints: ['media/explainLearning/style.css'] }),
  ]);
  script = js.outputFiles[0]!.text;
  style = css.outputFiles[0]!.text;
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
});

afterAll(() => browser.close());

async function openPage(theme: keyof typeof themes): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const t = themes[theme];
  const variables = `:root { --vscode-foreground: ${t.foreground}; --vscode-editor-background: ${t.background};
    --vscode-descriptionForeground: ${t.description}; --vscode-charts-blue: ${t.blue}; --vscode-charts-orange: ${t.orange};
    --vscode-button-background: ${t.button}; --vscode-focusBorder: ${t.button}; --vscode-font-family: "DejaVu Sans"; --vscode-font-size: 13px; }`;
  // The policy of the panel; its resources come from this origin as they come from VS Code's there.
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>How Second Draft learns</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'nonce-abc'">
<link rel="stylesheet" href="/style.css"></head><body><main id="app"></main><script nonce="abc" src="/script.js"></script></body></html>`;
  await page.route('http://page.test/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/style.css') return route.fulfill({ contentType: 'text/css', body: variables + style });
    if (path === '/script.js')
      return route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: script });
    if (path === '/') return route.fulfill({ contentType: 'text/html', body: html });
    return route.fulfill({ status: 204 });
  });
  await page.goto('http://page.test/');
  return { page, errors };
}

describe('the page "How Second Draft learns"', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`has no accessibility violation and no script error in the ${theme} theme`, async () => {
      const { page, errors } = await openPage(theme);
      await page.locator('#outcome').filter({ hasText: 'The leader writes A' }).waitFor();
      mkdirSync('test-results', { recursive: true });
      await page.screenshot({ path: `test-results/explainLearning-${theme}.png`, fullPage: true });
      // evaluate() runs outside the page's policy, which allows no script but the page's own.
      await page.evaluate(axeSource);
      const violations = await page.evaluate<string[]>(
        `axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
      );
      expect(violations).toEqual([]);
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
