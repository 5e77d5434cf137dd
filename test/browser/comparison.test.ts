import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumFlags, ensureChromium } from '../../scripts/lib/chromium.mjs';
import type { ComparedState, ComparedText, DiffPart } from '../../server/protocol/dashboardMessages.ts';
import type { ContextId } from '../../server/protocol/common.ts';
import { adapter, dashboard, openDashboard, told } from './dashboardData.ts';
import { bundlePage, type Bundle, type OpenedPage, type Theme } from './webview.ts';

let browser: Browser;
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundlePage('dashboard');
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
});
afterAll(() => browser.close());

const originals = [
  'We was very late for the meeting on Monday, and because of this reason the plan that we wanted to discuss was moved to the next week.',
  'The report is wrote by the team last month, it contain all numbers that the customer have asked for.',
  'I would like to thank you for the help, without which it would not have been able to be finished in time.',
];

function open(at: number, diff: readonly DiffPart[], swapped = false): ComparedState {
  return { kind: 'open', contextId: `context-${at}` as ContextId, diff, swapped };
}
const writtenStates: ComparedState[] = [
  open(0, [
    { kind: 'equal', text: 'We were ' },
    { kind: 'removed', text: 'late' },
    { kind: 'added', text: 'very late' },
    { kind: 'equal', text: ' for the meeting on Monday, ' },
    { kind: 'removed', text: 'so' },
    { kind: 'added', text: 'and because of this' },
    { kind: 'equal', text: ' the plan that we wanted to discuss was moved to the next week.' },
  ]),
  open(
    1,
    [
      { kind: 'equal', text: 'The report was written by the team last month' },
      { kind: 'removed', text: '. It' },
      { kind: 'added', text: ' and' },
      { kind: 'equal', text: ' contains all numbers that the customer asked for.' },
    ],
    true,
  ),
  open(2, [
    { kind: 'equal', text: 'Thank you for the help' },
    { kind: 'removed', text: '; we finished in time.' },
    { kind: 'added', text: ', without which it would not have been finished in time.' },
  ]),
];

function texts(states: readonly ComparedState[]): ComparedText[] {
  return states.map((state, i) => ({
    document: `file:///home/writer/letter${i}.md`,
    original: originals[i] ?? '',
    state,
  }));
}

function picked(state: ComparedState | undefined, side: 'a' | 'b' | 'neither'): ComparedState {
  if (state?.kind !== 'open') throw new Error('Only what is open can be picked.');
  return { ...state, kind: 'picked', picked: side, kept: true };
}

/** The tab Adapters, as the notification opens it, with a way to show how far the comparison is. */
async function openComparison(theme: Theme = 'dark') {
  const opened: OpenedPage = await openDashboard(browser, bundle, theme, { width: 1000, height: 900 });
  await opened.tell(told({ type: 'chooseComparison', a: 1, b: null }));
  const show = (states: readonly ComparedState[]): Promise<void> =>
    opened.tell(told({ type: 'comparison', comparison: { a: 1, b: null, texts: texts(states) } }));
  return { ...opened, show };
}

