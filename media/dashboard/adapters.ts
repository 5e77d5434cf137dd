/** @file The tab Adapters: every adapter with what it learned from and its verdict, use and comparison; the runs. */
import type {
  AdapterId,
  AdapterRow,
  CompareAdaptersResult,
  DashboardResult,
} from '../../server/protocol/messages.ts';
import { el, table } from './dom.ts';
import { adapterName, count, day, interval, moment, percent, sizeOf, styleOf, verdictOf } from './words.ts';

export interface AdapterActions {
  activate(id: AdapterId | null): void;
  compare(a: AdapterId | null, b: AdapterId | null, text: string): void;
  pick(result: CompareAdaptersResult, picked: 'a' | 'b'): void;
}

export function adaptersTable({ adapters }: DashboardResult, actions: AdapterActions): HTMLElement {
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

export function runsTable({ runs }: DashboardResult): HTMLElement {
  if (runs.length === 0) return el('p', { class: 'muted' }, 'Nothing has been learned yet.');
  return table(
    'Learning runs, newest first',
    ['Started', 'Decisions', 'Steps', 'Verdict'],
    runs.map((run) => [moment(run.startedAt), String(run.decisions), String(run.steps), verdictOf(run)]),
  );
}

/** Two adapters on a text of the writer's own, unlabelled until one is picked. */
export function comparisonForm({ adapters }: DashboardResult, actions: AdapterActions): HTMLElement {
  const usable = adapters.filter(({ refused }) => refused === null).map(({ id }) => id as AdapterId | null);
  const choices = [...usable.reverse(), null];
  const select = (id: string, label: string, chosen: AdapterId | null): HTMLElement =>
    el(
      'label',
      { for: id },
      label,
      el(
        'select',
        { id },
        ...choices.map((one) =>
          el('option', { value: String(one), selected: one === chosen }, adapterName(one)),
        ),
      ),
    );
  const chosen = (id: string): AdapterId | null => {
    const { value } = document.getElementById(id) as HTMLSelectElement;
    return value === 'null' ? null : Number(value);
  };
  const text = el('textarea', { id: 'compare-text', rows: 4, required: true, maxlength: 4000 });
  return el(
    'form',
    {
      id: 'compare-form',
      onsubmit: (event) => {
        event.preventDefault();
        actions.compare(chosen('compare-a'), chosen('compare-b'), text.value);
      },
    },
    el('h2', {}, 'Compare two on a text of yours'),
    el(
      'div',
      { class: 'row' },
      select('compare-a', 'One', choices[0] ?? null),
      select('compare-b', 'Other', choices[1] ?? null),
    ),
    el('label', { for: 'compare-text' }, 'Text'),
    text,
    el('button', { type: 'submit', class: 'secondary' }, 'Compare'),
    el('div', { id: 'compared', 'aria-live': 'polite' }),
  );
}

/** The two texts in an order that says nothing; `names` are told after the pick. */
export function comparedTexts(
  result: CompareAdaptersResult,
  names: { readonly a: string; readonly b: string },
  swapped: boolean,
  onPick: (picked: 'a' | 'b') => void,
): HTMLElement {
  if (result.a.text === result.b.text)
    return el('p', {}, 'Both write the same: ', el('q', {}, result.a.text));
  const order: ('a' | 'b')[] = swapped ? ['b', 'a'] : ['a', 'b'];
  const box = el('div', { class: 'row' });
  const outcome = el('p', { role: 'status' });
  order.forEach((which, i) => {
    const pick = (): void => {
      onPick(which);
      outcome.textContent = `You picked ${names[which]}. Kept as a decision, if decisions are kept.`;
      for (const button of box.querySelectorAll('button')) button.disabled = true;
    };
    box.append(
      el(
        'div',
        { class: 'compared' },
        el('blockquote', {}, result[which].text),
        el('button', { type: 'button', class: 'secondary', onclick: pick }, `Version ${i + 1} is better`),
      ),
    );
  });
  return el('div', {}, box, outcome);
}
