/** @file The settings of each document, asked once and kept until they change; what an editor does not answer was said at initialization or with a change, or is the default. */
import type { Connection } from 'vscode-languageserver/node';
import { defaultSettings, type Settings } from '../../protocol/settings.ts';
import { parseSettings } from './schemas.ts';

export class SettingsStore {
  readonly #connection: Connection;
  readonly #canAsk: boolean;
  #fallback: Settings;
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
      (raw) => (isGiven(raw) ? parseSettings(raw) : this.#fallback),
      () => this.#fallback,
    );
    this.#cache.set(key, asked);
    return asked;
  }

  /**
   * The editor says that something changed: everything is asked again.
   * @param said `settings` of the notification; editors that can't be asked put them all there, by section
   */
  changed(said: unknown): void {
    const section: unknown =
      isGiven(said) && typeof said === 'object' ? Reflect.get(said, 'secondDraft') : null;
    if (isGiven(section)) this.#fallback = parseSettings(section);
    this.#cache = new Map();
  }

  forget(uri: string): void {
    this.#cache.delete(uri);
  }
}

/** Editors answer null where nothing is set. */
function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== null && value !== undefined;
}
