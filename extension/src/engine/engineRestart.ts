/** @file The settings that the writing engine reads at its start only: where one changes, a restart is offered. Built in extension.ts. */
import * as vscode from 'vscode';
import type { Settings } from '../../../server/protocol/settings.ts';
import type { DraftClient } from './client.ts';
import { onDidChangeEngineSettings, setSetting } from '../settings/config.ts';
import type { Dialogs } from '../messages/dialogs.ts';

export interface RestartDependencies {
  readonly client: Pick<DraftClient, 'restart'>;
  readonly dialogs: Dialogs;
  /** Whether something is being written or learned. */
  readonly isBusy: () => boolean;
  readonly onError: (error: unknown) => void;
}

export class EngineRestart implements vscode.Disposable {
  readonly #deps: RestartDependencies;
  readonly #subscription: vscode.Disposable;
  /** The question is open. */
  #asks = false;
  /** The change is our own. */
  #changes = false;

  constructor(dependencies: RestartDependencies) {
    this.#deps = dependencies;
    this.#subscription = onDidChangeEngineSettings(() => {
      if (this.#asks || this.#changes) return;
      this.#asks = true;
      this.#offer()
        .catch(dependencies.onError)
        .finally(() => (this.#asks = false));
    });
  }

  /** Changes `engine.gpu` and restarts: a button was pressed for it. `auto` takes the setting back. */
  async useGpu(gpu: Settings['engine']['gpu']): Promise<void> {
    this.#changes = true;
    try {
      await setSetting('engine.gpu', gpu === 'auto' ? undefined : gpu);
    } finally {
      this.#changes = false;
    }
    await this.#deps.client.restart();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #offer(): Promise<void> {
    const { client, dialogs, isBusy } = this.#deps;
    const t = vscode.l10n.t;
    const restart = t('Restart Now');
    let said: boolean;
    do {
      said = isBusy();
      const message = said
        ? t(
            'The writing engine has to restart for the new setting. That ends what it is writing or learning.',
          )
        : t('The writing engine has to restart for the new setting.');
      const answer = await dialogs.ask({ severity: 'info', message, buttons: [restart] });
      if (answer !== restart) return;
    } while (!said && isBusy()); // something was begun since
    await client.restart();
  }
}
