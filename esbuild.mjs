/** @file Bundles the extension (CJS), the server and the trainer (ESM) and the webviews (IIFE) into dist/. `--watch`, `--production`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { context } from 'esbuild';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  legalComments: 'none',
};

// Native packages find their binaries relative to themselves, so they stay outside the bundle.
const external = ['node-llama-cpp', 'koffi'];

// ESM output whose CommonJS dependencies still call `require`.
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** The webviews: one folder under media/ with an index.ts, and a style.css where it has one. */
const webviews = readdirSync('media', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`media/${entry.name}/index.ts`))
  .map((entry) => entry.name);

const server = {
  ...common,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external,
  banner,
  mainFields: ['module', 'main'],
};

/** Keeps the client library out of the bundle that activates: it is required when the server starts. */
const apart = {
  name: 'language-client-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/languageClient\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './languageClient.cjs', external: true } : undefined,
    );
  },
};

/**
 * Gives every file of the extension the host's API itself. By default each `import * as vscode` copies the API property by
 * property, file by file: a third of the time that activation took.
 */
const sharedApi = {
  name: 'shared-api',
  setup: ({ onLoad }) => {
    onLoad({ filter: /extension[\\/]src[\\/].+\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /^import \* as vscode from 'vscode';$/m,
        "import vscode = require('vscode');",
      ),
    }));
  },
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    ...common,
    entryPoints: ['extension/src/extension.ts', 'extension/src/languageClient.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode'],
    mainFields: ['module', 'main'],
    supported: { 'dynamic-import': false },
    plugins: [apart, sharedApi],
  },
  { ...server, entryPoints: ['server/src/main.ts'], outfile: 'dist/server.mjs' },
  ...(existsSync('server/src/trainerMain.ts')
    ? [{ ...server, entryPoints: ['server/src/trainerMain.ts'], outfile: 'dist/trainer.mjs' }]
    : []),
  {
    ...common,
    entryPoints: webviews.flatMap((name) => [
      { in: `media/${name}/index.ts`, out: name },
      ...(existsSync(`media/${name}/style.css`) ? [{ in: `media/${name}/style.css`, out: name }] : []),
    ]),
    outdir: 'dist/media',
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    loader: { '.ttf': 'file' },
  },
];

for (const bundle of bundles) {
  const made = await context(bundle);
  await made.rebuild();
  if (watch) await made.watch();
  else await made.dispose();
}
if (watch) console.log('[watch] build finished');
