import { describe, expect, it } from 'vitest';
import { WorkspaceFolders } from '../../../server/src/lsp/workspaceFolders.ts';

const folder = (uri: string) => ({ uri, name: '' });

describe('the folder of a document', () => {
  it('is the innermost open one that holds it, or none', () => {
    const folders = new WorkspaceFolders([folder('file:///texts'), folder('file:///texts/book')]);
    expect(folders.of('file:///texts/book/one.md')).toBe('file:///texts/book');
    expect(folders.of('file:///texts/bookshelf.md')).toBe('file:///texts');
    expect(folders.of('file:///home/letter.md')).toBe('');
    expect(folders.of('untitled:Untitled-1')).toBe('');
    expect(new WorkspaceFolders([folder('file:///')]).of('file:///letter.md')).toBe('file:///');
  });

  it('is that of the notebook for a cell, here and on another machine', () => {
    const folders = new WorkspaceFolders([folder('file:///texts'), folder('vscode-remote://ssh/work')]);
    expect(folders.of('vscode-notebook-cell:/texts/one.ipynb#W0')).toBe('file:///texts');
    expect(folders.of('vscode-notebook-cell://ssh/work/one.ipynb#W0')).toBe('vscode-remote://ssh/work');
    expect(folders.of('vscode-notebook-cell:/work/one.ipynb#W0')).toBe('');
  });

  it('follows what is opened and closed', () => {
    const folders = new WorkspaceFolders([folder('file:///texts')]);
    folders.change({ added: [folder('file:///home')], removed: [folder('file:///texts')] });
    expect(folders.of('file:///texts/one.md')).toBe('');
    expect(folders.of('file:///home/letter.md')).toBe('file:///home');
  });
});
