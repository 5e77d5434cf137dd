/**
 * @file The seam through which every question to the writer passes, so that a test host, which has nobody to press a button
 * and in which modal dialogs throw, can answer.
 */
import * as vscode from 'vscode';

export interface Question {
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly detail?: string;
  readonly modal?: boolean;
  readonly buttons: readonly string[];
}

/** The title of the button that was pressed; undefined when it was closed. */
export type Answer = string | undefined;

export class Dialogs {
  #ask: (question: Question) => Promise<Answer> = showMessage;

  ask(question: Question): Promise<Answer> {
    return this.#ask(question);
  }

  /** Answers questions by a function instead of a person, until disposed. */
  answerWith(answer: (question: Question) => Answer): vscode.Disposable {
    this.#ask = (question) => Promise.resolve(answer(question));
    return new vscode.Disposable(() => {
      this.#ask = showMessage;
    });
  }
}

async function showMessage(question: Question): Promise<Answer> {
  const show = {
    info: vscode.window.showInformationMessage,
    warning: vscode.window.showWarningMessage,
    error: vscode.window.showErrorMessage,
  }[question.severity];
  const options: vscode.MessageOptions = { modal: question.modal ?? false };
  if (question.detail !== undefined) options.detail = question.detail;
  return await show<string>(question.message, options, ...question.buttons);
}
