/** @file What the tests of the dashboard's page show in it. */
import type { Browser } from 'playwright-core';
import type { ShownDecision, ToDashboard } from '../../server/protocol/dashboardMessages.ts';
import type { DecisionId, RunId } from '../../server/protocol/common.ts';
import type { DashboardResult } from '../../server/protocol/learning.ts';
import type { StatusParams } from '../../server/protocol/status.ts';
import { openWebview, type Bundle, type OpenedPage, type Theme } from './webview.ts';

export const noon = new Date(2026, 9, 14, 12, 30).getTime();
export const adapter = { createdAt: noon, parent: null, model: 'SmolLM2 135M', active: false, decisions: 0, decisionsFrom: null, decisionsTo: null, sizeBytes: 9_800_000, winRate: null, lengthRatio: null, verdict: null, styles: {}, followerStyles: {}, refused: null }; // prettier-ignore
export const dashboard: DashboardResult = {
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
  workspaces: ['', 'file:///home/writer/book', 'file:///home/writer/old/book', 'file:///home/writer/my%20letters'],
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
    { ...adapter, id: 1, parent: 0, active: true, decisions: 64, decisionsFrom: noon - 9e8, decisionsTo: noon, winRate: { value: 0.58, low: 0.51, high: 0.65 }, lengthRatio: 0.92, verdict: { kind: 'promoted', sentence: 'Learned from 64 decisions.' }, styles: { formal: -0.5, brief: 1.5, keep: 0 }, followerStyles: { formal: 1 } },
    { ...adapter, id: 2, parent: 1, decisions: 70, refused: 'its file is damaged' },
  ],
  decisionsSinceTraining: 12,
  missingDecisions: 8,
  train: 'automatic',
  notBefore: null,
  onBattery: false,
  decisions: 76,
  recording: true,
  model: 'SmolLM2 135M',
}; // prettier-ignore
export const status: StatusParams = {
  status: { state: 'ready', model: 'SmolLM2 135M', adapter: 1 },
  training: { state: 'idle' },
  recording: true,
};
export const decision: ShownDecision = {
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
export const told = (message: ToDashboard): ToDashboard => message;

/** The page with all this shown. */
export async function openDashboard(
  browser: Browser,
  bundle: Bundle,
  theme: Theme,
  viewport?: { width: number; height: number },
): Promise<OpenedPage> {
  const opened = await openWebview(browser, bundle, theme, viewport);
  await opened.tell(told({ type: 'status', status }));
  await opened.tell(told({ type: 'overview', dashboard }));
  await opened.page.locator('#beliefs').waitFor();
  return opened;
}
