/** @file Learning, from the palette: train now, pause, resume, cancel, go back; export, import and delete the data. */
import * as vscode from 'vscode';
import type { AdapterId, RunId } from '../../../server/protocol/common.ts';
import type {
  DecisionFilter,
  DeleteDecisionsParams,
  DeleteDecisionsResult,
  ExportDecisionsParams,
  ExportDecisionsResult,
  ImportDecisionsParams,
  ImportDecisionsResult,
} from '../../../server/protocol/decisions.ts';
import type {
  ActivateAdapterParams,
  AdapterRow,
  AdaptersResult,
  DashboardResult,
  TrainParams,
  TrainResult,
} from '../../../server/protocol/learning.ts';
import { method } from '../../../server/protocol/messages.ts';
import type { StatusParams, TrainingStatus } from '../../../server/protocol/status.ts';
import type { DraftClient } from '../engine/client.ts';
import type { Dialogs } from '../messages/dialogs.ts';
import { nameOf, readLocally, writeLocally } from '../host/localFiles.ts';
import { say } from '../messages/say.ts';

const t = vscode.l10n.t;

export class TrainingCommands implements vscode.Disposable {
  readonly #client: DraftClient;
  readonly #dialogs: Dialogs;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscription: vscode.Disposable;
  readonly #dataChanged = new vscode.EventEmitter<void>();
  /** Decisions came or went, otherwise than by deciding. */
  readonly onDidChangeData = this.#dataChanged.event;
  /** The run that the writer started: its end is told, others only show in the dashboard. */
  #asked: RunId | undefined;
  #state: TrainingStatus['state'] = 'idle';

  constructor(client: DraftClient, dialogs: Dialogs, log: vscode.LogOutputChannel) {
    this.#client = client;
    this.#dialogs = dialogs;
    this.#log = log;
    this.#subscription = client.onStatus((status) => this.#followRun(status));
  }

  /** Of this window's learning. */
  get state(): TrainingStatus['state'] {
    return this.#state;
  }

