/** @file Tells the server how long the writer has been idle and what they said about keeping decisions: it learns only meanwhile. */
import * as vscode from 'vscode';
import type { DraftClient } from '../engine/client.ts';
import type { Consent } from './consent.ts';

const everyMs = 30_000;
/** While somebody types, the server hears of it this often: it pauses learning meanwhile. */
const everyWhileTypingMs = 10_000;

export class Presence implements vscode.Disposable {
  readonly #client: DraftClient;
  readonly #consent: Consent;
  readonly #log: vscode.LogOutputChannel;
  readonly #now: () => number;
  readonly #subscriptions: vscode.Disposable[];
  readonly #timer: ReturnType<typeof setInterval>;
  #lastKey: number;
  #lastTold = -Infinity;

  constructor(client: DraftClient, consent: Consent, log: vscode.LogOutputChannel, now: () => number) {
    this.#client = client;
    this.#consent = consent;
    this.#log = log;
    this.#now = now;
    this.#lastKey = now();
    const tell = () => this.#tell();
    this.#timer = setInterval(tell, everyMs);
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // Logs grow by themselves.
        if (contentChanges.length > 0 && document.uri.scheme !== 'output') this.#typed();
      }),
      vscode.window.onDidChangeTextEditorSelection(() => this.#typed()),
      consent.onDidChange(tell),
      client.onDidStart(tell),
    ];
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** The server hears of the first key at once, and of those that follow now and then. */
  #typed(): void {
    this.#lastKey = this.#now();
    if (Math.abs(this.#now() - this.#lastTold) >= everyWhileTypingMs) this.#tell();
  }

  #tell(): void {
    this.#lastTold = this.#now();
    const idleMs = Math.max(0, this.#now() - this.#lastKey); // the clock may have been set back
    const params = { consent: this.#consent.answer, idleMs };
    this.#client.presence(params).catch((error: unknown) => this.#log.debug('Presence was not told', error));
  }
}
