/** @file The two hosts that run the end-to-end suites; the suites do not know which one runs them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumFlags, ensureChromium } from './chromium.mjs';
import {
  ensureCodeServer,
  installExtension,
  remoteUri,
  startCodeServer,
  workbenchAddress,
} from './codeServer.mjs';
import { cache, quiet, Stop } from './steps.mjs';

/** The VS Code that suites and `npm start` ask for. */
const desktopVersion = process.env.VSCODE_VERSION ?? 'stable';

/** Whether a window could be shown at all. */
function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

/** Downloads the desktop VS Code. @returns its executable, or undefined with the reason where it can't be had */
export async function desktopVsCode() {
  if (!hasDisplay()) return { reason: 'there is no display' };
  const { downloadAndUnzipVSCode, SilentReporter } = await import('@vscode/test-electron');
  try {
    const executable = await downloadAndUnzipVSCode({
      version: desktopVersion,
      cachePath: join(cache, 'vscode'),
      reporter: new SilentReporter(),
      timeout: 30_000,
    });
    return { executable };
  } catch (error) {
    return { reason: `it could not be downloaded (${error.message})` };
  }
}

/** @returns the host that SECOND_DRAFT_HOST names, else the desktop VS Code where it can be had, else code-server */
export async function chooseHost() {
  const wanted = process.env.SECOND_DRAFT_HOST;
  if (wanted && wanted !== 'desktop' && wanted !== 'code-server') {
    throw new Stop(`SECOND_DRAFT_HOST is "${wanted}"; it may be "desktop" or "code-server".`);
  }
  if (wanted !== 'code-server') {
    const { executable, reason } = await desktopVsCode();
    if (executable) return { kind: 'desktop', title: 'the desktop VS Code', executable };
    if (wanted === 'desktop') throw new Stop(`The desktop VS Code can't be used: ${reason}.`);
    return { kind: 'code-server', title: `code-server (no desktop VS Code: ${reason})` };
  }
  return { kind: 'code-server', title: 'code-server' };
}

export async function runDesktop({ home, vsix, workspace, tests, env }, { executable }) {
  const { runTests, resolveCliArgsFromVSCodeExecutablePath } = await import('@vscode/test-electron');
  const folders = ['--user-data-dir', join(home, 'user'), '--extensions-dir', join(home, 'extensions')];
  const [cli] = resolveCliArgsFromVSCodeExecutablePath(executable);
  quiet('Installing the packaged extension', cli, [...folders, '--install-extension', vsix]);
  return runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: tests.folder,
    extensionTestsPath: tests.index,
    extensionTestsEnv: env,
    launchArgs: [
      workspace,
      ...folders,
      '--disable-workspace-trust',
      '--skip-welcome',
      '--skip-release-notes',
    ],
  });
}

export async function runCodeServer({ home, vsix, workspace, tests, env, limitMs }) {
  ensureCodeServer();
  installExtension({ home, vsix });
  const server = await startCodeServer({ home, env, testDriver: true });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const ended = new Promise(
      (resolve) => void page.exposeFunction('codeAutomationExit', (code) => resolve(code)),
    );
    await page.exposeFunction('codeAutomationLog', (type, args) => {
      if (process.env.VERBOSE) console.log(`  [${type}]`, args.map(String).join(' ').slice(0, 2000));
    });
    const payload = [
      ['extensionDevelopmentPath', remoteUri(server, tests.folder)],
      ['extensionTestsPath', remoteUri(server, tests.index)],
    ];
    await page.goto(workbenchAddress(server, { folder: workspace, payload }));
    let timer;
    const limit = new Promise((resolve) => {
      timer = setTimeout(() => resolve('timeout'), limitMs);
    });
    const code = await Promise.race([ended, limit]);
    clearTimeout(timer);
    if (code === 'timeout') {
      mkdirSync('test-results', { recursive: true });
      await page.screenshot({ path: 'test-results/e2e-timeout.png' });
      throw new Stop(
        `The end-to-end suites did not end within ${limitMs / 60_000} minutes; see test-results/e2e-timeout.png.`,
      );
    }
    return code;
  } finally {
    await browser.close();
    server.stop();
  }
}

export async function launchBrowser() {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: ensureChromium(), headless: true, args: chromiumFlags });
}
