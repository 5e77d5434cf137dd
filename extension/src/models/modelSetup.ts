/** @file Choosing, downloading, importing and deleting models. Nothing is downloaded that was not picked here. */
import * as vscode from 'vscode';
import { method } from '../../../server/protocol/messages.ts';
import type {
  ImportModelParams,
  LeftoverRow,
  ModelFit,
  ModelParams,
  ModelRow,
  ModelsResult,
} from '../../../server/protocol/models.ts';
import type { DraftClient } from '../engine/client.ts';
import { resetModelSettings } from '../settings/config.ts';
import type { Dialogs } from '../messages/dialogs.ts';
import { bytes, percent } from '../messages/format.ts';
import { nameOf, readLocally } from '../host/localFiles.ts';
import { say } from '../messages/say.ts';

interface ModelItem extends vscode.QuickPickItem {
  readonly model?: ModelRow;
  readonly action?: 'import' | 'server';
}

/** What was pressed in the picker: a line, or the button at its end. */
interface Picked {
  readonly item: ModelItem;
  readonly pressed: 'item' | 'delete';
}

const t = vscode.l10n.t;

export class ModelSetup {
  readonly #client: DraftClient;
  readonly #dialogs: Dialogs;

  constructor(client: DraftClient, dialogs: Dialogs) {
    this.#client = client;
    this.#dialogs = dialogs;
  }

  /** The picker: what runs well here first; an installed model is used at once, another is downloaded first. */
  async choose(): Promise<void> {
    const models = await this.#client.request<ModelsResult>(method.models, {});
    const picked = await this.#pick(models);
    if (!picked) return;
    const { item, pressed } = picked;
    if (pressed === 'delete') {
      if (item.model) await this.#remove(item.model);
    } else if (item.action === 'import') await this.importFile();
    else if (item.action === 'server') {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'secondDraft.server.url');
    } else if (item.model) await this.use(item.model);
  }

  async use(model: ModelRow): Promise<void> {
    if (!model.installed && !model.bundled) {
      if (!(await this.download(model.id, model.title))) return;
    }
    await this.select(model.id);
  }

  /** As {@link use}, for a button that names a model. */
  async useById(id: string): Promise<void> {
    const { models } = await this.#client.request<ModelsResult>(method.models, {});
    const model = models.find((one) => one.id === id);
    if (model) await this.use(model);
  }

  async select(id: string): Promise<void> {
    await this.#switch(() => this.#client.request(method.selectModel, { id } satisfies ModelParams));
  }

  async useBundled(): Promise<void> {
    const { models } = await this.#client.request<ModelsResult>(method.models, {});
    const bundled = models.find((model) => model.bundled);
    if (bundled) await this.select(bundled.id);
  }

  /** True when it is complete; a cancelled download keeps its part and goes on from there next time. */
  async download(id: string, title = id): Promise<boolean> {
    return await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Downloading {0}', title),
        cancellable: true,
      },
      async (progress, token) => {
        let done = 0;
        const subscription = this.#client.onStatus(({ status }) => {
          if (status.state !== 'downloading') return;
          const now = percent(status.doneBytes, status.totalBytes);
          progress.report({
            increment: now - done,
            message: `${bytes(status.doneBytes)} / ${bytes(status.totalBytes)}`,
          });
          done = now;
        });
        try {
          await this.#client.request(method.downloadModel, { id } satisfies ModelParams, token);
          return !token.isCancellationRequested;
        } catch (error) {
          if (token.isCancellationRequested) return false;
          throw error;
        } finally {
          subscription.dispose();
        }
      },
    );
  }

  async importFile(): Promise<void> {
    const [file] =
      (await vscode.window.showOpenDialog({
        canSelectMany: false,
        openLabel: t('Import'),
        filters: { [t('GGUF models')]: ['gguf'] },
      })) ?? [];
    if (!file) return;
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Importing {0}', nameOf(file)),
      },
      () =>
        readLocally(file, (path) =>
          this.#switch(() => this.#client.request(method.importModel, { path } satisfies ImportModelParams)),
        ),
    );
  }

  /** Installed models and what lies beside them, damaged or unfinished, with what they take, to be deleted one by one. */
  async manage(): Promise<void> {
    const { models, leftovers } = await this.#client.request<ModelsResult>(method.models, {});
    const installed = models.filter((model) => model.installed && !model.bundled);
    if (installed.length + leftovers.length === 0) {
      await this.#dialogs.ask({
        severity: 'info',
        message: t('Only the bundled model is installed.'),
        buttons: [],
      });
      return;
    }
    const picked = await vscode.window.showQuickPick(
      [
        ...installed.map((file) => ({ label: file.title, description: bytes(file.sizeBytes), file })),
        ...leftovers.map((file) => ({
          label: file.title,
          description: `${bytes(file.sizeBytes)} · ${file.kind === 'damaged' ? t('damaged') : t('unfinished')}`,
          file,
        })),
      ],
      { placeHolder: t('Delete a model') },
    );
    if (picked) await this.#remove(picked.file);
  }

  /** What is picked writes: settings that would win over it are taken back, and put back where it can't be used. */
  async #switch(pick: () => Promise<unknown>): Promise<void> {
    const putBack = await resetModelSettings();
    try {
      // Before the request, whenever VS Code tells of the change.
      if (putBack) await this.#client.settingsChanged();
      await pick();
    } catch (error) {
      await putBack?.();
      throw error;
    }
    if (putBack) say(t('The settings that named another model were reset.'));
  }

  async #remove(model: ModelRow | LeftoverRow): Promise<void> {
    const remove = t('Delete');
    const answer = await this.#dialogs.ask({
      severity: 'warning',
      message: t('Delete {0}?', model.title),
      detail:
        'kind' in model || model.id.startsWith('own-') // a file of the writer's, which may be the only one
          ? t('This frees {0}.', bytes(model.sizeBytes))
          : t('This frees {0}. It can be downloaded again.', bytes(model.sizeBytes)),
      modal: true,
      buttons: [remove],
    });
    if (answer === remove)
      await this.#client.request(method.removeModel, { id: model.id } satisfies ModelParams);
  }

  async #pick(result: ModelsResult): Promise<Picked | undefined> {
    const picker = vscode.window.createQuickPick<ModelItem>();
    picker.title = t('Choose a Model');
    picker.placeholder = t('{0} of memory is free', bytes(result.freeBytes));
    picker.matchOnDetail = true;
    picker.items = modelItems(result.models);
    const selected = picker.items.find((item) => item.model?.selected);
    if (selected) picker.activeItems = [selected];
    return await new Promise((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        resolve(item && { item, pressed: 'item' });
        picker.hide();
      });
      picker.onDidTriggerItemButton(({ item }) => {
        resolve({ item, pressed: 'delete' });
        picker.hide();
      });
      picker.onDidHide(() => {
        resolve(undefined);
        picker.dispose();
      });
      picker.show();
    });
  }
}

