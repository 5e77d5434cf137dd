/** @file The folders that are open in the editor: of which one a document is. */
import type { WorkspaceFolder, WorkspaceFoldersChangeEvent } from 'vscode-languageserver';

export class WorkspaceFolders {
  #uris: ReadonlySet<string>;

  constructor(folders: readonly WorkspaceFolder[]) {
    this.#uris = new Set(folders.map(({ uri }) => uri));
  }

  change({ added, removed }: WorkspaceFoldersChangeEvent): void {
    const uris = new Set(this.#uris);
    for (const { uri } of removed) uris.delete(uri);
    for (const { uri } of added) uris.add(uri);
    this.#uris = uris;
  }

  /** The address of the innermost folder that holds this document; '' where none does. */
  of(document: string): string {
    let found = '';
    for (const uri of this.#uris) {
      const inside = document.startsWith(uri.endsWith('/') ? uri : `${uri}/`);
      if (inside && uri.length > found.length) found = uri;
    }
    return found;
  }
}
