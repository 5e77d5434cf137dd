/** @file The tab Adapters: every adapter with what it learned from and its verdict and use; the runs. */
import type { AdapterId } from '../../server/protocol/common.ts';
import type { AdapterRow, DashboardResult } from '../../server/protocol/learning.ts';
import { el, table } from './dom.ts';
import { adapterName, count, day, interval, moment, percent, sizeOf, styleOf, verdictOf } from './words.ts';

export interface AdapterActions {
  activate(id: AdapterId | null): void;
}

export function adaptersTable(adapters: DashboardResult['adapters'], actions: AdapterActions): HTMLElement {
  const plainActive = adapters.every(({ active }) => !active);
  const use = (id: AdapterId | null, active: boolean, refused: string | null): string | Node => {
    if (active) return el('span', { class: 'badge' }, 'In use');
    if (refused !== null) return `Can't be used: ${refused}`;
    return el(
      'button',
      {
        type: 'button',
        class: 'secondary',
        'aria-label': `Use ${adapterName(id)}`,
        onclick: () => actions.activate(id),
      },
      'Use',
    );
  };
  const rows = [...adapters]
    .reverse()
    .map((row) => [
      adapterName(row.id),
      learnedFrom(row),
      styleOf(row),
      row.winRate ? `${percent(row.winRate.value)} (${interval(row.winRate.low, row.winRate.high)})` : '–',
      row.verdict && row.verdict.kind !== 'cancelled' ? row.verdict.sentence : '–',
      row.sizeBytes > 0 ? sizeOf(row) : '–',
      use(row.id, row.active, row.refused),
    ]);
  rows.push([adapterName(null), 'Nothing', '–', '–', '–', '–', use(null, plainActive, null)]);
  return table(
    'Adapters, newest first',
    ['Adapter', 'Learned from', 'Style', 'Preferred over the one before', 'Verdict', 'Size', 'Use'],
    rows,
  );
}

function learnedFrom(row: AdapterRow): string {
  if (row.id === 0) return 'Public pairs of edits';
  const range =
    row.decisionsFrom !== null && row.decisionsTo !== null
      ? `, ${day(row.decisionsFrom)} to ${day(row.decisionsTo)}`
      : '';
  const after = row.parent === null ? '' : `, from ${adapterName(row.parent)}`;
  return `${count(row.decisions, 'decision')}${range}${after}`;
}

export function runsTable(runs: DashboardResult['runs']): HTMLElement {
  if (runs.length === 0) return el('p', { class: 'muted' }, 'Nothing has been learned yet.');
  return table(
    'Learning runs, newest first',
    ['Started', 'Decisions', 'Steps', 'Verdict'],
    runs.map((run) => [moment(run.startedAt), String(run.decisions), String(run.steps), verdictOf(run)]),
  );
}
