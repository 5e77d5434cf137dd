import { describe, expect, it } from 'vitest';
import type { Connection } from 'vscode-languageserver/node';
import { defaultSettings, type Settings } from '../../../server/protocol/settings.ts';
import { SettingsStore } from '../../../server/src/lsp/settingsStore.ts';

const initial: Settings = { ...defaultSettings, enable: false };

/** @param answer of `workspace/configuration`; none: the editor can't be asked */
function store(answer?: () => unknown): SettingsStore {
  const workspace = { getConfiguration: () => Promise.resolve(answer?.()) };
  return new SettingsStore({ workspace } as unknown as Connection, answer !== undefined, initial);
}

describe('settings of an editor that can be asked', () => {
  it('are what it answers, whatever was said before', async () => {
    const asked = store(() => ({ refine: { rounds: 3 } }));
    expect(await asked.get()).toMatchObject({ enable: true, refine: { rounds: 3 } });
    asked.changed({ secondDraft: { refine: { rounds: 0 } } });
    expect((await asked.get()).refine.rounds).toBe(3);
  });

  it('are those of initialization where it answers that nothing is set', async () => {
    expect(await store(() => null).get('file:///a.md')).toBe(initial);
    expect(await store(() => undefined).get()).toBe(initial);
  });

  it('are asked again once they change', async () => {
    let rounds = 1;
    const asked = store(() => ({ refine: { rounds } }));
    await asked.get();
    rounds = 2;
    expect((await asked.get()).refine.rounds).toBe(1);
    asked.changed(null);
    expect((await asked.get()).refine.rounds).toBe(2);
  });
});

describe('settings of an editor that can’t be asked', () => {
  it('are those of initialization, until it sends others', async () => {
    const told = store();
    expect(await told.get()).toBe(initial);
    told.changed({ secondDraft: { refine: { rounds: 4 } }, other: {} });
    expect(await told.get()).toMatchObject({ enable: true, refine: { rounds: 4 } });
  });

  it.each([[null], [undefined], [{ other: {} }], ['secondDraft']])('stay when it sends %j', async (said) => {
    const told = store();
    told.changed(said);
    expect(await told.get()).toBe(initial);
  });
});
