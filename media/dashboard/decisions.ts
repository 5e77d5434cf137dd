/** @file The tab Decisions: what was kept, by day and document, with what changed; found, deleted. */
import type { DiffPart, ShownDecision } from '../../server/protocol/dashboardMessages.ts';
import type { DecisionId } from '../../server/protocol/common.ts';
import type { DecisionFilter, DecisionKind } from '../../server/protocol/decisions.ts';
import { el } from './dom.ts';
import {
  adapterName,
  count,
  day,
  documentName,
  folderNames,
  kindNames,
  readableAddress,
  timeOfDay,
} from './words.ts';

/** The choice of what was in no folder; no address is like it. */
const noFolder = '-';

export interface DecisionActions {
  deleteOne(id: DecisionId): void;
  deleteMatching(filter: DecisionFilter, description: string): void;
  more(): void;
  /** Narrow the list to one document. */
  showDocument(document: string): void;
}

/** The inputs as a filter. */
export function filterOf(form: HTMLFormElement): DecisionFilter {
  const data = new FormData(form);
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const [search, kind, from, to] = [text('search'), text('kind'), text('from'), text('to')];
  const [document, workspace] = [text('document'), text('workspace')];
  return {
    ...(search !== '' && { search }),
    ...(kind !== '' && { kinds: [kind as DecisionKind] }), // the options are kinds
    ...(from !== '' && { from: startOfDay(from) }),
    ...(to !== '' && { to: startOfDay(to, 1) }),
    ...(document !== '' && { document }),
    ...(workspace !== '' && { workspace: workspace === noFolder ? '' : workspace }),
  };
}

/** Local midnight of a YYYY-MM-DD, `after` days later. */
function startOfDay(date: string, after = 0): number {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, dayOfMonth + after).getTime();
}

export function filterForm(onChange: () => void): HTMLFormElement {
  return el(
    'form',
    {
      id: 'filter',
      class: 'row',
      role: 'search',
      oninput: onChange,
      onsubmit: (event) => event.preventDefault(),
    },
    el(
      'label',
      {},
      'Search',
      el('input', { type: 'search', name: 'search', placeholder: 'Words in the texts' }),
    ),
    el(
      'label',
      {},
      'Kind',
      el(
        'select',
        { name: 'kind' },
        el('option', { value: '' }, 'All'),
        ...Object.entries(kindNames).map(([kind, name]) => el('option', { value: kind }, name)),
      ),
    ),
    el('label', {}, 'From', el('input', { type: 'date', name: 'from' })),
    el('label', {}, 'To', el('input', { type: 'date', name: 'to' })),
    el('label', {}, 'Document', el('input', { type: 'text', name: 'document', placeholder: 'All' })),
    el('label', { hidden: true }, 'Folder', el('select', { name: 'workspace' })),
  );
}

/**
 * Offers these folders in the form, where there is a choice; one that has no decisions any more is no longer chosen.
 * @returns whether the filter is another now
 */
export function offerFolders(form: HTMLFormElement, workspaces: readonly string[]): boolean {
  const select = form.elements.namedItem('workspace') as HTMLSelectElement; // filterForm makes it
  const names = folderNames(workspaces);
  const { value } = select;
  const options = [
    el('option', { value: '' }, 'All'),
    ...[...names].map(([uri, name]) =>
      el('option', { value: uri === '' ? noFolder : uri, title: readableAddress(uri) }, name),
    ),
  ];
  // A list that is open stays open while nothing is another.
  const isSame = options.every((option, at) => select.options[at]?.isEqualNode(option));
  if (!isSame || options.length !== select.options.length) select.replaceChildren(...options);
  select.value = value;
  if (select.selectedIndex < 0 || names.size < 2) select.value = '';
  if (select.labels[0]) select.labels[0].hidden = names.size < 2;
  return select.value !== value;
}

/** The decisions under their days. @param filtered whether only some were asked for */
export function decisionList(
  rows: readonly ShownDecision[],
  total: number,
  actions: DecisionActions,
  filtered: boolean,
): HTMLElement {
  if (rows.length === 0) {
    return el(
      'p',
      { class: 'muted' },
      filtered
        ? 'No decision matches.'
        : 'No decisions here. They appear when you accept a suggestion, or keep your own text.',
    );
  }
  const days = new Map<string, ShownDecision[]>();
  for (const row of rows) {
    const title = day(row.time);
    days.set(title, [...(days.get(title) ?? []), row]);
  }
  return el(
    'div',
    {},
    ...[...days].map(([title, ofDay]) => daySection(title, ofDay, actions)),
    total > rows.length
      ? el(
          'button',
          { type: 'button', class: 'secondary', onclick: () => actions.more() },
          `Show more (${total - rows.length} left)`,
        )
      : null,
  );
}

function daySection(title: string, rows: readonly ShownDecision[], actions: DecisionActions): HTMLElement {
  const first = new Date(rows[0]?.time ?? 0);
  const from = new Date(first.getFullYear(), first.getMonth(), first.getDate()).getTime();
  const to = new Date(first.getFullYear(), first.getMonth(), first.getDate() + 1).getTime();
  return el(
    'section',
    { class: 'day' },
    el(
      'div',
      { class: 'dayHead' },
      el('h2', {}, title),
      el(
        'button',
        {
          type: 'button',
          class: 'link',
          'aria-label': `Delete this day, ${title}`,
          onclick: () => actions.deleteMatching({ from, to }, `all decisions of ${title}`),
        },
        'Delete this day',
      ),
    ),
    el('ul', {}, ...rows.map((row) => item(row, actions))),
  );
}

function item(row: ShownDecision, actions: DecisionActions): HTMLElement {
  const role =
    row.role === 'follower'
      ? `refinement ${row.round ?? ''}`.trim()
      : row.role === 'leader'
        ? 'draft'
        : row.role === 'inline'
          ? 'ghost text'
          : null;
  const seenBy =
    row.seenByAdapters.length > 0 ? `learned by ${row.seenByAdapters.map(adapterName).join(', ')}` : null;
  return el(
    'li',
    { class: `decision ${row.kind}` },
    el(
      'div',
      { class: 'decisionHead' },
      el('span', { class: 'badge' }, kindNames[row.kind]),
      el('time', { datetime: new Date(row.time).toISOString() }, timeOfDay(row.time)),
      el(
        'button',
        {
          type: 'button',
          class: 'link',
          title: row.document,
          onclick: () => actions.showDocument(row.document),
        },
        documentName(row.document),
      ),
      el('span', { class: 'muted' }, [role, seenBy].filter(Boolean).join(', ')),
      el(
        'button',
        {
          type: 'button',
          class: 'link end',
          'aria-label': `Delete the decision of ${timeOfDay(row.time)}`,
          onclick: () => actions.deleteOne(row.id),
        },
        'Delete',
      ),
    ),
    el('p', { class: 'diff' }, ...row.diff.map(diffNode)),
  );
}

function diffNode({ kind, text }: DiffPart): Node | string {
  if (kind === 'equal') return text;
  return kind === 'removed' ? el('del', {}, text) : el('ins', {}, text);
}

export function foundLine(total: number): string {
  return `${count(total, 'decision')} found`;
}
