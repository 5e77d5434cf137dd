/** @file What stands in the place of accepted ghost text after 20 seconds, 2 and 10 minutes: the writer's own final wording of it. */
import * as vscode from 'vscode';
import type { DecideParams } from '../../../server/protocol/decisions.ts';
import type { Offer } from './inlineSignals.ts';
import { growWithin, inOrder, plainChange, type WrittenRange } from '../text/rangeTracking.ts';

const looks = [20_000, 120_000, 600_000];

interface Followed {
  readonly document: vscode.TextDocument;
  readonly offer: Offer;
  range: WrittenRange;
  lastText: string;
  readonly timers: readonly ReturnType<typeof setTimeout>[];
}

export class KeptText implements vscode.Disposable {
  readonly #record: (document: vscode.TextDocument, params: DecideParams) => void;
  readonly #followed = new Set<Followed>();
  readonly #subscriptions = [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      for (const followed of this.#followed) {
        if (followed.document !== document) continue;
        followed.range = inOrder(contentChanges.map(plainChange)).reduce(growWithin, followed.range);
      }
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      for (const followed of this.#followed) if (followed.document === document) this.#forget(followed);
    }),
  ];

  constructor(record: (document: vscode.TextDocument, params: DecideParams) => void) {
    this.#record = record;
  }

  follow(document: vscode.TextDocument, offer: Offer): void {
    const followed: Followed = {
      document,
      offer,
      range: { start: offer.offset, end: offer.offset + offer.text.length },
      lastText: offer.text,
      timers: looks.map((ms, index) =>
        setTimeout(() => this.#look(followed, index === looks.length - 1), ms),
      ),
    };
    this.#followed.add(followed);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const followed of this.#followed) this.#forget(followed);
  }

  #look(followed: Followed, isLast: boolean): void {
    const { document, offer, range, lastText } = followed;
    const text = document.getText(
      new vscode.Range(document.positionAt(range.start), document.positionAt(range.end)),
    );
    if (text !== lastText) {
      followed.lastText = text;
      const { contextId, candidateId } = offer;
      this.#record(document, { contextId, candidateId, kind: 'edited', finalText: text });
    }
    if (isLast) this.#forget(followed);
  }

  #forget(followed: Followed): void {
    for (const timer of followed.timers) clearTimeout(timer);
    this.#followed.delete(followed);
  }
}
