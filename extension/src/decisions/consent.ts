/** @file The one question about keeping decisions, and its answer. Asked at the first decision; nothing is written before OK. */
import * as vscode from 'vscode';
import type { PresenceParams } from '../../../server/protocol/status.ts';
import type { Dialogs } from '../messages/dialogs.ts';

export type ConsentAnswer = PresenceParams['consent'];

const key = 'consent';
/** How soon an answer in the status menu, or in another window, is noticed. */
const lookMs = 1000;

export class Consent implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #dialogs: Dialogs;
  readonly #changed = new vscode.EventEmitter<ConsentAnswer>();
  #asking: Promise<ConsentAnswer> | undefined;
  /** The writer closed the question: not now, and not again before the next start. */
  #putAway = false;
  readonly onDidChange = this.#changed.event;

  /** `memory` is the extension's global state, which is not synced. */
  constructor(memory: vscode.Memento, dialogs: Dialogs) {
    this.#memory = memory;
    this.#dialogs = dialogs;
  }

  get answer(): ConsentAnswer {
    const stored = this.#memory.get<string>(key);
    return stored === 'given' || stored === 'refused' ? stored : 'unasked';
  }

  async set(answer: ConsentAnswer): Promise<void> {
    await this.#memory.update(key, answer === 'unasked' ? undefined : answer);
    this.#changed.fire(answer);
  }

  /** The answer; asks if there is none yet, once at a time and, where it was put away, once in a session: it stays 'unasked' then. */
  async ask(): Promise<ConsentAnswer> {
    if (this.answer !== 'unasked' || this.#putAway) return this.answer;
    this.#asking ??= this.#answered().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  /** The answer to the question, or one that was given in another place meanwhile: a question that VS Code has hidden is never closed. */
  async #answered(): Promise<ConsentAnswer> {
    let timer: ReturnType<typeof setInterval> | undefined;
    const elsewhere = new Promise<ConsentAnswer>((resolve) => {
      timer = setInterval(() => {
        if (this.answer !== 'unasked') resolve(this.answer);
      }, lookMs);
    });
    try {
      return await Promise.race([this.#question(), elsewhere]);
    } finally {
      clearInterval(timer);
    }
  }

  async #question(): Promise<ConsentAnswer> {
    const t = vscode.l10n.t;
    const [ok, refuse, what] = [t('OK'), t("Don't Keep"), t('What Is Kept?')];
    const ask = (...buttons: string[]) =>
      this.#dialogs.ask({
        severity: 'info',
        message: t(
          'Second Draft keeps your decisions on this computer to learn how you write. Nothing is sent.',
        ),
        buttons,
      });
    let answer = await ask(ok, refuse, what);
    if (answer === what) {
      await vscode.commands.executeCommand('secondDraft.whatIsKept');
      // Who has read it can answer.
      answer = await ask(ok, refuse);
    }
    if (answer === ok) await this.set('given');
    else if (answer === refuse) await this.set('refused');
    else this.#putAway = true;
    return this.answer;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
