import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GhostText } from '../../../extension/src/ghost/ghostText.ts';
import type { ReviewController } from '../../../extension/src/review/reviewController.ts';
import { StatusBar } from '../../../extension/src/status/statusBar.ts';
import type { RunId } from '../../../server/protocol/common.ts';
import { FakeDocument, host, Uri } from '../../support/fakeVscode.ts';

vi.mock('vscode', async () => (await import('../../support/fakeVscode.ts')).fakeVscode());

const never = () => ({ dispose: () => undefined });

describe('the status item beside Copilot', () => {
  let bar: StatusBar;

  beforeEach(() => {
    host.reset();
    host.extensions['github.copilot'] = {};
    host.activate(new FakeDocument(Uri.file('/a.md'), 'A text.'));
    bar = new StatusBar(
      { review: undefined, onDidChangeReview: never } as unknown as ReviewController,
      { pausedUntil: null, onDidChange: never } as unknown as GhostText,
      () => 0,
    );
  });

  afterEach(() => {
    bar.dispose();
  });

  it('follows Copilot’s own setting', () => {
    expect(host.statusItem.tooltip).toBe('Off in Markdown: Copilot is on here');
    host.changeSettings({ 'github.copilot.enable': { markdown: false } });
    expect(host.statusItem.tooltip).toBe('The model loads when it is first needed.');
  });

  it('does not blame Copilot for what the writer chose', () => {
    host.changeSettings({ 'secondDraft.inlineSuggestions.trigger': 'off' });
    expect(host.statusItem.tooltip).toBe('Suggestions off in Markdown');
    host.changeSettings({
      'secondDraft.inlineSuggestions.trigger': 'onPause',
      'secondDraft.inlineSuggestions.yieldToOthers': false,
    });
    expect(host.statusItem.tooltip).toBe('The model loads when it is first needed.');
  });

  it('is not busy with what another window learns', () => {
    const status = { status: { state: 'ready', model: '', adapter: null }, recording: true } as const;
    bar.server = { ...status, training: { state: 'elsewhere' } };
    expect(bar.isBusy).toBe(false);
    const run = { runId: 'r' as RunId, doing: '', step: 1, steps: 2, decisions: 3, etaMs: null };
    bar.server = { ...status, training: { ...run, state: 'paused' } };
    expect(bar.isBusy).toBe(true);
  });
});
