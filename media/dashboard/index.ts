/** @file The dashboard's page: three tabs over what the extension tells it. It holds no data of its own but what is shown. */
import type { FromDashboard, ShownDecision, ToDashboard } from '../../server/protocol/dashboardMessages.ts';
import type { AdapterId, DashboardResult, StatusParams } from '../../server/protocol/messages.ts';
import { adaptersTable, comparedTexts, comparisonForm, runsTable, type AdapterActions } from './adapters.ts';
import { chartFigure, draw, type ChartView } from './charts.ts';
import { decisionList, filterForm, filterOf, foundLine, type DecisionActions } from './decisions.ts';
import { byId, el } from './dom.ts';
import { charts, facts } from './overview.ts';
import { adapterName, trainingLine } from './words.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromDashboard): void;
  getState(): unknown;
  setState(state: PageState): void;
};

interface PageState {
  readonly tab: Tab;
}
type Tab = 'overview' | 'adapters' | 'decisions';

const tabs: readonly { readonly id: Tab; readonly title: string }[] = [
  { id: 'overview', title: 'Overview' },
  { id: 'adapters', title: 'Adapters' },
  { id: 'decisions', title: 'Decisions' },
];
const searchPauseMs = 200;

const vscode = acquireVsCodeApi();
const send = (message: FromDashboard): void => vscode.postMessage(message);

let tab: Tab = restoredTab(vscode.getState());
let data: DashboardResult | undefined;
let status: StatusParams | undefined;
let rows: readonly ShownDecision[] = [];
let views: readonly ChartView[] = [];
let comparing: { a: AdapterId | null; b: AdapterId | null } = { a: null, b: null };
let searchTimer: ReturnType<typeof setTimeout> | undefined;

function restoredTab(state: unknown): Tab {
  const saved = typeof state === 'object' && state !== null && 'tab' in state ? state.tab : undefined;
  return tabs.find(({ id }) => id === saved)?.id ?? 'overview';
}

const button = (
  label: string,
  command: Extract<FromDashboard, { type: 'command' }>['command'],
  style = 'secondary',
): HTMLButtonElement =>
  el(
    'button',
    { type: 'button', class: style, id: command, onclick: () => send({ type: 'command', command }) },
    label,
  );

const filter = filterForm(() => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => load(0), searchPauseMs);
});

function load(offset: number): void {
  send({ type: 'load', filter: filterOf(filter), offset });
}

const adapterActions: AdapterActions = {
  activate: (id) => send({ type: 'activate', id }),
  compare: (a, b, text) => {
    comparing = { a, b };
    byId('compared').replaceChildren(el('p', { class: 'muted' }, 'Writing both…'));
    send({ type: 'compare', a, b, text });
  },
  pick: (result, picked) => send({ type: 'pick', result, picked }),
};

const decisionActions: DecisionActions = {
  deleteOne: (id) => send({ type: 'deleteOne', id }),
  deleteMatching: (matching, description) => send({ type: 'deleteMatching', filter: matching, description }),
  more: () => load(rows.length),
  showDocument: (document) => {
    const input = filter.elements.namedItem('document');
    if (input instanceof HTMLInputElement) input.value = document;
    load(0);
  },
};

const goBack = button('Go Back to the Adapter Before', 'goBack');
const progress = el('progress', { 'aria-label': 'Learning' });

