/** @file Brings a fresh clone to the point where it builds: Node packages, the embedded model, the bundles. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, mustRun, projectNode, root, run, step, Stop } from './steps.mjs';

/** Installs the Node packages unless those of this very lock file are there already. */
export async function ensurePackages() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20)
    throw new Stop(`Node 20 or newer is needed; this is ${process.version}. See https://nodejs.org`);
  if (packagesAreThere()) return;
  step('Installing the Node packages (about half a minute)');
  const code = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0)
    throw new Stop(
      'The Node packages could not be installed: npm install failed. Is the package registry reachable?',
    );
}

/** Whether npm, whoever ran it, has installed what the lock file says: it notes what it installed in a lock file of its own. */
function packagesAreThere() {
  const note = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(note)) return false;
  const packagesOf = (path) => Object.entries(JSON.parse(readFileSync(path, 'utf8')).packages);
  const installed = new Map(packagesOf(note));
  // Optional ones are there or not by platform.
  return packagesOf(join(root, 'package-lock.json')).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' ||
      (installed.has(path) ? installed.get(path).version === version : (optional ?? devOptional ?? false)),
  );
}

/** Builds dist/. */
export async function build({ production = false } = {}) {
  await mustRun('Building the extension, the server and the pages', projectNode(), [
    'esbuild.mjs',
    ...(production ? ['--production'] : []),
  ]);
}

/** Fetches the embedded model unless it is there; shows a progress bar. */
export async function ensureModel() {
  const code = await run(projectNode(), ['scripts/model.mjs']);
  if (code !== 0) throw new Stop('The embedded model is missing (see above).');
}

export function ensureCacheFolder(name) {
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
