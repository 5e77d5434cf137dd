/** @file A real VS Code where no desktop one can be downloaded: code-server, with VS Code's check of proposed API switched back on. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { ensureCacheFolder } from './setup.mjs';
import { projectEnv, projectNode, quiet, step, Stop } from './steps.mjs';

const version = '4.139.1';
/** Built-in extensions that want the network or an account. */
const unwanted = [
  'copilot',
  'mermaid-markdown-features',
  'microsoft-authentication',
  'github',
  'github-authentication',
];

/** Installs code-server into the cache unless it is there. @returns its entry script */
export function ensureCodeServer() {
  const folder = ensureCacheFolder('host');
  const home = join(folder, 'node_modules', 'code-server');
  const entry = join(home, 'out', 'node', 'entry.js');
  const stamp = join(folder, `ready-${version}`);
  if (existsSync(stamp)) return entry;
  step('Installing code-server, a VS Code for the browser (about a minute)');
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { 'code-server': version } }),
  );
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  quiet('Installing code-server', 'npm', install, { cwd: folder });
  const inner = join(home, 'lib', 'vscode');
  // `npm ci` does not work here: the shrinkwrap that code-server ships is out of step with its package.json.
  quiet("Installing VS Code's packages", 'npm', [...install, '--omit=dev'], { cwd: inner });
  // A native N-API module; without it output channels stay silently empty.
  quiet('Building spdlog', 'npm', ['rebuild', '@vscode/spdlog', '--loglevel=error'], { cwd: inner });
  for (const name of unwanted) rmSync(join(inner, 'extensions', name), { recursive: true, force: true });
  enforceProposedApiCheck(home);
  writeFileSync(stamp, '');
  return entry;
}

/**
 * code-server lets every extension use every proposed API; a desktop VS Code throws. Restores the check, so that a proposed API
 * can't slip in unseen.
 */
function enforceProposedApiCheck(home) {
  const file = join(home, 'lib/vscode/out/vs/workbench/api/node/extensionHostProcess.js');
  const source = readFileSync(file, 'utf8');
  const name = /([\w$]+)\(this\._extension,"inlineCompletionsAdditions"\)/.exec(source)?.[1];
  const body = name && new RegExp(`function ${name.replaceAll('$', '\\$')}\\((\\w+),(\\w+)\\)\\{return!0\\}`);
  if (!body || !body.test(source))
    throw new Stop(`The check of proposed API was not found in code-server ${version}.`);
  const strict = source.replace(
    body,
    (_, extension, proposal) =>
      `function ${name}(${extension},${proposal}){return!!(${extension}.enabledApiProposals&&${extension}.enabledApiProposals.includes(${proposal}))}`,
  );
  rmSync(file); // npm may have hard-linked it
  writeFileSync(file, strict);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Settings that keep a test host quiet. */
export const quietSettings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};

function environment(home, extra) {
  return {
    PATH: projectEnv().PATH,
    LANG: 'C.UTF-8',
    HOME: join(home, 'home'),
    XDG_CONFIG_HOME: join(home, 'xdg-config'),
    XDG_DATA_HOME: join(home, 'xdg-data'),
    XDG_CACHE_HOME: join(home, 'xdg-cache'),
    EXTENSIONS_GALLERY: '{}',
    ...extra,
  };
}

/** Installs a packaged extension into the host folder `home`. */
export function installExtension({ home, vsix }) {
  mkdirSync(join(home, 'home'), { recursive: true });
  quiet(
    'Installing the packaged extension',
    projectNode(),
    [
      ensureCodeServer(),
      '--user-data-dir',
      join(home, 'user'),
      '--extensions-dir',
      join(home, 'extensions'),
      '--install-extension',
      vsix,
    ],
    { env: environment(home, {}) },
  );
}

/**
 * Starts code-server with its data under `home`.
 * @param testDriver whether test payloads in the address are obeyed (it also hides notifications)
 */
export async function startCodeServer({
  home,
  settings = quietSettings,
  testDriver = false,
  env = {},
  port,
  extra = [],
  idleSeconds = 600,
}) {
  const entry = ensureCodeServer();
  mkdirSync(join(home, 'user', 'User'), { recursive: true });
  mkdirSync(join(home, 'extensions'), { recursive: true });
  mkdirSync(join(home, 'home'), { recursive: true });
  writeFileSync(join(home, 'user', 'User', 'settings.json'), JSON.stringify(settings, null, 2));
  const listen = port ?? (await freePort());
  const log = openSync(join(home, 'code-server.log'), 'w');
  const child = spawn(
    projectNode(),
    [
      entry,
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${listen}`, '--config', join(home, 'code-server.yaml')],
      ...['--user-data-dir', join(home, 'user'), '--extensions-dir', join(home, 'extensions')],
      ...[
        '--disable-telemetry',
        '--disable-update-check',
        '--disable-workspace-trust',
        '--disable-getting-started-override',
      ],
      ...['--disable-proxy', '--ignore-last-opened'],
      ...(idleSeconds ? ['--idle-timeout-seconds', String(idleSeconds)] : []),
      ...(testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
      ...extra,
    ],
    { env: environment(home, env), stdio: ['ignore', log, log], detached: true, cwd: home },
  );
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // it has ended already
    }
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  const base = `http://127.0.0.1:${listen}`;
  const deadline = Date.now() + 60_000;
  while (!(await healthy(base))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      stop();
      throw new Stop(`code-server did not start:\n${readFileSync(join(home, 'code-server.log'), 'utf8')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { base, authority: `127.0.0.1:${listen}`, home, child, stop };
}

function healthy(base) {
  return new Promise((resolve) => {
    http
      .get(`${base}/healthz`, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}

/** The workbench's address for a folder, with VS Code's own payload entries. */
export function workbenchAddress(server, { folder, payload = [] }) {
  const address = new URL(`${server.base}/`);
  if (folder) address.searchParams.set('folder', folder);
  else address.searchParams.set('ew', 'true');
  if (payload.length > 0) address.searchParams.set('payload', JSON.stringify(payload));
  return address.toString();
}

export function remoteUri(server, path) {
  return `vscode-remote://${server.authority}${path}`;
}
