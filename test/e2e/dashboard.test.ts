import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, closeEverything, run, until } from './support.ts';

const viewType = 'mainThreadWebview-secondDraft.dashboard';

function tabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter((tab) => tab.input instanceof vscode.TabInputWebview && tab.input.viewType === viewType);
}

describe('the dashboard', () => {
  before(activated);
  afterEach(closeEverything);

  it('opens in an editor tab, once', async () => {
    await run('openDashboard');
    await until('the tab', () => tabs().length === 1);
    assert.equal(tabs()[0]?.label, 'Second Draft');
    await run('openDashboard');
    await run('explainLearning');
    await run('openDashboard');
    assert.equal(tabs().length, 1);
    assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, 'Second Draft');
  });
});
