/**
 * @file The models on this machine: the bundled one, downloads of the catalogue, files of the writer's own; which one is chosen. Files lie
 * in the folder of the library; library.json says what they are. Nothing is fetched that was not asked for.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import type { LeftoverRow, ModelFit, ModelRow } from '../../protocol/models.ts';
import { atomicWrite } from '../util/atomicWrite.ts';
import { CancelledError, DraftError, throwIfAborted } from '../util/errors.ts';
import { bundledModel, catalogue, type CatalogueModel } from './catalogue.ts';
import { lockDownload } from './downloadLock.ts';
import { downloadName, leftovers, partBytes } from './leftovers.ts';
import type { ModelShape } from './modelShape.ts';
import { memoryNeed } from './preflight.ts';
import { deleteFile, freeRoom, hasRoom, noRoom, takeIn } from './modelFiles.ts';
import { SharedTransfer, type OnProgress } from './sharedTransfer.ts';

export interface LibraryDependencies {
  /** Of downloads and imports; null where the editor named no folder. */
  readonly folder: string | null;
  /** The embedded model's file. */
  readonly bundledPath: string;
  readonly download: (job: {
    readonly url: string;
    readonly folder: string;
    readonly fileName: string;
    readonly signal: AbortSignal;
    readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  }) => Promise<void>;
  /** The SHA-256 that the source announces, or null. */
  readonly announcedSha256: (url: string, signal: AbortSignal) => Promise<string | null>;
  readonly sha256: (path: string) => Promise<string>;
  /** @throws DraftError for what is no model, or does not fit or load */
  readonly check: (path: string, title: string) => Promise<void>;
  readonly readShape: (path: string) => ModelShape;
  readonly freeBytes: () => number;
  readonly models?: readonly CatalogueModel[];
}

/** A model file that can be used now. */
export interface InstalledModel {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  readonly bundled: boolean;
}

const entrySchema = v.object({
  id: v.string(),
  title: v.string(),
  fileName: v.string(),
  sha256: v.string(),
  /** Brought by the writer, not from the catalogue. */
  own: v.boolean(),
});
type Entry = v.InferOutput<typeof entrySchema>;
const listSchema = v.object({
  selected: v.nullable(v.string()),
  models: v.array(entrySchema),
  /** Titles of the files that were set aside. */
  damaged: v.optional(v.array(v.object({ fileName: v.string(), title: v.string() })), []),
});
type List = v.InferOutput<typeof listSchema>;

/** Without a GPU, larger files than this write slower than one reads. */
const quickBytes = 1.2e9;
/** Of free memory: the editor and its other extensions need some too. */
const comfortableShare = 0.8;

export class ModelLibrary {
  readonly #dependencies: LibraryDependencies;
  readonly #running = new Map<string, SharedTransfer>();

