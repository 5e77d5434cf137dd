/** @file The dashboard's panel: what its page (media/dashboard) asks is asked of the server, and what changes is told to it. */
import * as vscode from 'vscode';
import type {
  AdapterPair,
  FromDashboard,
  ShownDecision,
  ToDashboard,
} from '../../../server/protocol/dashboardMessages.ts';
import type {
  DecisionFilter,
  DecisionRow,
  DecisionsParams,
  DecisionsResult,
  DeleteDecisionsParams,
  DeleteDecisionsResult,
} from '../../../server/protocol/decisions.ts';
import type { ActivateAdapterParams, DashboardResult } from '../../../server/protocol/learning.ts';
import { method } from '../../../server/protocol/messages.ts';
import type { StatusParams } from '../../../server/protocol/status.ts';
import { AdapterComparison } from './adapterComparison.ts';
import type { DraftClient } from '../engine/client.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Dialogs } from '../messages/dialogs.ts';
import type { Disposable } from '../host/disposable.ts';
import { failureOf, type Failure } from '../messages/errors.ts';
import { tellStillLearning, type TrainingCommands } from './trainingCommands.ts';
import { mediaRoot, webviewPage } from '../host/webviewPage.ts';
import { diffWords } from '../text/wordDiff.ts';

export interface DashboardDependencies {
  readonly extensionUri: vscode.Uri;
  readonly client: DraftClient;
  readonly decisions: Decisions;
  readonly training: Pick<TrainingCommands, 'onDidChangeData'>;
  readonly dialogs: Dialogs;
  readonly showFailure: (failure: Failure) => void;
}

const viewType = 'secondDraft.dashboard';
const pageSize = 50;
/** What the server answers at once at most. */
const mostRows = 1000;
const t = vscode.l10n.t;

