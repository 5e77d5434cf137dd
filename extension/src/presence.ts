/** @file Tells the server how long the writer has been idle and what they said about keeping decisions: it learns only meanwhile. */
import * as vscode from 'vscode';
import type { DraftClient } from './client.ts';
import type { Consent } from './consent.ts';

const everyMs = 30_000;

export class Presence implements vscode.Disposable {
  readonly #client: DraftClient;
  readonly #consent: Consent;
  readonly #log: vscode.LogOutputChannel;
  readonly #now: () => number;
  readonly #subscriptions: vscode.Disposable[];
  readonly #timer: ReturnType<typeof setInterval>;
  #lastKey: number;

  constructor(client: DraftClient, consent: Consent, log: vscode.LogOutputChannel, now: () => number) {
    this.#client = client;
    this.#consent = consent;
    this.#log = log;
    this.#now = now;
    this.#lastKey = now();
    const tell = () => this.#tell();
    this.#timer = setInterval(tell, everyMs);
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument(() => this.#typed()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#typed()),
      consent.onDidChange(tell),
      client.onDidStart(tell),
    ];
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** The server hears of the first key after a pause at once, and of the rest with the next beat. */
  #typed(): void {
    const idleMs = this.#now() - this.#lastKey;
    this.#lastKey = this.#now();
    if (idleMs > everyMs) this.#tell();
  }

  #tell(): void {
    const params = { consent: this.#consent.answer, idleMs: this.#now() - this.#lastKey };
    this.#client.presence(params).catch((error: unknown) => this.#log.debug('Presence was not told', error));
  }
}
