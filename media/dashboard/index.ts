/** @file The dashboard's page: three tabs over what the extension tells it. It holds no data of its own but what is shown. */
import type {
  AdapterPair,
  FromDashboard,
  ShownDecision,
  ToDashboard,
} from '../../server/protocol/dashboardMessages.ts';
import type { DecisionFilter } from '../../server/protocol/decisions.ts';
import type { DashboardResult } from '../../server/protocol/learning.ts';
import type { StatusParams } from '../../server/protocol/status.ts';
import { adaptersTable, runsTable, type AdapterActions } from './adapters.ts';
import { chartFigure, draw, type ChartView } from './charts.ts';
import { ComparisonView } from './comparison.ts';
import { choicesOf, comparisonForm, type ComparisonForm } from './comparisonForm.ts';
import {
  decisionList,
  filterForm,
  filterOf,
  foundLine,
  offerFolders,
  type DecisionActions,
} from './decisions.ts';
import { byId, el } from './dom.ts';
import { charts, facts } from './overview.ts';
import { rebuild } from './rebuild.ts';
import { restoredTab, showTab, tabList, type Tab } from './tabs.ts';
import { adapterName, count, trainingLine } from './words.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromDashboard): void;
  getState(): unknown;
  setState(state: PageState): void;
};

interface PageState {
  readonly tab: Tab;
}

const searchPauseMs = 200;

const vscode = acquireVsCodeApi();
const send = (message: FromDashboard): void => vscode.postMessage(message);

let tab: Tab = restoredTab(vscode.getState());
let data: DashboardResult | undefined;
let status: StatusParams | undefined;
let rows: readonly ShownDecision[] = [];
/** What the shown decisions were asked for; null while another list is on its way. */
let found: { readonly filter: DecisionFilter; readonly total: number } | null = null;
let views: readonly ChartView[] = [];
let form: ComparisonForm | undefined;
/** To be chosen as soon as there is a form that knows them. */
let pair: AdapterPair | undefined;
let searchTimer: ReturnType<typeof setTimeout> | undefined;

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
  showFound(null);
  searchTimer = setTimeout(() => load(0), searchPauseMs);
});

/** @param atLeast so many rows, where there are as many */
function load(offset: number, atLeast = 0): void {
  send({ type: 'load', filter: filterOf(filter), offset, atLeast });
}

/** What is deleted or exported is what is shown. */
function showFound(next: typeof found): void {
  found = next;
  deleteThese.disabled = exportThese.disabled = (found?.total ?? 0) === 0;
}

const adapterActions: AdapterActions = {
  activate: (id) => send({ type: 'activate', id }),
};

const comparison = new ComparisonView({
  pick: (contextId, picked) => send({ type: 'pick', contextId, picked }),
  stop: () => send({ type: 'stopComparing' }),
  paste: () => form?.paste(),
});

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

const deleteThese = el(
  'button',
  {
    type: 'button',
    class: 'secondary',
    onclick: () => {
      if (found) decisionActions.deleteMatching(found.filter, count(found.total, 'decision'));
    },
  },
  'Delete These…',
);
const exportThese = el(
  'button',
  {
    type: 'button',
    class: 'secondary',
    id: 'exportDecisions',
    onclick: () => {
      if (found) send({ type: 'export', filter: found.filter });
    },
  },
  'Export These…',
);

const goBack = button('Go Back to Previous Adapter', 'goBack');
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
  tabList(select),
  el(
    'section',
    { role: 'tabpanel', id: 'panel-overview', 'aria-labelledby': 'tab-overview', tabindex: 0 },
    el('p', { class: 'muted' }, 'Loading…'),
  ),
  el(
    'section',
    { role: 'tabpanel', id: 'panel-adapters', 'aria-labelledby': 'tab-adapters', tabindex: 0 },
    el('div', { id: 'adapters' }),
    comparison.element,
  ),
  el(
    'section',
    { role: 'tabpanel', id: 'panel-decisions', 'aria-labelledby': 'tab-decisions', tabindex: 0 },
    filter,
    el(
      'div',
      { class: 'row buttons' },
      el('span', { id: 'found', role: 'status' }),
      deleteThese,
      exportThese,
      button('Delete All Data…', 'deleteAllData'),
    ),
    el('div', { id: 'decisions' }),
  ),
);

