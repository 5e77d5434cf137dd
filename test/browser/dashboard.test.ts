import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import type { ShownDecision, ToDashboard } from '../../server/protocol/dashboardMessages.ts';
import type {
  CandidateId,
  ContextId,
  DashboardResult,
  DecisionId,
  RunId,
  StatusParams,
} from '../../server/protocol/messages.ts';
import { bundlePage, openWebview, type Bundle } from './webview.ts';

let browser: Browser;
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundlePage('dashboard');
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
});
afterAll(() => browser.close());

const noon = new Date(2026, 9, 14, 12, 30).getTime();
const adapter = { createdAt: noon, parent: null, model: 'SmolLM2 135M', active: false, decisions: 0, decisionsFrom: null, decisionsTo: null, sizeBytes: 9_800_000, winRate: null, verdict: null, styles: {}, followerStyles: {}, refused: null }; // prettier-ignore
const dashboard: DashboardResult = {
  decisionsPerDay: [
    { day: '2026-10-06', kind: 'accepted', count: 4 },
    { day: '2026-10-07', kind: 'rejected', count: 2 },
    { day: '2026-10-14', kind: 'accepted', count: 7 },
    { day: '2026-10-14', kind: 'ownWording', count: 1 },
  ],
  acceptancePerAdapter: [
    { adapter: 0, accepted: 4, decided: 9, low: 0.19, high: 0.73 },
    { adapter: 1, accepted: 7, decided: 8, low: 0.53, high: 0.98 },
  ],
  followerVersusLeader: { follower: 6, leader: 3 },
  beliefs: ['shorter', 'fewer commas'],
  runs: [
    {
      id: 'run-1' as RunId,
      startedAt: noon,
      endedAt: noon + 600_000,
      decisions: 64,
      steps: 3,
      verdict: {
        kind: 'promoted',
        sentence:
          'Learned from 64 decisions: preferred in 58 % of held-out comparisons (51–65 %). In use now.',
      },
      metrics: [1, 2, 3].map((step) => ({
        step,
        loss: 1 / step,
        leaderReward: 0.4 + step / 20,
        followerReward: 0.5 + step / 20,
        klToReference: step / 100,
      })),
    },
  ],
  adapters: [
    { ...adapter, id: 0 },
    { ...adapter, id: 1, parent: 0, active: true, decisions: 64, decisionsFrom: noon - 9e8, decisionsTo: noon, winRate: { value: 0.58, low: 0.51, high: 0.65 }, verdict: { kind: 'promoted', sentence: 'Learned from 64 decisions.' }, styles: { formal: -0.5, brief: 1.5, keep: 0 }, followerStyles: { formal: 1 } },
    { ...adapter, id: 2, parent: 1, decisions: 70, refused: 'its file is damaged' },
  ],
  decisionsSinceTraining: 12,
  missingDecisions: 8,
  train: 'automatic',
  decisions: 76,
  recording: true,
  model: 'SmolLM2 135M',
}; // prettier-ignore
const status: StatusParams = {
  status: { state: 'ready', model: 'SmolLM2 135M', adapter: 1 },
  training: { state: 'idle' },
  recording: true,
};
const decision: ShownDecision = {
  id: 'd1' as DecisionId,
  time: noon,
  kind: 'accepted',
  document: 'file:///home/writer/letter.md',
  original: 'We was late.',
  candidate: 'We were late.',
  role: 'follower',
  round: 1,
  finalText: null,
  seenByAdapters: [1],
  diff: [
    { kind: 'equal', text: 'We ' },
    { kind: 'removed', text: 'was' },
    { kind: 'added', text: 'were' },
    { kind: 'equal', text: ' late.' },
  ],
};
const told = (message: ToDashboard): ToDashboard => message;

async function openDashboard(theme: 'dark' | 'light', viewport?: { width: number; height: number }) {
  const opened = await openWebview(browser, bundle, theme, viewport);
  await opened.tell(told({ type: 'status', status }));
  await opened.tell(told({ type: 'overview', dashboard }));
  await opened.page.locator('#beliefs').waitFor();
  return opened;
}

