/** @file How modules without `vscode` get their words translated: they are handed `vscode.l10n.t`. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;

/** The English text with `{0}` … filled in; what `vscode.l10n.t` does without a bundle. */
export const inEnglish: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (hole, index: string) => String(args[Number(index)] ?? hole));
