import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import type { RunId } from '../../server/protocol/common.ts';
import type { DashboardResult } from '../../server/protocol/learning.ts';
import { adapter, dashboard, decision, openDashboard, status, told } from './dashboardData.ts';
import { bundlePage, type Bundle } from './webview.ts';

let browser: Browser;
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundlePage('dashboard');
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
});
afterAll(() => browser.close());

describe('the dashboard', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`has no accessibility violation and no script error on any tab in the ${theme} theme`, async () => {
      const { page, errors, tell, violations } = await openDashboard(browser, bundle, theme, {
        width: 1000,
        height: 900,
      });
      mkdirSync('test-results/screenshots', { recursive: true });
      for (const tab of ['Overview', 'Adapters', 'Decisions']) {
        await page.getByRole('tab', { name: tab }).click();
        if (tab === 'Decisions') {
          await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: [decision], total: 1 }));
          await page.locator('.diff').waitFor();
        }
        await page.screenshot({
          path: `test-results/screenshots/dashboard-${tab.toLowerCase()}-${theme}.png`,
          fullPage: true,
        });
        expect(await violations()).toEqual([]);
      }
      expect(errors).toEqual([]);
      await page.close();
    });
  }

  it('fits a narrow window without scrolling sideways', async () => {
    const { page } = await openDashboard(browser, bundle, 'dark', { width: 420, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.screenshot({ path: 'test-results/screenshots/dashboard-narrow.png', fullPage: true });
    await page.close();
  });

  it('says what is believed of the taste, how many decisions are missing, and every chart as a table', async () => {
    const { page } = await openDashboard(browser, bundle, 'light');
    expect(await page.locator('#beliefs').textContent()).toBe('You prefer: shorter, fewer commas.');
    expect(await page.locator('#panel-overview').textContent()).toContain('8 more decisions about rewrites until the next learning');
    const titles = await page.locator('figcaption').allTextContents();
    expect(titles).toHaveLength(8);
    await page.locator('#chart-acceptance summary').click();
    expect(await page.locator('#chart-acceptance tbody tr').last().textContent()).toBe('Adapter 188 %53 % to 98 %');
    expect(await page.locator('#chart-lengths .summary').textContent()).toBe('What Adapter 1 writes is 8 % shorter than what the one before it wrote.');
    await page.locator('#chart-lengths summary').click();
    expect(await page.locator('#chart-lengths tbody').textContent()).toBe('Adapter 192 %');
    await page.locator('#chart-decisions summary').click();
    expect(await page.locator('#chart-decisions tbody th').allTextContents()).toEqual(['2026-10-05', '2026-10-12']);
    await page.close();
  }); // prettier-ignore

  it('moves between tabs with the arrow keys and keeps the tab when it is loaded again', async () => {
    const { page, sent } = await openDashboard(browser, bundle, 'dark');
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-decisions');
    expect((await sent()).at(-1)).toMatchObject({ type: 'load', offset: 0 });
    await page.reload();
    expect(await page.getByRole('tab', { name: 'Decisions' }).getAttribute('aria-selected')).toBe('true');
    await page.close();
  });

  it('shows a run under way, with what it does and how long it takes, and only the buttons that make sense', async () => {
    const { page, tell, sent } = await openDashboard(browser, bundle, 'dark');
    expect(await page.getByRole('button', { name: 'Pause' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Train Now' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'command', command: 'trainNow' });
    const training = { state: 'running', runId: 'r' as RunId, doing: 'writing candidates', step: 12, steps: 60, decisions: 64, etaMs: 480_000 } as const; // prettier-ignore
    await tell(told({ type: 'status', status: { ...status, training } }));
    await page
      .getByText('Learning from 64 decisions: step 12 of 60, writing candidates, about 8 minutes left')
      .waitFor();
    expect(await page.locator('progress').getAttribute('value')).toBe('12');
    expect(await page.getByRole('button', { name: 'Train Now' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Pause' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'command', command: 'pauseLearning' });
    await tell(
      told({
        type: 'status',
        status: { ...status, training: { ...training, state: 'paused', why: 'battery' } },
      }),
    );
    await page.getByText('Paused: the machine runs on its battery').waitFor();
    expect(await page.getByRole('button', { name: 'Resume' }).isVisible()).toBe(true);
    await tell(told({ type: 'status', status: { ...status, training: { state: 'elsewhere' } } }));
    await page.getByText('Another window is learning.').waitFor();
    for (const name of ['Train Now', 'Pause', 'Resume', 'Cancel'])
      expect(await page.getByRole('button', { name, exact: true }).isVisible()).toBe(false);
    expect(await page.locator('progress').isVisible()).toBe(false);
    await page.close();
  });

  it('switches adapters, and says why one can not be used', async () => {
    const { page, sent } = await openDashboard(browser, bundle, 'light');
    await page.getByRole('tab', { name: 'Adapters' }).click();
    await page.getByText('briefer (1.5), less formal (0.5); refinements: more formal (1.0)').waitFor();
    await page.getByRole('button', { name: 'Use Adapter 0 (shipped)' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'activate', id: 0 });
    await page.getByText("Can't be used: its file is damaged").waitFor();
    await page.close();
  });

  it('finds decisions by words, kind, day and document, shows their diff, and deletes one or a day', async () => {
    const { page, sent, tell } = await openDashboard(browser, bundle, 'dark');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: [decision], total: 1 }));
    expect(await page.locator('.diff del').textContent()).toBe('was');
    expect(await page.locator('.diff ins').textContent()).toBe('were');
    await page.getByLabel('Search').fill('late');
    await page.getByLabel('Kind').selectOption('accepted');
    await page.getByLabel('From', { exact: true }).fill('2026-10-14');
    await expect
      .poll(async () => (await sent()).at(-1))
      .toEqual({
        type: 'load',
        filter: { search: 'late', kinds: ['accepted'], from: new Date(2026, 9, 14).getTime() },
        offset: 0,
        atLeast: 0,
      });
    await page.getByRole('button', { name: 'letter.md' }).click();
    expect((await sent()).at(-1)).toMatchObject({ filter: { document: 'file:///home/writer/letter.md' } });
    await page.getByRole('button', { name: /^Delete the decision of/ }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'deleteOne', id: 'd1' });
    await page.getByRole('button', { name: /^Delete this day, October 14/ }).click();
    expect((await sent()).at(-1)).toMatchObject({
      type: 'deleteMatching',
      filter: { from: new Date(2026, 9, 14).getTime(), to: new Date(2026, 9, 15).getTime() },
    });
    await page.close();
  });

  it('narrows the list to one folder, and deletes what is shown of it', async () => {
    const { page, sent, tell } = await openDashboard(browser, bundle, 'dark');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const folder = page.getByLabel('Folder');
    expect(await folder.locator('option').allTextContents()).toEqual([
      'All',
      'In no folder',
      'writer/book',
      'old/book',
      'my letters',
    ]);
    for (const [name, workspace] of [
      ['In no folder', ''],
      ['old/book', 'file:///home/writer/old/book'],
    ] as const) {
      await folder.selectOption(name);
      await expect
        .poll(async () => (await sent()).at(-1))
        .toEqual({ type: 'load', filter: { workspace }, offset: 0, atLeast: 0 });
    }
    await tell(told({ type: 'overview', dashboard }));
    expect(await folder.locator('option:checked').textContent()).toBe('old/book');
    const these = page.getByRole('button', { name: 'Delete These…' });
    expect(await these.isEnabled()).toBe(false); // not shown yet
    const filter = { workspace: 'file:///home/writer/old/book' };
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: [decision], total: 76 }));
    expect(await these.isEnabled()).toBe(false); // the answer to an older question
    await tell(told({ type: 'decisions', filter, offset: 0, rows: [decision], total: 1 }));
    await these.click();
    expect((await sent()).at(-1)).toEqual({ type: 'deleteMatching', filter, description: '1 decision' });
    await page.getByRole('button', { name: 'Export These…' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'export', filter });
    await tell(told({ type: 'decisions', filter, offset: 0, rows: [], total: 0 }));
    await page.getByText('No decision matches.').waitFor();
    expect(await these.isEnabled()).toBe(false);
    await tell(told({ type: 'overview', dashboard: { ...dashboard, workspaces: [''] } }));
    await folder.waitFor({ state: 'hidden' });
    expect((await sent()).at(-1)).toEqual({ type: 'load', filter: {}, offset: 0, atLeast: 0 });
    await page.close();
  });

  it('keeps what is unfolded, the focus and the length of the list while the numbers change', async () => {
    const { page, sent, tell } = await openDashboard(browser, bundle, 'light');
    await page.locator('#chart-lengths summary').click();
    const adapters = dashboard.adapters.map((row) => (row.id === 1 ? { ...row, lengthRatio: 0.8 } : row));
    await tell(told({ type: 'overview', dashboard: { ...dashboard, decisions: 77, adapters } }));
    expect(await page.locator('#chart-lengths details').getAttribute('open')).not.toBeNull();
    expect(await page.locator('#chart-lengths tbody').textContent()).toBe('Adapter 180 %');
    expect(await page.evaluate(() => document.activeElement?.closest('figure')?.id)).toBe('chart-lengths');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const rows = ['d1', 'd2', 'd3'].map((id) => ({ ...decision, id: id as typeof decision.id }));
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows, total: 3 }));
    await page.getByRole('button', { name: /^Delete the decision of/ }).nth(2).focus();
    await tell(told({ type: 'decisionsChanged' }));
    expect((await sent()).at(-1)).toEqual({ type: 'load', filter: {}, offset: 0, atLeast: 3 });
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: rows.slice(0, 2), total: 2 }));
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Delete/);
    await page.close();
  }); // prettier-ignore

  it('shows a page once that was asked for twice, and then the next', async () => {
    const { page, sent, tell } = await openDashboard(browser, bundle, 'dark');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const rows = ['d1', 'd2', 'd3'].map((id) => ({ ...decision, id: id as typeof decision.id }));
    const give = (offset: number) =>
      tell(told({ type: 'decisions', filter: {}, offset, rows: rows.slice(offset, offset + 1), total: 3 }));
    await give(0);
    await page.getByRole('button', { name: 'Show more (2 left)' }).dblclick();
    expect((await sent()).slice(-2)).toMatchObject([{ offset: 1 }, { offset: 1 }]);
    await give(1);
    await give(1);
    await page.getByRole('button', { name: 'Show more (1 left)' }).click();
    expect((await sent()).at(-1)).toMatchObject({ type: 'load', offset: 2 });
    await give(2);
    expect(await page.locator('.decision').count()).toBe(3);
    await page.close();
  });

  it('says that a server writes, which can’t be taught', async () => {
    const { page, tell } = await openDashboard(browser, bundle, 'dark');
    const adapters = dashboard.adapters.map((row) => ({ ...row, active: false }));
    await tell(
      told({
        type: 'overview',
        dashboard: { ...dashboard, train: 'server', model: 'localhost:8080', adapters },
      }),
    );
    await page.getByText('localhost:8080 · on a server').waitFor();
    await page.getByText('A server writes, which can’t be taught').waitFor();
    expect(await page.getByRole('button', { name: 'Train Now' }).isVisible()).toBe(false);
    await page.close();
  });

  it('shows texts as texts: markup in a decision is no markup in the page', async () => {
    const { page, tell } = await openDashboard(browser, bundle, 'dark');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const diff = [{ kind: 'added', text: '<img src=x onerror=alert(1)>' }] as const;
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: [{ ...decision, diff }], total: 1 }));
    expect(await page.locator('.diff ins').textContent()).toBe('<img src=x onerror=alert(1)>');
    expect(await page.locator('.diff img').count()).toBe(0);
    await page.close();
  });

  it('invites to a first refine while there is nothing to show', async () => {
    const { page, tell, sent } = await openDashboard(browser, bundle, 'dark');
    const empty: DashboardResult = { ...dashboard, decisionsPerDay: [], acceptancePerAdapter: [], followerVersusLeader: { follower: 0, leader: 0 }, beliefs: [], runs: [], adapters: [{ ...adapter, id: 0, active: true }], decisionsSinceTraining: 0, decisions: 0 }; // prettier-ignore
    await tell(told({ type: 'overview', dashboard: empty }));
    await page.getByRole('button', { name: 'Try It on a Sample' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'command', command: 'refineSample' });
    expect(await page.locator('figure').count()).toBe(0);
    await page.close();
  });
});
