/**
 * @file `npm start`: everything from a fresh clone to a real VS Code with the extension and a sample document, ready to refine.
 * The desktop VS Code where it can be downloaded and shown, else code-server in the browser (`--open` opens the address).
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, ensureCacheFolder, ensureModel, ensurePackages } from './lib/setup.mjs';
import { main, root, run, step, windows } from './lib/steps.mjs';

const { values } = parseArgs({ options: { open: { type: 'boolean' }, port: { type: 'string' } } });

await main(async () => {
  await ensurePackages();
  await ensureModel();
  await build();
  const sample = prepareSample();
  const { chooseHost } = await import('./lib/hosts.mjs');
  step('Looking for a desktop VS Code to open');
  const host = await chooseHost();
  return host.kind === 'desktop' ? openDesktop(host.executable, sample) : openCodeServer(host, sample);
});

/** A copy of the sample document, so that refining it leaves the repository as it is. A copy that is there is kept. */
function prepareSample() {
  const folder = join(ensureCacheFolder('playground'), 'sample');
  if (!existsSync(folder)) cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
  return folder;
}

function openDesktop(executable, sample) {
  const home = ensureCacheFolder('playground');
  step('Opening VS Code: put the caret in a paragraph and press Alt+Enter');
  return run(executable, [
    sample,
    join(sample, 'welcome.md'),
    `--extensionDevelopmentPath=${root}`,
    ...['--user-data-dir', join(home, 'user'), '--extensions-dir', join(home, 'extensions')],
    ...['--disable-workspace-trust', '--skip-welcome', '--skip-release-notes', '--new-window', '--wait'],
  ]);
}

async function openCodeServer(host, sample) {
  step(`${host.title[0].toUpperCase()}${host.title.slice(1)}`);
  const { quietSettings, remoteUri, startCodeServer, workbenchAddress } =
    await import('./lib/codeServer.mjs');
  const home = ensureCacheFolder('playground-browser');
  linkExtension(home);
  const server = await startCodeServer({
    home,
    settings: { ...quietSettings, 'git.enabled': true },
    port: values.port ? Number(values.port) : undefined,
    idleSeconds: 0,
  });
  const payload = [['openFile', remoteUri(server, join(sample, 'welcome.md'))]];
  const address = workbenchAddress(server, { folder: sample, payload });
  step(
    'VS Code is ready. Open this address, put the caret in a paragraph and press Alt+Enter (Ctrl+C here ends it):',
  );
  console.log(`\n  ${address}\n`);
  if (values.open) openInBrowser(address);
  return new Promise((resolve) => server.child.on('exit', (code) => resolve(code ?? 0)));
}

/** The extension as it is built here, under the name by which VS Code finds it. */
function linkExtension(home) {
  const extensions = join(home, 'extensions');
  rmSync(extensions, { recursive: true, force: true });
  mkdirSync(extensions, { recursive: true });
  symlinkSync(root, join(extensions, 'second-draft.second-draft-0.1.0'), 'junction');
}

function openInBrowser(address) {
  const [command, args] = windows
    ? ['cmd', ['/c', 'start', '', address]]
    : [process.platform === 'darwin' ? 'open' : 'xdg-open', [address]];
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => console.log('No browser could be opened; please open the address by hand.'))
    .unref();
}
