/** @file Composition root of the language server: everything is built here and passed in. `--node-ipc` (VS Code) or `--stdio`. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Settings } from '../protocol/settings.ts';
import { ModelHost, type AdapterFile, type ModelFile } from './generation/modelHost.ts';
import { announcedSha256, downloadFile } from './generation/modelDownload.ts';
import { RemoteTextModel, remoteTitle } from './generation/remoteModel.ts';
import { Engine } from './lsp/engine.ts';

import { serve, type Parts } from './lsp/server.ts';
import { bundledModel } from './models/catalogue.ts';
import { ModelLibrary } from './models/library.ts';
import { shapeOf, type ModelShape } from './models/modelShape.ts';
import { fileStamp, memoryFile, Preflight } from './models/preflight.ts';
import { trialExitCode, tryInChild } from './models/trial.ts';
import { withWayOut } from './models/wayOut.ts';
import { AdapterRegistry, type BaseModel } from './storage/adapterRegistry.ts';
import { RunStore } from './storage/runStore.ts';
import { SharedActivity } from './storage/sharedActivity.ts';
import { SqlitePreferenceStore } from './storage/sqlitePreferenceStore.ts';
import { GgufFile } from './tensor/gguf.ts';
import { StyledAdapters } from './styledAdapters.ts';
import { DraftError } from './util/errors.ts';
import { onMains } from './training/power.ts';
import { TrainerProcess } from './training/trainerProcess.ts';
import { FileHashes } from './util/fileHash.ts';
import { silentLog, type Log } from './util/log.ts';
import { availableBytes } from './util/memory.ts';

const modulePath = fileURLToPath(import.meta.url);
const here = dirname(modulePath);

const trialPath = process.argv[process.argv.indexOf('--check-model') + 1];
if (process.argv.includes('--check-model') && trialPath !== undefined) {
  // A child of ours: it only shows whether the file loads (models/trial.ts). What llama.cpp says of it goes to stderr.
  const tell = (message: string): void => {
    if (message.startsWith('llama.cpp error')) process.stderr.write(`${message}\n`);
  };
  try {
    const host = await ModelHost.start({ gpu: 'off', threads: 1, log: { ...silentLog, debug: tell } });
    const model = await host.load({ path: trialPath, title: basename(trialPath) }, null);
    await model.dispose();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(trialExitCode(error));
  }
  process.exit(0);
}

const connection = createConnection(ProposedFeatures.all);
const log: Log = {
  error: (message) => connection.console.error(message),
  warn: (message) => connection.console.warn(message),
  info: (message) => connection.console.info(message),
  debug: (message) => connection.console.debug(message),
  trace: (message) => connection.console.debug(message),
};

// Whatever goes wrong in one request must not take the others down.
process.on('uncaughtException', (error) => log.error(`Unexpected: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => log.error(`Unexpected: ${String(reason)}`));

serve({
  connection,
  log,
  version: packageVersion(),
  now: Date.now,
  build: (options, onStatus): Parts => {
    const bundledPath = options.bundledPath ?? dirname(here);
    const preflight = new Preflight({
      readShape,
      freeBytes: availableBytes,
      trial: (path) => tryInChild(modulePath, path),
      memory: memoryFile(options.storagePath),
    });
    const hashes = new FileHashes(
      options.storagePath === undefined ? undefined : join(options.storagePath, 'models', 'hashes.json'),
    );
    const library = new ModelLibrary({
      folder: options.storagePath === undefined ? null : join(options.storagePath, 'models'),
      bundledPath: join(bundledPath, 'models', bundledModel.fileName),
      download: downloadFile,
      announcedSha256,
      sha256: (path) => hashes.of(path),
      check: (path, title) => preflight.check(path, title, false),
      readShape,
      freeBytes: availableBytes,
    });
    const modelFile = (settings: Settings): ModelFile & { readonly bundled: boolean } => {
      const own = settings.model.path;
      if (own !== '') return { path: own, title: basename(own, '.gguf'), bundled: false };
      return library.selected(settings.model.id);
    };
    const baseModel = async (settings: Settings): Promise<BaseModel> => {
      const { path, title } = modelFile(settings);
      try {
        return { title, sha256: await hashes.of(path) };
      } catch (cause) {
        throw new DraftError('modelMissing', `The model file ${path} can’t be read.`, {
          cause,
          facts: { model: title },
        });
      }
    };
    const registry = new AdapterRegistry({
      own: options.storagePath === undefined ? null : join(options.storagePath, 'adapters'),
      bundled: join(bundledPath, 'adapters', 'SmolLM2-135M-Instruct'),
    });
    const styledAdapters = new StyledAdapters(
      options.storagePath === undefined ? null : join(options.storagePath, 'adapters'),
      log,
    );
    const engine = new Engine({
      source: {
        choose: async (settings) => {
          const { url } = settings.server;
          if (url !== '') return { file: { path: url, title: remoteTitle(url) }, adapter: null };
          const found = modelFile(settings);
          try {
            await preflight.check(found.path, found.title, found.bundled);
          } catch (error) {
            throw withWayOut(error, library, found.path);
          }
          const file = { ...found, stamp: fileStamp(found.path) };
          const base = await baseModel(settings);
          const adapter = registry.active(base);
          if (adapter?.format !== 'edit-1') return { file, adapter };
          const styles = registry.styles(base);
          if (styles === null) return { file, adapter };
          const variant: AdapterFile['variant'] = (role, wish) =>
            styledAdapters.path(adapter, styles, { role, wish });
          return { file, adapter: { ...adapter, variant } };
        },
      },
      openRemote: (url) => new RemoteTextModel(url),
      startHost: (settings) => ModelHost.start({ gpu: settings.engine.gpu, threads: threads(settings), log }),
      onStatus,
    });
    let store: SqlitePreferenceStore | undefined;
    return {
      engine,
      store: () => {
        if (options.storagePath === undefined) {
          throw new DraftError(
            'storageUnavailable',
            'This editor named no folder in which decisions could be kept.',
          );
        }
        store ??= SqlitePreferenceStore.open(options.storagePath, Date.now, log).store;
        return store;
      },
      registry,
      library,
      threads,
      runs: options.storagePath === undefined ? null : new RunStore(join(options.storagePath, 'runs')),
      baseModel,
      training:
        options.storagePath === undefined
          ? null
          : {
              modelPath: (settings) => modelFile(settings).path,
              startTrainer: (runFolder, events) =>
                new TrainerProcess(join(here, 'trainer.mjs'), runFolder, events),
              sharedActivity: new SharedActivity(join(options.storagePath, 'activity'), Date.now),
            },
      onMains,
      dispose: async () => {
        store?.close();
        await engine.dispose();
      },
    };
  },
});
connection.listen();

/** One core stays with the editor, of two as well: threads that wait for a busy core are catastrophically slow. */
function threads(settings: Settings): number {
  const cores = availableParallelism();
  return settings.engine.threads > 0
    ? Math.min(settings.engine.threads, cores)
    : Math.max(1, Math.min(8, cores - 1));
}

/** What the header says of the model's size. @throws GgufError, or UnknownShapeError */
function readShape(path: string): ModelShape {
  const file = new GgufFile(path);
  try {
    return shapeOf(file.metadata);
  } finally {
    file.dispose();
  }
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(dirname(here), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
