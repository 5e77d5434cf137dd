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

  /** The address of the innermost folder that holds this document, or the notebook of this cell; '' where none does. */
  of(document: string): string {
    const place = placeOf(document);
    let found = '';
    for (const uri of this.#uris) {
      const folder = document.startsWith(cellScheme) ? placeOf(uri) : uri;
      const inside = (document.startsWith(cellScheme) ? place : document).startsWith(
        folder.endsWith('/') ? folder : `${folder}/`,
      );
      if (inside && uri.length > found.length) found = uri;
    }
    return found;
  }
}

const cellScheme = 'vscode-notebook-cell:';

/** Without the scheme: a cell's address has another one than its notebook's. */
function placeOf(uri: string): string {
  return uri.replace(/^[a-z][a-z\d+.-]*:(?:\/\/(?=\/))?/i, '');
}