describe('comparing adapters in the dashboard', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`has no accessibility violation at any stage in the ${theme} theme`, async () => {
      const { page, show, violations, errors } = await openComparison(theme);
      mkdirSync('test-results/screenshots', { recursive: true });
      const [one, two, three] = writtenStates as [ComparedState, ComparedState, ComparedState];
      const stages = {
        writing: [one, { kind: 'writing' }, { kind: 'waiting' }],
        picking: [picked(one, 'a'), two, { kind: 'failed', message: 'This passage is too long for the model; select less of it.' }],
        told: [picked(one, 'a'), picked(two, 'b'), picked(three, 'a')],
      } as const; // prettier-ignore
      for (const [stage, states] of Object.entries(stages)) {
        await show(states);
        await page.locator('.comparedText').nth(2).waitFor();
        await page.screenshot({
          path: `test-results/screenshots/dashboard-comparison-${stage}-${theme}.png`,
          fullPage: true,
        });
        expect(await violations()).toEqual([]);
      }
      expect(errors).toEqual([]);
      await page.close();
    });
  }

  it("asks for three of the writer's own texts with one button, which has the focus when it is opened for two adapters", async () => {
    const { page, sent } = await openComparison();
    expect(await page.getByRole('tab', { name: 'Adapters' }).getAttribute('aria-selected')).toBe('true');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      'Compare on three of my texts',
    );
    await page.keyboard.press('Enter');
    expect((await sent()).at(-1)).toEqual({ type: 'compare', a: 1, b: null });
    await page.close();
  });

  it('chooses adapters that it hears of only afterwards', async () => {
    const { page, tell, sent } = await openDashboard(browser, bundle, 'dark');
    await tell(told({ type: 'chooseComparison', a: 3, b: 1 }));
    const adapters = [...dashboard.adapters, { ...adapter, id: 3, parent: 1 }];
    await tell(told({ type: 'overview', dashboard: { ...dashboard, adapters } }));
    await page.getByRole('button', { name: 'Compare on three of my texts' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'compare', a: 3, b: 1 });
    await page.close();
  });

  it('says so when both are the same adapter, and asks for nothing', async () => {
    const { page, sent } = await openComparison();
    await page.getByLabel('Other').selectOption('Adapter 1');
    await page.getByRole('button', { name: 'Compare on three of my texts' }).click();
    const message = await page
      .getByLabel('Other')
      .evaluate((it) => (it as HTMLSelectElement).validationMessage);
    expect(message).toBe('Choose two different adapters.');
    expect((await sent()).some(({ type }) => type === 'compare')).toBe(false);
    await page.close();
  });

  it('shows a pair as soon as it is written, unlabelled, what differs marked, and can be stopped', async () => {
    const { page, show, sent } = await openComparison();
    await show([writtenStates[1]!, { kind: 'writing' }, { kind: 'waiting' }]); // there are three
    const comparison = page.locator('#comparison');
    expect(await comparison.textContent()).not.toMatch(/Adapter|Plain/);
    const [first, second] = await page.locator('.version').all();
    expect(await first?.locator('mark').textContent()).toBe(' and');
    expect(await second?.locator('mark').textContent()).toBe('. It');
    await page.getByRole('button', { name: 'Stop' }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'stopComparing' });
    await show([writtenStates[1]!, { kind: 'stopped' }, { kind: 'stopped' }]);
    expect(await page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(false);
    await page.close();
  });

  it('tells a pick by keyboard, then which was which, and the focus stays at the text', async () => {
    const { page, show, sent } = await openComparison();
    await show(writtenStates);
    await page.getByRole('button', { name: /^Version 1 is better, Text 2 of 3/ }).focus();
    await page.keyboard.press('Enter');
    expect((await sent()).at(-1)).toEqual({ type: 'pick', contextId: 'context-1', picked: 'b' });
    await show([writtenStates[0]!, picked(writtenStates[1], 'b'), writtenStates[2]!]);
    await page.getByText('You picked the plain model. It is kept as a decision.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('You picked the plain');
    const text = page.locator('.comparedText').nth(1);
    expect(await text.locator('.version').first().textContent()).toContain(
      'Written by the plain model Your pick',
    );
    expect(await page.locator('.sum').textContent()).toBe('');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect((await sent()).at(-1)).toEqual({ type: 'pick', contextId: 'context-2', picked: 'a' });
    await page.close();
  });

  it.each([
    ['picks of both', ['a', 'b', 'a'], 'You preferred Adapter 1 in 2 of 3.'],
    ['a draw', ['a', 'b', 'neither'], 'You preferred each in 1 of 3.'],
    ['no pick', ['neither', 'neither', 'neither'], 'You preferred neither in 3 of 3.'],
  ] as const)('says what they come to in one sentence: %s', async (_, sides, sentence) => {
    const { page, show } = await openComparison();
    await show(sides.map((side, i) => picked(writtenStates[i], side)));
    expect(await page.locator('.sum').textContent()).toBe(sentence);
    await page.close();
  });

  it('counts texts that both write the same, and says when these are all', async () => {
    const { page, show } = await openComparison();
    const same = { kind: 'same', text: 'We were late.' } as const;
    await show([same, same, picked(writtenStates[2], 'b')]);
    expect(await page.locator('.sum').textContent()).toBe('You preferred the plain model in 1 of 3.');
    await show([same, same, same]);
    expect(await page.locator('.sum').textContent()).toBe('Both write the same in all 3.');
    await page.close();
  });

  it("offers the box for a text of one's own where there are no texts, and compares on that", async () => {
    const { page, show, sent } = await openComparison();
    await show([]);
    await page.getByText('There is no text of yours to compare on').waitFor();
    await page.getByRole('button', { name: 'Paste a text' }).click();
    await page.keyboard.type('We was late.');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    expect((await sent()).at(-1)).toEqual({ type: 'compare', a: 1, b: null, text: 'We was late.' });
    await page.close();
  });
});
