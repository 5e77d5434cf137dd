/** @file Composition root of the language server: everything is built here and passed in. `--node-ipc` (VS Code) or `--stdio`. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Settings } from '../protocol/settings.ts';
import { ModelHost } from './generation/modelHost.ts';
import { Engine, type ChosenModel } from './lsp/engine.ts';
import { serve, type Parts } from './lsp/server.ts';
import { SqlitePreferenceStore } from './storage/sqlitePreferenceStore.ts';
import { DraftError } from './util/errors.ts';
import type { Log } from './util/log.ts';

const here = dirname(fileURLToPath(import.meta.url));
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
    const engine = new Engine({
      source: { choose: (settings) => Promise.resolve(chooseModel(settings, bundledPath)) },
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
      dispose: async () => {
        store?.close();
        await engine.dispose();
      },
    };
  },
});
connection.listen();

/** One core stays with the editor; never more threads than cores, which is catastrophically slow. */
function threads(settings: Settings): number {
  const cores = availableParallelism();
  return settings.engine.threads > 0
    ? Math.min(settings.engine.threads, cores)
    : Math.max(1, Math.min(8, cores > 2 ? cores - 1 : cores));
}

function chooseModel(settings: Settings, bundledPath: string): ChosenModel {
  const path =
    settings.model.path !== ''
      ? settings.model.path
      : join(bundledPath, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (!existsSync(path)) throw new DraftError('modelMissing', 'No model is installed.');
  const adapter = join(bundledPath, 'adapters', 'SmolLM2-135M-Instruct', 'adapter.gguf');
  const usesBundled = settings.model.path === '';
  return {
    file: { path, title: usesBundled ? 'SmolLM2 135M' : path },
    adapter: usesBundled && existsSync(adapter) ? { id: 0, path: adapter, format: 'edit-1' } : null,
  };
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(dirname(here), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