describe('the dashboard', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`has no accessibility violation and no script error on any tab in the ${theme} theme`, async () => {
      const { page, errors, tell, violations } = await openDashboard(theme, { width: 1000, height: 900 });
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
    const { page } = await openDashboard('dark', { width: 420, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.screenshot({ path: 'test-results/screenshots/dashboard-narrow.png', fullPage: true });
    await page.close();
  });

  it('says what is believed of the taste, how many decisions are missing, and every chart as a table', async () => {
    const { page } = await openDashboard('light');
    expect(await page.locator('#beliefs').textContent()).toBe('You prefer: shorter, fewer commas.');
    expect(await page.locator('#panel-overview').textContent()).toContain('8 more decisions about rewrites until the next learning');
    const titles = await page.locator('figcaption').allTextContents();
    expect(titles).toHaveLength(7);
    await page.locator('#chart-acceptance summary').click();
    expect(await page.locator('#chart-acceptance tbody tr').last().textContent()).toBe('Adapter 188 %53 % to 98 %');
    await page.locator('#chart-decisions summary').click();
    expect(await page.locator('#chart-decisions tbody th').allTextContents()).toEqual(['2026-10-05', '2026-10-12']);
    await page.close();
  }); // prettier-ignore

  it('moves between tabs with the arrow keys and keeps the tab when it is loaded again', async () => {
    const { page, sent } = await openDashboard('dark');
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
    const { page, tell, sent } = await openDashboard('dark');
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
    const { page, sent } = await openDashboard('light');
    await page.getByRole('tab', { name: 'Adapters' }).click();
    await page.getByText('briefer (1.5), less formal (0.5); refinements: more formal (1.0)').waitFor();
    await page.getByRole('button', { name: 'Use Adapter 0 (shipped)' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'activate', id: 0 });
    await page.getByText("Can't be used: its file is damaged").waitFor();
    await page.close();
  });

  it('compares two adapters unlabelled, tells the pick, and says then which was which', async () => {
    const { page, sent, tell } = await openDashboard('light');
    await page.getByRole('tab', { name: 'Adapters' }).click();
    await page.locator('#compare-text').fill('We was late.');
    await page.getByRole('button', { name: 'Compare' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'compare', a: 1, b: 0, text: 'We was late.' });
    const result = {
      contextId: 'c' as ContextId,
      a: { id: 'a' as CandidateId, text: 'We were late.' },
      b: { id: 'b' as CandidateId, text: 'We are late.' },
    };
    await tell(told({ type: 'compared', result }));
    const chosen = page.locator('.compared', { hasText: 'We were late.' });
    expect(await page.locator('#compared').textContent()).not.toContain('Adapter');
    await chosen.getByRole('button').click();
    expect((await sent()).at(-1)).toEqual({ type: 'pick', result, picked: 'a' });
    await page.getByText('You picked Adapter 1').waitFor();
    await page.close();
  });

  it('finds decisions by words, kind, day and document, shows their diff, and deletes one or a day', async () => {
    const { page, sent, tell } = await openDashboard('dark');
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

  it('shows texts as texts: markup in a decision is no markup in the page', async () => {
    const { page, tell } = await openDashboard('dark');
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const diff = [{ kind: 'added', text: '<img src=x onerror=alert(1)>' }] as const;
    await tell(told({ type: 'decisions', filter: {}, offset: 0, rows: [{ ...decision, diff }], total: 1 }));
    expect(await page.locator('.diff ins').textContent()).toBe('<img src=x onerror=alert(1)>');
    expect(await page.locator('.diff img').count()).toBe(0);
    await page.close();
  });

  it('invites to a first refine while there is nothing to show', async () => {
    const { page, tell, sent } = await openDashboard('dark');
    const empty: DashboardResult = { ...dashboard, decisionsPerDay: [], acceptancePerAdapter: [], followerVersusLeader: { follower: 0, leader: 0 }, beliefs: [], runs: [], adapters: [{ ...adapter, id: 0, active: true }], decisionsSinceTraining: 0, decisions: 0 }; // prettier-ignore
    await tell(told({ type: 'overview', dashboard: empty }));
    await page.getByRole('button', { name: 'Try It on a Sample' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'command', command: 'refineSample' });
    expect(await page.locator('figure').count()).toBe(0);
    await page.close();
  });
});
