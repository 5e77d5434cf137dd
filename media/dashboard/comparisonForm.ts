/** @file What is compared: two adapters, on the writer's own texts or on one that is pasted. */
import type { AdapterPair } from '../../server/protocol/dashboardMessages.ts';
import type { AdapterId } from '../../server/protocol/common.ts';
import type { DashboardResult } from '../../server/protocol/learning.ts';
import { el } from './dom.ts';
import { adapterName } from './words.ts';

export interface ComparisonForm {
  readonly element: HTMLElement;
  /** The adapters that can be chosen, as a key: another key needs another form. */
  readonly choices: string;
  /** Chooses two and puts the focus where it goes on. @returns false where one of them can't be chosen */
  choose(pair: AdapterPair): boolean;
  /** Opens the box for a text of one's own. */
  paste(): void;
}

/** @param onCompare without a text: on the writer's own texts */
export function comparisonForm(
  adapters: DashboardResult['adapters'],
  onCompare: (pair: AdapterPair, text?: string) => void,
): ComparisonForm {
  const ids = comparable(adapters);
  const one = adapterSelect(ids, 0);
  const other = adapterSelect(ids, 1);
  const compare = (text?: string): void => {
    const pair = { a: idOf(one.value), b: idOf(other.value) };
    other.setCustomValidity(pair.a === pair.b ? 'Choose two different adapters.' : '');
    if (other.reportValidity()) onCompare(pair, text);
  };
  const onMine = el(
    'button',
    { type: 'button', class: 'primary', onclick: () => compare() },
    'Compare on three of my texts',
  );
  const text = el('textarea', { id: 'compare-text', rows: 4, required: true, maxlength: 4000 });
  const box = el(
    'details',
    { id: 'compare-paste' },
    el('summary', {}, 'Compare on a text that you paste'),
    el(
      'form',
      {
        id: 'compare-form',
        onsubmit: (event) => {
          event.preventDefault();
          compare(text.value);
        },
      },
      el('label', { for: 'compare-text' }, 'Text'),
      text,
      el('button', { type: 'submit', class: 'secondary' }, 'Compare'),
    ),
  );
  const element = el(
    'section',
    { 'aria-labelledby': 'compare-title' },
    el('h2', { id: 'compare-title' }, 'Compare two adapters'),
    el(
      'p',
      { class: 'muted' },
      'Both rewrite the same text. You see the two versions without their names and pick the better one, which counts as a decision.',
    ),
    el('div', { class: 'row choice' }, el('label', {}, 'One', one), el('label', {}, 'Other', other), onMine),
    box,
  );
  return {
    element,
    choices: ids.join(),
    choose({ a, b }) {
      if (!ids.includes(a) || !ids.includes(b)) return false;
      one.value = String(a);
      other.value = String(b);
      element.scrollIntoView();
      onMine.focus();
      return true;
    },
    paste() {
      box.open = true;
      text.focus();
    },
  };
}

/** What can be chosen of these, newest first; the plain model last. */
function comparable(adapters: DashboardResult['adapters']): (AdapterId | null)[] {
  const usable = adapters.filter(({ refused }) => refused === null).map(({ id }) => id);
  return [...usable.reverse(), null];
}

export function choicesOf(adapters: DashboardResult['adapters']): string {
  return comparable(adapters).join();
}

function adapterSelect(ids: readonly (AdapterId | null)[], chosen: number): HTMLSelectElement {
  const options = ids.map((id, i) =>
    el('option', { value: String(id), selected: i === chosen }, adapterName(id)),
  );
  return el('select', {}, ...options);
}

function idOf(value: string): AdapterId | null {
  return value === 'null' ? null : Number(value);
}
