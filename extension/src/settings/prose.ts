/** @file The languages that are prose. Pure; package.json's activation events and key bindings name the same ones (a test holds them together). */
export const proseLanguages = [
  'markdown',
  'plaintext',
  'latex',
  'tex',
  'restructuredtext',
  'asciidoc',
  'typst',
  'org',
  'mdx',
  'quarto',
  'git-commit',
] as const;

export function isProse(languageId: string): boolean {
  return (proseLanguages as readonly string[]).includes(languageId);
}

/** Documents that are neither text of the writer's nor theirs to change: output, and the boxes that comment zones make. */
const excludedSchemes = new Set([
  'output',
  'comment',
  'vscode-terminal',
  'vscode-chat-editor',
  'chat-editing-text-model',
]);

export function isExcluded(scheme: string): boolean {
  return excludedSchemes.has(scheme);
}