export class Dashboard implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #deps: DashboardDependencies;
  readonly #subscriptions: Disposable[];
  readonly #comparison: AdapterComparison;
  #panel: vscode.WebviewPanel | undefined;
  /** Whether the page listens: not before it said so, nor while another tab hides it. */
  #listens = false;
  /** What is to be compared when the page listens. */
  #pair: AdapterPair | undefined;
  #status: StatusParams | undefined;
  /** One look at the statistics at a time; what changes meanwhile asks for another. */
  #refreshing: 'no' | 'running' | 'again' = 'no';

  constructor(deps: DashboardDependencies) {
    this.#deps = deps;
    this.#comparison = new AdapterComparison(deps.client, Math.random, (comparison) =>
      this.#post({ type: 'comparison', comparison }),
    );
    this.#subscriptions = [
      deps.client.onStatus((status) => this.#statusChanged(status)),
      deps.decisions.onDidDecide(() => this.#changed()),
      deps.training.onDidChangeData(() => this.#changed()),
      vscode.window.registerWebviewPanelSerializer(viewType, this),
    ];
  }

  /** Opens the panel, or shows the one that is open; with a pair where these adapters can be compared. */
  open(pair?: AdapterPair): void {
    this.#pair = pair;
    if (this.#panel) {
      this.#panel.reveal();
      if (this.#listens) this.#choosePair();
      return;
    }
    const options = { enableScripts: true, retainContextWhenHidden: false };
    const title = t('Second Draft');
    this.#show(vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, options));
  }

  /** After a restart of the window; the page keeps its own state. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#show(panel);
    return Promise.resolve();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#comparison.end();
    this.#panel?.dispose();
  }

  #show(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#deps;
    const before = this.#panel;
    this.#panel = panel;
    before?.dispose(); // one that was restored while this was opened, or the other way round
    panel.webview.options = { enableScripts: true, localResourceRoots: [mediaRoot(extensionUri)] };
    panel.iconPath = new vscode.ThemeIcon('graph');
    panel.webview.onDidReceiveMessage((message: FromDashboard) => {
      this.#answer(message).catch((error: unknown) => this.#failed(error));
    });
    this.#listens = false;
    panel.onDidChangeViewState(() => {
      if (!panel.visible && this.#panel === panel) this.#listens = false; // its page goes, and says when it is there again
    });
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#comparison.end();
    });
    panel.webview.html = webviewPage(panel.webview, extensionUri, 'dashboard', 'Second Draft');
  }

  async #answer(message: FromDashboard): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#listens = true;
        if (this.#status) this.#post({ type: 'status', status: this.#status });
        this.#comparison.show();
        this.#choosePair();
        await this.#refresh();
        return;
      case 'command':
        await vscode.commands.executeCommand(`secondDraft.${message.command}`);
        this.#changed();
        return;
      case 'activate':
        await this.#deps.client.request(method.activateAdapter, {
          id: message.id,
        } satisfies ActivateAdapterParams);
        await this.#refresh();
        return;
      case 'load':
        await this.#load(message.filter, message.offset, Math.max(pageSize, message.atLeast));
        return;
      case 'export':
        await vscode.commands.executeCommand('secondDraft.exportDecisions', message.filter);
        return;
      case 'deleteOne':
        await this.#delete({ what: 'ids', ids: [message.id] });
        return;
      case 'deleteMatching':
        await this.#deleteMatching(message.filter, message.description);
        return;
      case 'compare': {
        const { a, b, text } = message;
        await this.#comparison.start({ a, b }, text);
        return;
      }
      case 'stopComparing':
        this.#comparison.stop();
        return;
      case 'pick':
        try {
          await this.#comparison.pick(message.contextId, message.picked);
        } finally {
          this.#changed();
        }
    }
  }

  #choosePair(): void {
    if (this.#pair) this.#post({ type: 'chooseComparison', ...this.#pair });
    this.#pair = undefined;
  }

  async #load(filter: DecisionFilter, offset: number, limit: number): Promise<void> {
    const params: DecisionsParams = { filter, offset, limit: Math.min(limit, mostRows) };
    const { rows, total } = await this.#deps.client.request<DecisionsResult>(method.decisions, params);
    this.#post({ type: 'decisions', filter, offset, rows: rows.map(withDiff), total });
  }

  async #deleteMatching(filter: DecisionFilter, description: string): Promise<void> {
    const remove = t('Delete');
    const answer = await this.#deps.dialogs.ask({
      severity: 'warning',
      message: t('Delete {0}?', description),
      detail: t(
        'The texts go too. Adapters that have learned from them stay; Delete All Data… can remove them.',
      ),
      modal: true,
      buttons: [remove],
    });
    if (answer === remove) await this.#delete({ what: 'filter', filter });
  }

  async #delete(params: DeleteDecisionsParams): Promise<void> {
    const result = await this.#deps.client.request<DeleteDecisionsResult>(method.deleteDecisions, params);
    this.#changed();
    await tellStillLearning(result, this.#deps.dialogs);
  }

  #statusChanged(status: StatusParams): void {
    const before = this.#status;
    this.#status = status;
    this.#post({ type: 'status', status });
    const { training } = status;
    const stepped =
      training.state === 'running' &&
      before?.training.state === 'running' &&
      training.step !== before.training.step;
    const switched =
      status.status.state === 'ready' &&
      (before?.status.state !== 'ready' || before.status.adapter !== status.status.adapter);
    if (before?.training.state !== training.state || before.recording !== status.recording || switched)
      this.#changed();
    else if (stepped) this.#refresh().catch((error: unknown) => this.#missed(error));
  }

  /** The numbers, and the list of decisions that the page shows, may be others now. */
  #changed(): void {
    if (!this.#panel) return;
    this.#post({ type: 'decisionsChanged' });
    this.#refresh().catch((error: unknown) => this.#missed(error));
  }

  async #refresh(): Promise<void> {
    if (!this.#panel) return;
    if (this.#refreshing !== 'no') {
      this.#refreshing = 'again';
      return;
    }
    this.#refreshing = 'running';
    try {
      const dashboard = await this.#deps.client.request<DashboardResult>(method.dashboard, {});
      this.#post({ type: 'overview', dashboard });
    } finally {
      const again = (this.#refreshing as string) === 'again';
      this.#refreshing = 'no';
      if (again) await this.#refresh();
    }
  }

  /** What the writer asked for. */
  #failed(error: unknown): void {
    this.#missed(error);
    this.#deps.showFailure(failureOf(error));
  }

  /** What nobody asked for is said on the page alone. */
  #missed(error: unknown): void {
    this.#post({ type: 'failed', message: failureOf(error).message });
  }

  #post(message: ToDashboard): void {
    void this.#panel?.webview.postMessage(message);
  }
}

/** What was decided on against the original; where the writer's own words stand at the end, these. */
function withDiff(row: DecisionRow): ShownDecision {
  return { ...row, diff: diffWords(row.original, row.finalText ?? row.candidate ?? row.original) };
}
