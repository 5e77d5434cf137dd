/** @file Choosing, downloading, importing and deleting models; a switch takes effect at the next request. */
import type { ImportModelParams, ModelParams, ModelsResult } from '../../protocol/models.ts';
import type { Status } from '../../protocol/status.ts';
import type { Settings } from '../../protocol/settings.ts';
import { bundledModel } from '../models/catalogue.ts';
import type { ModelLibrary } from '../models/library.ts';
import { DraftError } from '../util/errors.ts';
import { availableBytes } from '../util/memory.ts';
import type { Engine } from './engine.ts';

export interface ModelDependencies {
  readonly library: ModelLibrary;
  readonly engine: Engine;
  readonly settings: () => Promise<Settings>;
  readonly threads: (settings: Settings) => number;
  readonly onStatus: (status: Status) => void;
}

export class ModelHandlers {
  readonly #dependencies: ModelDependencies;

  constructor(dependencies: ModelDependencies) {
    this.#dependencies = dependencies;
  }

  async models(): Promise<ModelsResult> {
    const { library, engine, settings, threads } = this.#dependencies;
    const current = await settings();
    const { gpu } = engine;
    const elsewhere = current.server.url !== '' || current.model.path !== '';
    const rows = library.rows(current.model.id, gpu, engine.loadedPath);
    return {
      models: elsewhere ? rows.map((row) => ({ ...row, selected: false })) : rows,
      leftovers: library.leftovers(),
      freeBytes: availableBytes(),
      gpu,
      threads: threads(current),
    };
  }

  async download({ id }: ModelParams, signal: AbortSignal): Promise<null> {
    const { library, engine, settings, onStatus } = this.#dependencies;
    const title = library.rows((await settings()).model.id, null).find((row) => row.id === id)?.title ?? id;
    try {
      await library.download(id, signal, (doneBytes, totalBytes) =>
        onStatus({ state: 'downloading', model: title, doneBytes, totalBytes }),
      );
    } finally {
      if (engine.wasLoaded) await engine.announceReady();
      else onStatus({ state: 'ready', model: '', adapter: null }); // as before the first model
    }
    return null;
  }

  /** The model before stays chosen where the new one does not load. */
  async select({ id }: ModelParams): Promise<null> {
    const { library } = this.#dependencies;
    const before = library.selectedId;
    library.select(id);
    await this.#load(() => library.select(before));
    return null;
  }

  async import({ path }: ImportModelParams): Promise<null> {
    const { library } = this.#dependencies;
    const before = library.selectedId;
    await library.import(path);
    await this.#load(() => library.select(before));
    return null;
  }

  async remove({ id }: ModelParams): Promise<null> {
    const { library, engine, settings } = this.#dependencies;
    if (library.selectedId === id && id !== bundledModel.id) {
      // The bundled model takes over first: on Windows no file can be deleted that is loaded.
      library.select(bundledModel.id);
      const loading = await engine.model(await settings()).catch((error: unknown) => ({ error }));
      try {
        library.remove(id);
      } catch (error) {
        await this.#goBack(() => library.select(id));
        throw error;
      }
      if ('error' in loading) throw loading.error;
    } else library.remove(id);
    await engine.announceReady();
    return null;
  }

  async #load(undo: () => void): Promise<void> {
    const { engine, settings } = this.#dependencies;
    try {
      await engine.model(await settings());
      await engine.announceReady();
    } catch (error) {
      await this.#goBack(undo);
      throw error;
    }
  }

  /** The model before serves again, and the status says so; where that fails too, the status says that. */
  async #goBack(undo: () => void): Promise<void> {
    const { engine, settings } = this.#dependencies;
    try {
      undo();
      await engine.model(await settings());
      await engine.announceReady();
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
    }
  }
}