byId('app').append(
  el(
    'header',
    {},
    el('h1', {}, 'Second Draft'),
    el('p', { id: 'state', class: 'muted', role: 'status' }),
    el(
      'div',
      { class: 'row buttons' },
      button('Train Now', 'trainNow', 'primary'),
      button('Pause', 'pauseLearning'),
      button('Resume', 'resumeLearning'),
      button('Cancel', 'cancelLearning'),
      goBack,
    ),
    el('div', { id: 'training', hidden: true }, progress, el('p', { id: 'trainingLine', role: 'status' })),
    el('p', { id: 'failure', class: 'notice', role: 'alert', hidden: true }),
  ),
  el(
    'div',
    { role: 'tablist', 'aria-label': 'Second Draft' },
    ...tabs.map(({ id, title }) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${id}`,
          'aria-controls': `panel-${id}`,
          onclick: () => select(id),
          onkeydown: (event) => moveTab(event as KeyboardEvent),
        },
        title,
      ),
    ),
  ),
  el(
    'section',
    { role: 'tabpanel', id: 'panel-overview', 'aria-labelledby': 'tab-overview', tabindex: 0 },
    el('p', { class: 'muted' }, 'Loading…'),
  ),
  el('section', { role: 'tabpanel', id: 'panel-adapters', 'aria-labelledby': 'tab-adapters', tabindex: 0 }),
  el(
    'section',
    { role: 'tabpanel', id: 'panel-decisions', 'aria-labelledby': 'tab-decisions', tabindex: 0 },
    filter,
    el(
      'div',
      { class: 'row buttons' },
      el('span', { id: 'found', role: 'status' }),
      el(
        'button',
        {
          type: 'button',
          class: 'secondary',
          onclick: () =>
            send({
              type: 'deleteMatching',
              filter: filterOf(filter),
              description: byId('found').textContent.replace(' found', ''),
            }),
        },
        'Delete These…',
      ),
      button('Export…', 'exportDecisions'),
      button('Delete All Data…', 'deleteAllData'),
    ),
    el('div', { id: 'decisions' }),
  ),
);

function select(id: Tab): void {
  tab = id;
  vscode.setState({ tab });
  for (const one of tabs) {
    const chosen = one.id === tab;
    const title = byId(`tab-${one.id}`);
    title.setAttribute('aria-selected', String(chosen));
    title.tabIndex = chosen ? 0 : -1;
    byId(`panel-${one.id}`).hidden = !chosen;
  }
  if (tab === 'overview') views.forEach(draw);
  if (tab === 'decisions') load(0);
}

function moveTab(event: KeyboardEvent): void {
  const at = tabs.findIndex(({ id }) => id === tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length]!; // in range
  select(next.id);
  byId(`tab-${next.id}`).focus();
}

function showOverview(next: DashboardResult): void {
  data = next;
  views = charts(data);
  const empty =
    data.decisions > 0
      ? null
      : el(
          'div',
          { class: 'notice' },
          el(
            'p',
            {},
            'No decisions yet. Refine a paragraph, and accept it or keep your own: that is all that Second Draft learns from.',
          ),
          button('Try It on a Sample', 'refineSample', 'primary'),
        );
  byId('panel-overview').replaceChildren(
    facts(data),
    ...(empty ? [empty] : []),
    el('div', { class: 'charts' }, ...views.map(chartFigure)),
    button('How Second Draft Learns', 'explainLearning', 'link'),
  );
  if (tab === 'overview') views.forEach(draw);
  showAdapters(data);
  showState();
}

/** The comparison under way stays as it is. */
function showAdapters(next: DashboardResult): void {
  const panel = byId('panel-adapters');
  const form = panel.querySelector('#compare-form');
  const same = form?.getAttribute('data-adapters') === next.adapters.map(({ id }) => id).join();
  const compare = same ? form : comparisonForm(next, adapterActions);
  compare.setAttribute('data-adapters', next.adapters.map(({ id }) => id).join());
  panel.replaceChildren(adaptersTable(next, adapterActions), runsTable(next), compare);
}

function showState(): void {
  const active = data?.adapters.find((row) => row.active)?.id ?? null;
  const training = status?.training ?? { state: 'idle' as const };
  byId('state').textContent = data
    ? `${data.model} · ${adapterName(active)} · ${data.recording ? 'Decisions are kept on this computer' : 'Decisions are not kept'}`
    : '';
  byId('training').hidden = training.state === 'idle';
  byId('trainingLine').textContent = trainingLine(training);
  const runsHere = training.state === 'running' || training.state === 'paused';
  progress.hidden = !runsHere;
  if (runsHere) {
    progress.max = Math.max(1, training.steps);
    progress.value = training.step;
  }
  byId('trainNow').hidden = training.state !== 'idle';
  byId('pauseLearning').hidden = training.state !== 'running';
  byId('resumeLearning').hidden = training.state !== 'paused';
  byId('cancelLearning').hidden = !runsHere;
  goBack.disabled = active === null;
}

function receive(message: ToDashboard): void {
  switch (message.type) {
    case 'overview':
      byId('failure').hidden = true;
      showOverview(message.dashboard);
      return;
    case 'status':
      status = message.status;
      showState();
      return;
    case 'decisions':
      rows = message.offset === 0 ? message.rows : [...rows, ...message.rows];
      byId('found').textContent = foundLine(message.total);
      byId('decisions').replaceChildren(decisionList(rows, message.total, decisionActions));
      return;
    case 'decisionsChanged':
      if (tab === 'decisions') load(0);
      return;
    case 'compared': {
      const names = { a: adapterName(comparing.a), b: adapterName(comparing.b) };
      const pick = (picked: 'a' | 'b'): void => adapterActions.pick(message.result, picked);
      byId('compared').replaceChildren(comparedTexts(message.result, names, Math.random() < 0.5, pick));
      return;
    }
    case 'failed': {
      const failure = byId('failure');
      failure.textContent = message.message;
      failure.hidden = false;
    }
  }
}

window.addEventListener('message', (event: MessageEvent<ToDashboard>) => receive(event.data));
// A new theme: the charts take its colours.
new MutationObserver(() => {
  if (tab === 'overview') views.forEach(draw);
}).observe(document.body, { attributes: true, attributeFilter: ['class'] });
select(tab);
showState();
send({ type: 'ready' });
