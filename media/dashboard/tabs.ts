/** @file The page's three tabs: their titles, which is shown, and the keys that move between them. */
import { byId, el } from './dom.ts';

export type Tab = 'overview' | 'adapters' | 'decisions';

const tabs: readonly { readonly id: Tab; readonly title: string }[] = [
  { id: 'overview', title: 'Overview' },
  { id: 'adapters', title: 'Adapters' },
  { id: 'decisions', title: 'Decisions' },
];

/** The tab of a state that the page kept; of any other, the first. */
export function restoredTab(state: unknown): Tab {
  const saved = typeof state === 'object' && state !== null && 'tab' in state ? state.tab : undefined;
  return tabs.find(({ id }) => id === saved)?.id ?? 'overview';
}

/** The titles; the panels are the elements `panel-<id>`. */
export function tabList(onSelect: (tab: Tab) => void): HTMLElement {
  const move = (event: KeyboardEvent, at: number): void => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length]!; // in range
    onSelect(next.id);
    byId(`tab-${next.id}`).focus();
  };
  return el(
    'div',
    { role: 'tablist', 'aria-label': 'Second Draft' },
    ...tabs.map(({ id, title }, at) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${id}`,
          'aria-controls': `panel-${id}`,
          onclick: () => onSelect(id),
          onkeydown: (event) => move(event as KeyboardEvent, at),
        },
        title,
      ),
    ),
  );
}

export function showTab(tab: Tab): void {
  for (const { id } of tabs) {
    const title = byId(`tab-${id}`);
    title.setAttribute('aria-selected', String(id === tab));
    title.tabIndex = id === tab ? 0 : -1;
    byId(`panel-${id}`).hidden = id !== tab;
  }
}