  async train(): Promise<void> {
    const { runId } = await this.#client.request<TrainResult>(method.train, {
      why: 'user',
    } satisfies TrainParams);
    this.#asked = runId;
  }

  async pause(): Promise<void> {
    await this.#client.request(method.pauseTraining, {});
  }

  async resume(): Promise<void> {
    await this.#client.request(method.resumeTraining, {});
  }

  async cancel(): Promise<void> {
    await this.#client.request(method.cancelTraining, {});
  }

  /** Activates the parent of the active adapter: the one that wrote before it. What ships was there first, before any decision. */
  async goBack(): Promise<void> {
    const { adapters } = await this.#client.request<AdaptersResult>(method.adapters, {});
    const active = adapters.find((adapter) => adapter.active);
    if (!active || active.decisions === 0) {
      await this.#dialogs.ask({ severity: 'info', message: t('There is no earlier adapter.'), buttons: [] });
      return;
    }
    await this.activate(previousUsable(active, adapters));
  }

  /** After many rejections in a row of decisions. */
  async offerToGoBack(): Promise<void> {
    const goBack = t('Go Back');
    const answer = await this.#dialogs.ask({
      severity: 'info',
      message: t('You kept the original 10 of the last 12 times. Go back to the previous adapter?'),
      buttons: [goBack],
    });
    if (answer === goBack) await this.goBack();
  }

  /** @param filter which; all where none is given */
  async exportDecisions(filter?: DecisionFilter): Promise<void> {
    const formats = [
      { label: 'JSON Lines', description: t('as TRL reads preferences'), format: 'jsonl' as const },
      { label: 'CSV', description: t('for spreadsheets'), format: 'csv' as const },
      { label: 'Parquet', description: t('for data tools'), format: 'parquet' as const },
    ];
    const picked = await vscode.window.showQuickPick(formats, { placeHolder: t('Export decisions as') });
    if (!picked) return;
    const target = await vscode.window.showSaveDialog({
      saveLabel: t('Export'),
      filters: { [picked.label]: [picked.format] },
    });
    if (!target) return;
    const { rows } = await writeLocally(target, (path) => {
      const params: ExportDecisionsParams = { format: picked.format, path, ...(filter && { filter }) };
      return this.#client.request<ExportDecisionsResult>(method.exportDecisions, params);
    });
    say(rows === 1 ? t('1 row exported') : t('{0} rows exported', rows));
  }

  /** Takes in what was exported as JSON Lines; what is here already is not taken twice. */
  async importDecisions(): Promise<void> {
    const [file] =
      (await vscode.window.showOpenDialog({
        canSelectMany: false,
        openLabel: t('Import'),
        filters: { 'JSON Lines': ['jsonl'] },
      })) ?? [];
    if (!file) return;
    const { imported, alreadyThere } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: t('Importing {0}', nameOf(file)) },
      () =>
        readLocally(file, (path) =>
          this.#client.request<ImportDecisionsResult>(method.importDecisions, {
            path,
          } satisfies ImportDecisionsParams),
        ),
    );
    this.#dataChanged.fire();
    await this.#dialogs.ask({
      severity: 'info',
      message:
        alreadyThere === 0
          ? t('Decisions imported: {0}.', imported)
          : t('Decisions imported: {0}; here already: {1}.', imported, alreadyThere),
      buttons: [],
    });
  }

  /** Names the adapters that saw the decisions before they go too. */
  async deleteAll(): Promise<void> {
    const { adapters } = await this.#client.request<AdaptersResult>(method.adapters, {});
    const own = adapters.filter((adapter) => adapter.decisions > 0);
    const [decisionsOnly, everything] = [t('Delete Decisions'), t('Delete Decisions and Adapters')];
    const answer = await this.#dialogs.ask({
      severity: 'warning',
      message: t('Delete all decisions that Second Draft has kept?'),
      detail:
        own.length === 0
          ? t('No adapter has learned from them.')
          : t('Adapters that have learned from them: {0}.', own.map((adapter) => adapter.id).join(', ')),
      modal: true,
      buttons: own.length === 0 ? [decisionsOnly] : [everything, decisionsOnly],
    });
    if (answer === undefined) return;
    const params: DeleteDecisionsParams = { what: 'all', adaptersToo: answer === everything };
    const result = await this.#client.request<DeleteDecisionsResult>(method.deleteDecisions, params);
    this.#dataChanged.fire();
    say(result.deleted === 1 ? t('1 decision deleted') : t('{0} decisions deleted', result.deleted));
    await tellStillLearning(result, this.#dialogs);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#dataChanged.dispose();
  }

  /** Writes with this adapter from now on; null: with the plain model. */
  async activate(id: AdapterId | null): Promise<void> {
    await this.#client.request(method.activateAdapter, { id } satisfies ActivateAdapterParams);
    say(id === null ? t('The plain model is in use') : t('Adapter {0} is in use', id));
  }

  #followRun({ training }: StatusParams): void {
    this.#state = training.state;
    void vscode.commands.executeCommand('setContext', 'secondDraft.training', training.state);
    if (training.state !== 'idle' || this.#asked === undefined) return;
    const runId = this.#asked;
    this.#asked = undefined;
    this.#tellVerdict(runId).catch((error: unknown) =>
      this.#log.warn('The verdict could not be told', error),
    );
  }

  async #tellVerdict(runId: RunId): Promise<void> {
    const { runs, adapters } = await this.#client.request<DashboardResult>(method.dashboard, {});
    const verdict = runs.find((run) => run.id === runId)?.verdict;
    if (!verdict) return;
    if (verdict.kind === 'cancelled') return;
    const [compare, goBack, open] = [t('Compare'), t('Go Back'), t('Open Dashboard')];
    const answer = await this.#dialogs.ask({
      severity: verdict.kind === 'failed' ? 'warning' : 'info',
      message: verdict.sentence,
      buttons: verdict.kind === 'promoted' ? [compare, goBack] : [open],
    });
    const learned = adapters.findLast((adapter) => adapter.verdict?.kind === 'promoted');
    if (answer === goBack) await this.goBack();
    else if (answer === compare && learned) {
      const before = previousUsable(learned, adapters);
      await vscode.commands.executeCommand('secondDraft.compareAdapters', learned.id, before);
    } else if (answer !== undefined) await vscode.commands.executeCommand('secondDraft.openDashboard');
  }
}

/** A run that another window did not end holds a copy of what was deleted. */
export async function tellStillLearning(
  { stillLearning }: DeleteDecisionsResult,
  dialogs: Dialogs,
): Promise<void> {
  if (stillLearning !== true) return;
  await dialogs.ask({
    severity: 'warning',
    message: t('Another window still learns from what was deleted. Cancel learning there, and delete again.'),
    buttons: [],
  });
}

/** The nearest ancestor that can be used; null, the plain model, where there is none. */
function previousUsable(active: AdapterRow, adapters: readonly AdapterRow[]): AdapterId | null {
  const byId = new Map(adapters.map((adapter) => [adapter.id, adapter]));
  let id = active.parent;
  while (id !== null) {
    const adapter = byId.get(id);
    if (adapter?.refused === null) return id;
    id = adapter?.parent ?? null;
  }
  return null;
}
