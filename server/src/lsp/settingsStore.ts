/** @file The settings of each document, asked once and kept until they change; editors without `workspace/configuration` get defaults. */
import type { Connection } from 'vscode-languageserver/node';
import { defaultSettings, type Settings } from '../../protocol/settings.ts';
import { parseSettings } from './schemas.ts';

export class SettingsStore {
  readonly #connection: Connection;
  readonly #canAsk: boolean;
  readonly #fallback: Settings;
  #cache = new Map<string, Promise<Settings>>();

  constructor(connection: Connection, canAsk: boolean, fallback: Settings = defaultSettings) {
    this.#connection = connection;
    this.#canAsk = canAsk;
    this.#fallback = fallback;
  }

  /** @param uri the document that they hold for; none for the window's */
  get(uri?: string): Promise<Settings> {
    if (!this.#canAsk) return Promise.resolve(this.#fallback);
    const key = uri ?? '';
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const item = { section: 'secondDraft', ...(uri === undefined ? {} : { scopeUri: uri }) };
    const asked = this.#connection.workspace.getConfiguration(item).then(
      (raw) => parseSettings(raw),
      () => this.#fallback,
    );
    this.#cache.set(key, asked);
    return asked;
  }

  /** The editor says that something changed: everything is asked again. */
  clear(): void {
    this.#cache = new Map();
  }

  forget(uri: string): void {
    this.#cache.delete(uri);
  }
}
