/** @file `npm run package [-- --target darwin-arm64]`: makes the VSIX, checks its file list and its size, prints what takes the space. */
import { basename } from 'node:path';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, ensureModel, ensurePackages } from './lib/setup.mjs';
import { main, Stop } from './lib/steps.mjs';

const { values } = parseArgs({ options: { target: { type: 'string' } } });

await main(async () => {
  await ensurePackages();
  await ensureModel();
  await build({ production: true });
  const { hostTarget, maxBytes, packageExtension, targets } = await import('./lib/vsix.mjs');
  const target = values.target ?? hostTarget();
  const made = await packageExtension(target);
  const problems = checkFiles(made.files, targets[target]);
  if (made.sizeBytes > maxBytes)
    problems.push(`it has ${megabytes(made.sizeBytes)}; at most ${megabytes(maxBytes)} are allowed`);
  for (const [part, bytes] of sizes(made)) console.log(`${megabytes(bytes).padStart(10)}  ${part}`);
  console.log(`${basename(made.path)}: ${megabytes(made.sizeBytes)}, ${made.files.length} files`);
  if (problems.length > 0) throw new Stop(`The package is not right:\n  ${problems.join('\n  ')}`);
});

function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** @returns what is missing from the package or should not be in it */
function checkFiles(files, platform) {
  const needed = [
    ...[
      'package.json',
      'dist/extension.cjs',
      'dist/languageClient.cjs',
      'dist/server.mjs',
      'dist/trainer.mjs',
      'media/icon.png',
    ],
    ...['dist/media/explainLearning.js', 'dist/media/dashboard.js', 'models/SmolLM2-135M-Instruct.Q4_1.gguf'],
    'adapters/SmolLM2-135M-Instruct/adapter.gguf',
    'adapters/SmolLM2-135M-Instruct/styles.gguf',
    'node_modules/node-llama-cpp/dist/index.js',
    'node_modules/koffi/src/koffi/index.js',
    ...platform.llama.map((name) => `node_modules/@node-llama-cpp/${name}/package.json`),
    `node_modules/@koromix/koffi-${platform.koffi}/package.json`,
  ];
  const unwanted = [
    /@node-llama-cpp\/[^/]*-cuda/,
    /(^|\/)test\//,
    /^(server|extension|scripts|benchmarks|docs|\.cache)\//,
    /\.map$/,
    /\.part$/,
    /^media\/.*\.ts$/,
  ];
  return [
    ...needed.filter((name) => !files.includes(name)).map((name) => `${name} is missing`),
    ...files
      .filter((name) => !name.startsWith('node_modules/') || /@node-llama-cpp\/[^/]*-cuda/.test(name))
      .filter((name) => unwanted.some((pattern) => pattern.test(name)))
      .map((name) => `${name} does not belong there`),
    ...files
      .filter((name) => /^node_modules\/(@node-llama-cpp|@koromix)\//.test(name))
      .filter(
        (name) => !platform.llama.some((kept) => name.startsWith(`node_modules/@node-llama-cpp/${kept}/`)),
      )
      .filter((name) => !name.startsWith(`node_modules/@koromix/koffi-${platform.koffi}/`))
      .map((name) => `${name} is of another platform`),
  ];
}

/** Unpacked bytes by part, largest first. */
function sizes({ files, stage }) {
  const parts = new Map();
  for (const file of files) {
    const part = file
      .split('/')
      .slice(0, file.startsWith('node_modules/@') ? 3 : file.startsWith('node_modules/') ? 2 : 1)
      .join('/');
    parts.set(part, (parts.get(part) ?? 0) + statSync(join(stage, file)).size);
  }
  return [...parts].sort((a, b) => b[1] - a[1]).slice(0, 12);
}
