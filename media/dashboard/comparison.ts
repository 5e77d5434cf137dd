/** @file A comparison under way: every text as soon as both have written it, unlabelled until one version is picked; at the end, the sum. */
import type {
  ComparedState,
  ComparedText,
  DiffPart,
  PickedSide,
  ShownComparison,
  WrittenState,
} from '../../server/protocol/dashboardMessages.ts';
import type { ContextId } from '../../server/protocol/common.ts';
import { el } from './dom.ts';
import { adapterInSentence, documentName, sumOfPicks } from './words.ts';

export interface ComparisonActions {
  pick(contextId: ContextId, picked: PickedSide): void;
  stop(): void;
  /** There is no text of the writer's own: they paste one. */
  paste(): void;
}

/** A text on the page; the key says what it shows. */
interface Shown {
  readonly key: string;
  readonly element: HTMLElement;
}

type Names = Readonly<Record<PickedSide, string>>;

/** What of a comparison stands on the page; texts that did not change keep their elements. */
export class ComparisonView {
  readonly element = el('div', { id: 'comparison' });
  readonly #actions: ComparisonActions;
  readonly #stop: HTMLButtonElement;
  readonly #list = el('div', {});
  readonly #sum = el('p', { class: 'sum', role: 'status' });
  #shown: readonly Shown[] = [];

  constructor(actions: ComparisonActions) {
    this.#actions = actions;
    this.#stop = el(
      'button',
      { type: 'button', class: 'secondary stop', hidden: true, onclick: () => actions.stop() },
      'Stop',
    );
    this.element.append(this.#list, this.#sum, this.#stop);
  }

  show(comparison: ShownComparison): void {
    const { texts } = comparison;
    const names = {
      a: adapterInSentence(comparison.a),
      b: adapterInSentence(comparison.b),
      neither: 'neither',
    };
    const shown = texts.map((text, i) => this.#text(text, i, texts.length, names));
    const focused = this.#shown.findIndex(({ element }) => element.contains(document.activeElement));
    this.#list.replaceChildren(...(texts.length > 0 ? shown.map(({ element }) => element) : [this.#none()]));
    const wasReplaced = focused >= 0 && shown[focused]?.element !== this.#shown[focused]?.element;
    this.#shown = shown;
    if (wasReplaced) shown[focused]?.element.querySelector<HTMLElement>('.outcome')?.focus();
    this.#stop.hidden = !texts.some(({ state }) => state.kind === 'waiting' || state.kind === 'writing');
    this.#sum.textContent = sumOfPicks(comparison);
  }

  #text(text: ComparedText, at: number, count: number, names: Names): Shown {
    const key = JSON.stringify([text, count, names]);
    const before = this.#shown[at];
    if (before?.key === key) return before;
    const place = text.document === null ? 'Your text' : documentName(text.document);
    const title = count === 1 ? place : `Text ${at + 1} of ${count}: ${place}`;
    const element = el(
      'section',
      { class: 'comparedText', 'aria-label': title },
      el('h3', {}, title),
      el('details', {}, el('summary', {}, 'Original'), el('blockquote', {}, text.original)),
      ...this.#state(text.state, title, names),
    );
    return { key, element };
  }

  #state(state: ComparedState, title: string, names: Names): HTMLElement[] {
    switch (state.kind) {
      case 'waiting':
        return [outcome('Not written yet.')];
      case 'writing':
        return [outcome('Both are writing…')];
      case 'stopped':
        return [outcome('Not written: the comparison was stopped.')];
      case 'failed':
        return [el('p', { class: 'notice outcome', tabindex: -1 }, state.message)];
      case 'same':
        return [outcome('Both write the same:'), el('blockquote', {}, state.text)];
      case 'open':
        return [this.#versions(state, title), this.#neither(state, title)];
      case 'picked': {
        const kept = state.kept ? ' It is kept as a decision.' : ' It is not kept as a decision.';
        const said =
          state.picked === 'neither'
            ? 'Neither is better to you.'
            : `You picked ${names[state.picked]}.${kept}`;
        return [versions(state, (side) => [pickedName(side, state.picked, names)]), outcome(said)];
      }
    }
  }

  #versions(state: WrittenState, title: string): HTMLElement {
    return versions(state, (side, number) => [
      el(
        'button',
        {
          type: 'button',
          class: 'secondary',
          'aria-label': `Version ${number} is better, ${title}`,
          onclick: () => this.#actions.pick(state.contextId, side),
        },
        `Version ${number} is better`,
      ),
    ]);
  }

  #neither({ contextId }: WrittenState, title: string): HTMLElement {
    return el(
      'button',
      {
        type: 'button',
        class: 'link',
        'aria-label': `Neither is better, ${title}`,
        onclick: () => this.#actions.pick(contextId, 'neither'),
      },
      'Neither is better',
    );
  }

  #none(): HTMLElement {
    return el(
      'p',
      { class: 'notice' },
      'There is no text of yours to compare on: they come from your decisions on rewrites. ',
      el('button', { type: 'button', class: 'link', onclick: () => this.#actions.paste() }, 'Paste a text'),
    );
  }
}

/** Both beside each other, in the order that was drawn for them; what the other lacks is marked. */
function versions(
  { diff, swapped }: Pick<WrittenState, 'diff' | 'swapped'>,
  under: (side: 'a' | 'b', number: number) => readonly HTMLElement[],
): HTMLElement {
  const order = swapped ? (['b', 'a'] as const) : (['a', 'b'] as const);
  return el(
    'div',
    { class: 'row versions' },
    ...order.map((side, i) =>
      el(
        'div',
        { class: 'version' },
        el('h4', {}, `Version ${i + 1}`),
        el('blockquote', {}, ...partsOf(diff, side)),
        ...under(side, i + 1),
      ),
    ),
  );
}

function partsOf(diff: readonly DiffPart[], side: 'a' | 'b'): (string | Node)[] {
  const own = side === 'a' ? 'removed' : 'added';
  return diff
    .filter(({ kind }) => kind === 'equal' || kind === own)
    .map(({ kind, text }) => (kind === 'equal' ? text : el('mark', {}, text)));
}

function pickedName(side: 'a' | 'b', picked: PickedSide, names: Names): HTMLElement {
  return el(
    'p',
    { class: 'muted' },
    `Written by ${names[side]} `,
    side === picked ? el('span', { class: 'badge' }, 'Your pick') : null,
  );
}

function outcome(sentence: string): HTMLElement {
  return el('p', { class: 'muted outcome', tabindex: -1 }, sentence);
}