  constructor(dependencies: LibraryDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param setting `secondDraft.model.id`; 'auto': as chosen here */
  selected(setting: string): InstalledModel {
    const wanted =
      setting === 'auto' || setting === '' ? (this.#list().selected ?? bundledModel.id) : setting;
    const found = this.#installed(wanted);
    if (found) return found;
    if (setting === 'auto' || setting === '') return this.#bundled(); // what was chosen is gone
    throw new DraftError('modelMissing', `The model "${setting}" is not installed.`, {
      facts: { id: setting },
    });
  }

  /** @param loadedPath the file of the model in memory: what is free was measured beside it, so that it fits whatever that says */
  rows(setting: string, gpu: string | null, loadedPath?: string): ModelRow[] {
    const { models = catalogue, bundledPath, freeBytes } = this.#dependencies;
    const list = this.#list();
    const free = freeBytes();
    const selected = this.#installed(setting === 'auto' ? (list.selected ?? bundledModel.id) : setting)?.id;
    const isLoaded = (id: string): boolean =>
      loadedPath !== undefined && this.#installed(id)?.path === loadedPath;
    const row = (
      model: Pick<CatalogueModel, 'id' | 'title' | 'licence' | 'goodFor' | 'shape' | 'sizeBytes'>,
      installed: boolean,
      bundled: boolean,
    ): ModelRow => {
      const needsBytes = Math.round(memoryNeed(model.shape, model.sizeBytes));
      const { id, title, licence, goodFor, sizeBytes } = model;
      return {
        id,
        title,
        licence,
        goodFor,
        sizeBytes,
        needsBytes,
        fit: fitOf(needsBytes, sizeBytes, free, gpu, bundled || isLoaded(id)),
        installed,
        bundled,
        selected: id === selected,
      };
    };
    const own = list.models.filter((entry) => entry.own && existsSync(this.#path(entry)));
    return [
      row({ ...bundledModel, sizeBytes: sizeOf(bundledPath) }, existsSync(bundledPath), true),
      ...models.map((model) => row(model, this.#installed(model.id) !== undefined, false)),
      ...own.map((entry) =>
        row(
          {
            id: entry.id,
            title: entry.title,
            licence: 'Your own file',
            goodFor: '',
            shape: this.#shape(entry),
            sizeBytes: sizeOf(this.#path(entry)),
          },
          true,
          false,
        ),
      ),
    ];
  }

  /**
   * Several can ask for one model; it is fetched until the last of them aborts.
   * @throws DraftError `downloadFailed`, `storageFull`, `modelCorrupt`, or CancelledError; what came is kept
   */
  async download(id: string, signal: AbortSignal, onProgress: OnProgress): Promise<void> {
    if (this.#installed(id)) return;
    const model = (this.#dependencies.models ?? catalogue).find((one) => one.id === id);
    if (!model) throw new DraftError('badRequest', `There is no model "${id}" in the catalogue.`);
    throwIfAborted(signal);
    const running = this.#running.get(id);
    if (running?.isStopping) {
      await running.ended;
      await this.download(id, signal, onProgress);
    } else await (running ?? this.#begin(model)).join(signal, onProgress);
  }

  /** Takes a file of the writer's own into the library and chooses it. @throws DraftError as a check of the file says, or `storageFull` */
  async import(path: string): Promise<string> {
    const { check, sha256 } = this.#dependencies;
    const folder = this.#folder();
    const title = basename(path, '.gguf');
    await check(path, title);
    const hash = await sha256(path);
    const entry: Entry = {
      id: `own-${hash.slice(0, 12)}`,
      title,
      fileName: `${hash}.gguf`,
      sha256: hash,
      own: true,
    };
    mkdirSync(folder, { recursive: true });
    if (!existsSync(this.#path(entry))) await takeIn(path, this.#path(entry));
    this.#save({
      ...this.#list(),
      selected: entry.id,
      models: [...this.#list().models.filter(({ id }) => id !== entry.id), entry],
    });
    return entry.id;
  }

  /** @throws DraftError `modelMissing` */
  select(id: string): void {
    if (!this.#installed(id))
      throw new DraftError('modelMissing', `The model "${id}" is not installed.`, { facts: { id } });
    if (id === bundledModel.id && this.#dependencies.folder === null) return; // it is chosen anyway
    this.#save({ ...this.#list(), selected: id });
  }

  get selectedId(): string {
    return this.#list().selected ?? bundledModel.id;
  }

  /** Files that take room and can't be used. */
  leftovers(): LeftoverRow[] {
    const { folder, models = catalogue } = this.#dependencies;
    if (folder === null) return [];
    return leftovers(folder, {
      titles: new Map(models.map(({ id, title }) => [id, title])),
      damaged: new Map(this.#list().damaged.map(({ fileName, title }) => [fileName, title])),
      running: new Set(this.#running.keys()),
    });
  }

  /**
   * Deletes a download, an imported copy or a leftover; the bundled model takes over where it was chosen.
   * @throws DraftError `badRequest` for what can't be deleted, or is in use
   */
  remove(id: string): void {
    const list = this.#list();
    if (this.leftovers().some((leftover) => leftover.id === id)) {
      const fileName = id.slice('file:'.length);
      deleteFile(join(this.#folder(), fileName), fileName);
      this.#save({ ...list, damaged: list.damaged.filter((one) => one.fileName !== fileName) });
      return;
    }
    const entry = list.models.find((one) => one.id === id);
    if (!entry) throw new DraftError('badRequest', `The model "${id}" is not one that can be deleted.`);
    deleteFile(this.#path(entry), entry.title);
    this.#save({
      ...list,
      selected: list.selected === id ? null : list.selected,
      models: list.models.filter((one) => one.id !== id),
    });
  }

  /**
   * A file of the library that turned out to be damaged: kept under another name, and no longer chosen; the bundled model takes over.
   * @returns whether it was the library's to set aside, and the id under which it can be downloaded again
   */
  setAside(path: string): { readonly setAside: boolean; readonly id?: string } {
    const list = this.#list();
    const entry = list.models.find((one) => this.#path(one) === path);
    if (!entry || !existsSync(path)) return { setAside: false };
    renameSync(path, `${path}.damaged`);
    const fileName = `${basename(path)}.damaged`;
    this.#save({
      damaged: [...list.damaged.filter((one) => one.fileName !== fileName), { fileName, title: entry.title }],
      selected: list.selected === entry.id ? null : list.selected,
      models: list.models.filter(({ id }) => id !== entry.id),
    });
    return { setAside: true, ...(!entry.own && { id: entry.id }) };
  }

  /** The largest model that fits into what is free: one that the writer has brought, else one that can be downloaded, else the bundled one. */
  largestThatFits(gpu: string | null): { readonly id: string; readonly title: string } | undefined {
    const fitting = this.rows('auto', gpu).filter(({ fit }) => fit !== 'tooLarge');
    const rank = ({ installed, bundled }: ModelRow): number => (bundled ? 2 : installed ? 0 : 1);
    return fitting.sort((a, b) => rank(a) - rank(b) || b.needsBytes - a.needsBytes)[0];
  }

  #begin(model: CatalogueModel): SharedTransfer {
    const transfer = new SharedTransfer((signal, onProgress) =>
      this.#download(model, signal, onProgress).finally(() => this.#running.delete(model.id)),
    );
    this.#running.set(model.id, transfer);
    return transfer;
  }

  async #download(model: CatalogueModel, signal: AbortSignal, onProgress: OnProgress): Promise<void> {
    const folder = this.#folder();
    mkdirSync(folder, { recursive: true });
    const unlock = lockDownload(folder, model.id);
    if (!unlock)
      throw new DraftError('downloadFailed', `Another window is downloading ${model.title}.`, {
        facts: { id: model.id },
      });
    try {
      await this.#transfer(model, folder, signal, onProgress);
    } finally {
      unlock();
    }
  }

  async #transfer(
    model: CatalogueModel,
    folder: string,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<void> {
    const { download, announcedSha256, sha256 } = this.#dependencies;
    const missingBytes = (): number => Math.max(0, model.sizeBytes - partBytes(folder, model.id));
    hasRoom(folder, missingBytes());
    const fileName = downloadName(model.id);
    const path = join(folder, fileName);
    let percent = 0;
    let announced: string | null;
    try {
      announced = await announcedSha256(model.url, signal);
      await download({
        url: model.url,
        folder,
        fileName,
        signal,
        onProgress: (done, total) => {
          percent = Math.floor((100 * done) / Math.max(1, total));
          onProgress(done, total);
        },
      });
      throwIfAborted(signal); // a cancelled transfer ends without an error
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      const reason = reasonOf(error);
      if (reason.includes('ENOSPC')) throw noRoom(missingBytes(), freeRoom(folder));
      throw new DraftError('downloadFailed', `${model.title} could not be downloaded: ${reason}`, {
        cause: error,
        facts: { id: model.id, percent, reason },
      });
    }
    const hash = await sha256(path);
    if ((announced !== null && hash !== announced) || !this.#isModel(path)) {
      rmSync(path, { force: true });
      throw new DraftError('modelCorrupt', `${model.title} came damaged and was discarded.`, {
        facts: { id: model.id, model: model.title },
      });
    }
    const entry: Entry = {
      id: model.id,
      title: model.title,
      fileName: `${hash}.gguf`,
      sha256: hash,
      own: false,
    };
    renameSync(path, this.#path(entry));
    const list = this.#list();
    this.#save({ ...list, models: [...list.models.filter(({ id }) => id !== model.id), entry] });
  }

  #isModel(path: string): boolean {
    try {
      this.#dependencies.readShape(path);
      return true;
    } catch {
      return false;
    }
  }

  #shape(entry: Entry): ModelShape {
    try {
      return this.#dependencies.readShape(this.#path(entry));
    } catch {
      return { architecture: '', layers: 0, keyValueWidth: 0 };
    }
  }

  #bundled(): InstalledModel {
    return {
      id: bundledModel.id,
      title: bundledModel.title,
      path: this.#dependencies.bundledPath,
      bundled: true,
    };
  }

  #installed(id: string): InstalledModel | undefined {
    if (id === bundledModel.id) return this.#bundled();
    const entry = this.#list().models.find((one) => one.id === id);
    if (!entry || !existsSync(this.#path(entry))) return undefined;
    return { id, title: entry.title, path: this.#path(entry), bundled: false };
  }

  #folder(): string {
    const { folder } = this.#dependencies;
    if (folder === null)
      throw new DraftError('storageUnavailable', 'This editor named no folder for models.');
    return folder;
  }

  #path({ fileName }: Entry): string {
    return join(this.#folder(), basename(fileName)); // never outside the folder, whatever the list says
  }

  #list(): List {
    const { folder } = this.#dependencies;
    const empty: List = { selected: null, models: [], damaged: [] };
    if (folder === null) return empty;
    try {
      const read = v.safeParse(listSchema, JSON.parse(readFileSync(join(folder, 'library.json'), 'utf8')));
      return read.success ? read.output : empty;
    } catch {
      return empty;
    }
  }

  #save(list: List): void {
    atomicWrite(join(this.#folder(), 'library.json'), `${JSON.stringify(list, null, 2)}\n`);
  }
}

function fitOf(
  needsBytes: number,
  sizeBytes: number,
  freeBytes: number,
  gpu: string | null,
  fitsAnyway: boolean,
): ModelFit {
  // The bundled one is never refused, and one that is loaded has what it needs.
  if (needsBytes > freeBytes) return fitsAnyway ? 'slow' : 'tooLarge';
  return needsBytes <= comfortableShare * freeBytes && (gpu !== null || sizeBytes <= quickBytes)
    ? 'runsWell'
    : 'slow';
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
