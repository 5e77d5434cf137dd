/** @file The model's life in the server: loaded when first needed, replaced when the settings ask for another, reported as status. */
import type { AdaptedModel, AdapterFile, ModelFile, ModelHost } from '../generation/modelHost.ts';
import type { RemoteTextModel } from '../generation/remoteModel.ts';
import type { AdapterId, Role } from '../../protocol/common.ts';
import type { Status } from '../../protocol/status.ts';
import type { Settings } from '../../protocol/settings.ts';
import { DraftError } from '../util/errors.ts';
import { internalError } from './responseErrors.ts';

export interface ChosenModel {
  readonly file: ModelFile;
  readonly adapter: (AdapterFile & { readonly id: AdapterId }) | null;
}

/** Which model and adapter the settings mean; checks the file before the process loads it. */
export interface ModelSource {
  choose(settings: Settings): Promise<ChosenModel>;
}

export interface EngineDependencies {
  readonly source: ModelSource;
  /** The writer's own server. @throws DraftError for what is no address */
  readonly openRemote: (url: string) => RemoteTextModel;
  readonly startHost: (settings: Settings) => Promise<ModelHost>;
  readonly onStatus: (status: Status) => void;
}

/** A model of this machine has adapters; one behind a server has none. */
interface Loaded {
  readonly model: AdaptedModel | RemoteTextModel;
  readonly chosen: ChosenModel;
}

export class Engine {
  /** Called when somebody is written for, and when nobody is any more: whoever else uses the machine makes way. */
  onBusy: ((busy: boolean) => void) | undefined;
  readonly #dependencies: EngineDependencies;
  #host: Promise<ModelHost> | undefined;
  #loaded: Promise<Loaded> | undefined;
  /** {@link keyOf} of what is loaded or being loaded. */
  #key: string | undefined;
  #chosen: ChosenModel | undefined;
  /** Those that the model was chosen by. */
  #settings: Settings | undefined;
  #gpu: string | null = null;
  #writing = 0;
  readonly #whenQuiet: (() => void)[] = [];

  constructor(dependencies: EngineDependencies) {
    this.#dependencies = dependencies;
  }

  /** The GPU backend in use; null on the CPU, or before the first model is loaded. */
  get gpu(): string | null {
    return this.#gpu;
  }

  /** Whether a model was loaded since the server started. */
  get wasLoaded(): boolean {
    return this.#chosen !== undefined;
  }

  /** The file of the model in memory, or the address of the server that writes. */
  get loadedPath(): string | undefined {
    return this.#chosen?.file.path;
  }

  get generating(): boolean {
    return this.#writing > 0;
  }

  /** The model that the settings mean, loaded; it writes with the adapter that is active now, also when another is later. @throws DraftError with what is wrong with it and a way out */
  async model(settings: Settings): Promise<Loaded> {
    try {
      const chosen = await this.#dependencies.source.choose(settings);
      const key = keyOf(chosen);
      if (this.#key !== key) {
        const before = this.#loaded;
        this.#key = key;
        const loading = this.#load(chosen, settings, before);
        this.#loaded = loading;
        loading.catch(() => {
          if (this.#loaded !== loading) return;
          this.#key = undefined; // loaded anew next time
          this.#loaded = undefined;
        });
      }
      const { model } = await (this.#loaded ?? this.#load(chosen, settings, undefined));
      this.#chosen = chosen;
      this.#settings = settings;
      return { model: 'withAdapter' in model ? model.withAdapter(chosen.adapter) : model, chosen };
    } catch (error) {
      const { code, message } = error instanceof DraftError ? error : internalError();
      this.#dependencies.onStatus({ state: 'broken', code, message });
      throw error;
    }
  }

  /** Runs `job` while the status says who writes. */
  async writing<T>(role: Role | 'inline', chosen: ChosenModel, job: () => Promise<T>): Promise<T> {
    this.#writing += 1;
    this.onBusy?.(true);
    this.announce(role);
    try {
      return await job();
    } finally {
      this.#writing -= 1;
      if (this.#writing === 0) {
        this.#reportReady(chosen);
        this.onBusy?.(false);
        for (const resolve of this.#whenQuiet.splice(0)) resolve();
      }
    }
  }

  /** Says in the status what is loaded, and the adapter that is in use with it now. */
  async announceReady(): Promise<void> {
    const [chosen, settings] = [this.#chosen, this.#settings];
    if (!chosen || !settings) return;
    const now = await this.#dependencies.source.choose(settings).catch(() => chosen);
    if (this.#writing === 0) this.#reportReady(keyOf(now) === keyOf(chosen) ? now : chosen);
  }

  /** Says in the status which role writes now. */
  announce(role: Role | 'inline'): void {
    this.#dependencies.onStatus({ state: 'writing', role });
  }

  async #load(chosen: ChosenModel, settings: Settings, before: Promise<Loaded> | undefined): Promise<Loaded> {
    if (settings.server.url !== '') {
      await this.#close(before);
      const model = this.#dependencies.openRemote(settings.server.url);
      this.#reportReady(chosen);
      return { model, chosen };
    }
    this.#dependencies.onStatus({ state: 'loading', model: chosen.file.title });
    this.#host ??= this.#dependencies.startHost(settings);
    this.#host.catch(() => {
      this.#host = undefined; // asked again next time
    });
    const host = await this.#host;
    this.#gpu = host.gpu;
    await this.#close(before);
    const model = await host.load(chosen.file, chosen.adapter);
    this.#reportReady(chosen);
    return { model, chosen };
  }

  /** A model that is replaced writes to the end what it is writing. */
  async #close(before: Promise<Loaded> | undefined): Promise<void> {
    const loaded = await before?.catch(() => undefined);
    if (!loaded) return;
    if (this.#writing > 0) await new Promise<void>((resolve) => this.#whenQuiet.push(resolve));
    await loaded.model.dispose();
  }

  #reportReady({ file, adapter }: ChosenModel): void {
    this.#dependencies.onStatus({ state: 'ready', model: file.title, adapter: adapter?.id ?? null });
  }

  /** After what is being written was ended by its own signal. */
  async dispose(): Promise<void> {
    await this.#close(this.#loaded);
    const host = await this.#host?.catch(() => undefined);
    await host?.dispose();
  }
}

/** Another file, or the same one replaced by another, is another model. */
function keyOf({ file }: ChosenModel): string {
  return `${file.path}\n${file.stamp ?? ''}`;
}
