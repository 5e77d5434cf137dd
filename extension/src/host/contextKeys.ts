/** @file Sets the context keys `secondDraft.*`, which keys and menus of package.json ask for. */
import * as vscode from 'vscode';

export function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', `secondDraft.${key}`, value);
}

/** What is under review, and whether the writer looks at it. */
export interface ReviewFacts {
  readonly isWriting: boolean;
  readonly candidates: number;
  readonly hasCurrent: boolean;
  /** It can only be copied. */
  readonly isReadOnly: boolean;
  /** The active editor shows the text under review or a diff of it. */
  readonly isInFront: boolean;
}

/** For keys: what is under review in the active editor. For the zone's toolbar and the palette: what is anywhere. */
export function setReviewContexts(facts: ReviewFacts): void {
  const { isWriting, candidates, hasCurrent, isReadOnly, isInFront } = facts;
  setContext('generating', isWriting && isInFront);
  setContext('reviewActive', hasCurrent && isInFront);
  setContext('writingAnywhere', isWriting);
  setContext('reviewAnywhere', hasCurrent);
  setContext('readOnly', isReadOnly);
  // A thread's own context value reaches its toolbar or not, depending on when it changes.
  setContext('severalCandidates', candidates > 1);
}