function select(id: Tab): void {
  tab = id;
  vscode.setState({ tab });
  showTab(tab);
  if (tab === 'overview') views.forEach(draw);
  if (tab === 'decisions') load(0);
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
  rebuild(
    byId('panel-overview'),
    facts(data),
    ...(empty ? [empty] : []),
    el('div', { class: 'charts' }, ...views.map(chartFigure)),
    button('How Second Draft Learns', 'explainLearning', 'link'),
  );
  if (tab === 'overview') views.forEach(draw);
  showAdapters(data);
  if (offerFolders(filter, data.workspaces) && tab === 'decisions') load(0);
  showState();
}

/** The form stays as it is while the same adapters can be chosen, and the comparison under way in any case. */
function showAdapters({ adapters, runs }: DashboardResult): void {
  rebuild(byId('adapters'), adaptersTable(adapters, adapterActions), runsTable(runs));
  if (form?.choices !== choicesOf(adapters)) {
    const next = comparisonForm(adapters, (chosen, text) =>
      send({ type: 'compare', ...chosen, ...(text !== undefined && { text }) }),
    );
    if (form) form.element.replaceWith(next.element);
    else comparison.element.before(next.element);
    form = next;
  }
  choosePair();
}

/** Whether the form still says this. */
function isAskedFor(shown: DecisionFilter): boolean {
  return JSON.stringify(shown) === JSON.stringify(filterOf(filter));
}

function isEmpty(shown: DecisionFilter): boolean {
  return Object.keys(shown).length === 0;
}

function choosePair(): void {
  if (pair && form?.choose(pair)) pair = undefined;
}

function showState(): void {
  const activeRow = data?.adapters.find((row) => row.active);
  const active = activeRow?.id ?? null;
  const training = status?.training ?? { state: 'idle' as const };
  byId('state').textContent = data
    ? `${data.model} · ${data.train === 'server' ? 'on a server' : adapterName(active)} · ${data.recording ? 'Decisions are kept on this computer' : 'Decisions are not kept'}`
    : '';
  byId('training').hidden = training.state === 'idle';
  byId('trainingLine').textContent = trainingLine(training);
  const runsHere = training.state === 'running' || training.state === 'paused';
  progress.hidden = !runsHere;
  if (runsHere) {
    progress.max = Math.max(1, training.steps);
    progress.value = training.step;
  }
  byId('trainNow').hidden = training.state !== 'idle' || data?.train === 'server';
  byId('pauseLearning').hidden = training.state !== 'running';
  byId('resumeLearning').hidden = training.state !== 'paused';
  byId('cancelLearning').hidden = !runsHere;
  goBack.disabled = activeRow === undefined || activeRow.decisions === 0; // what ships was there first
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
      // A page that was asked for twice is there already.
      if (message.offset !== 0 && message.offset !== rows.length) return;
      rows = message.offset === 0 ? message.rows : [...rows, ...message.rows];
      if (isAskedFor(message.filter)) showFound({ filter: message.filter, total: message.total });
      byId('found').textContent = foundLine(message.total);
      rebuild(
        byId('decisions'),
        decisionList(rows, message.total, decisionActions, !isEmpty(message.filter)),
      );
      return;
    case 'decisionsChanged':
      if (tab === 'decisions') load(0, rows.length);
      return;
    case 'comparison':
      comparison.show(message.comparison);
      return;
    case 'chooseComparison':
      pair = { a: message.a, b: message.b };
      select('adapters');
      choosePair();
      return;
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
showFound(null);
send({ type: 'ready' });