function modelItems(models: readonly ModelRow[]): ModelItem[] {
  const groups: readonly [ModelFit, string][] = [
    ['runsWell', t('Runs well here')],
    ['slow', t('Runs slowly here')],
    ['tooLarge', t('Too large')],
  ];
  const items = groups.flatMap(([fit, label]) => {
    const rows = models.filter((model) => model.fit === fit);
    return rows.length === 0 ? [] : [separator(label), ...rows.map(modelItem)];
  });
  return [
    ...items,
    separator(t('Your own')),
    { label: `$(file-add) ${t('Import a GGUF File…')}`, action: 'import', alwaysShow: true },
    { label: `$(server) ${t('Use a Server…')}`, action: 'server', alwaysShow: true },
  ];
}

function modelItem(model: ModelRow): ModelItem {
  const size = model.bundled ? t('bundled') : bytes(model.sizeBytes);
  const here = model.installed && !model.bundled ? ` · ${t('installed')}` : '';
  return {
    model,
    label: model.selected ? `$(check) ${model.title}` : model.title,
    description: `${size} · ${t('needs {0}', bytes(model.needsBytes))}${here}`,
    detail: [model.goodFor, model.licence].filter(Boolean).join(' · '),
    buttons:
      model.installed && !model.bundled
        ? [{ iconPath: new vscode.ThemeIcon('trash'), tooltip: t('Delete {0}', model.title) }]
        : [],
  };
}

function separator(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
