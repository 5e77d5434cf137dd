/** @file The one status item and the menu behind it. */
import * as vscode from 'vscode';
import type { StatusParams } from '../../../server/protocol/status.ts';
import {
  documentSettings,
  onDidChangeCopilot,
  onDidChangeSettings,
  suggestsOnPause,
  yieldsToCopilotIn,
} from '../settings/config.ts';
import type { Disposable } from '../host/disposable.ts';
import { DownloadPace } from './downloadPace.ts';
import type { GhostText } from '../ghost/ghostText.ts';
import { isProse } from '../settings/prose.ts';
import type { ReviewController } from '../review/reviewController.ts';
import { statusText, type StatusFacts } from './statusText.ts';

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('status', vscode.StatusBarAlignment.Right, 90);
  readonly #reviews: ReviewController;
  readonly #ghost: GhostText;
  readonly #subscriptions: Disposable[];
  readonly #pace = new DownloadPace();
  readonly #now: () => number;
  #server: StatusParams | null = null;

  constructor(reviews: ReviewController, ghost: GhostText, now: () => number) {
    this.#now = now;
    this.#reviews = reviews;
    this.#ghost = ghost;
    this.#item.name = 'Second Draft';
    this.#item.command = 'secondDraft.showMenu';
    const draw = () => this.#draw();
    this.#subscriptions = [
      this.#item,
      reviews.onDidChangeReview(draw),
      ghost.onDidChange(draw),
      vscode.window.onDidChangeActiveTextEditor(draw),
      onDidChangeSettings(draw),
      onDidChangeCopilot(draw),
    ];
    this.#draw();
    this.#item.show();
  }

  get server(): StatusParams | null {
    return this.#server;
  }

  set server(status: StatusParams | null) {
    this.#server = status;
    this.#pace.note(status?.status, this.#now());
    this.#draw();
  }

  /** Whether something is being written for a review, or learned, as far as this window knows. */
  get isBusy(): boolean {
    const training = this.#server?.training.state;
    return this.#writing() !== null || training === 'running' || training === 'paused';
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #draw(): void {
    const { text, tooltip, isError } = statusText(this.#facts(), vscode.l10n.t);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: `Second Draft: ${tooltip}`, role: 'button' };
    this.#item.backgroundColor = isError ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  }

  #facts(): StatusFacts {
    const document = vscode.window.activeTextEditor?.document;
    const server = this.#server;
    // The server speaks of the window; a folder or a language may be left out.
    const leftOut = document !== undefined && !documentSettings(document).record;
    return {
      server: server && leftOut ? { ...server, recording: false } : server,
      writing: this.#writing(),
      quiet: this.#quiet(document),
      yieldsToCopilot: document !== undefined && yieldsToCopilotIn(document),
      downloadLeftMs: this.#pace.leftMs,
    };
  }

  #writing(): StatusFacts['writing'] {
    const { review } = this.#reviews;
    if (!review || (review.state !== 'waiting' && review.state !== 'writing')) return null;
    return review.candidates.length === 0 ? 'leader' : 'follower';
  }

  #quiet(document: vscode.TextDocument | undefined): StatusFacts['quiet'] {
    const until = this.#ghost.pausedUntil;
    if (until !== null) return { until };
    if (!document || !isProse(document.languageId) || suggestsOnPause(document)) return null;
    // On demand is what the writer asked for, not something that is off.
    if (documentSettings(document).inlineTrigger === 'onDemand') return null;
    return { language: languageName(document.languageId) };
  }
}

/** `Markdown` for `markdown`; the identifier has to do, as the API has no names. */
export function languageName(languageId: string): string {
  const known: Readonly<Record<string, string>> = {
    latex: 'LaTeX',
    tex: 'TeX',
    plaintext: 'Plain Text',
    restructuredtext: 'reStructuredText',
    asciidoc: 'AsciiDoc',
    mdx: 'MDX',
    'git-commit': 'Git Commit Message',
  };
  return known[languageId] ?? languageId.charAt(0).toUpperCase() + languageId.slice(1);
}
