import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, extensionId } from './support.ts';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
  readonly enabledApiProposals?: readonly string[];
}

describe('the packaged extension', () => {
  it('has a command behind every title', async () => {
    await activated();
    const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON as Manifest;
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands
      .map(({ command }) => command)
      .filter((command) => !known.has(command));
    assert.deepEqual(missing, []);
  });

  it('asks for no proposed API', () => {
    const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON as Manifest;
    assert.equal(manifest.enabledApiProposals, undefined);
  });

  it('keeps the Comments panel closed', () => {
    assert.equal(vscode.workspace.getConfiguration('comments').get('openView'), 'never');
  });
});
