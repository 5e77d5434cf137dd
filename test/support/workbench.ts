/** @file A VS Code window in a browser, used as a person uses it: keys, clicks, screenshots. For the `ui` suites. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  installExtension,
  quietSettings,
  remoteUri,
  startCodeServer,
  workbenchAddress,
  type CodeServer,
} from '../../scripts/lib/codeServer.mjs';
import { launchBrowser } from '../../scripts/lib/hosts.mjs';

export const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
} as const;

const repository = join(import.meta.dirname, '..', '..');
const screenshots = join(repository, 'test-results', 'screenshots');

export interface WorkbenchOptions {
  readonly theme: keyof typeof themes;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folders under test/fixtures that hold other extensions, installed beside ours. */
  readonly beside?: readonly string[];
}

/** One host with the packaged extension installed; windows are opened on it one after the other. */
export class UiHost {
  readonly #server: CodeServer;
  readonly #browser: Browser;
  readonly #home: string;

  private constructor(server: CodeServer, browser: Browser, home: string) {
    this.#server = server;
    this.#browser = browser;
    this.#home = home;
  }

  /** @param options the window's theme and settings; they hold for every window of this host */
  static async start({ theme, settings = {}, beside = [] }: WorkbenchOptions): Promise<UiHost> {
    const vsix = process.env.SECOND_DRAFT_VSIX;
    if (vsix === undefined) throw new Error('SECOND_DRAFT_VSIX is not set; run `npm test -- --suite ui`.');
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'second-draft-ui-')));
    installExtension({ home, vsix });
    for (const fixture of beside) installExtension({ home, vsix: await packed(fixture, home) });
    const server = await startCodeServer({
      home,
      settings: { ...quietSettings, 'workbench.colorTheme': themes[theme], ...settings },
    });
    return new UiHost(server, await launchBrowser(), home);
  }

  /** Opens a copy of the sample folder (or of `fixture`) with `file` in the editor. */
  async open(
    file: string,
    {
      fixture = 'sample',
      viewport = { width: 1280, height: 800 },
    }: { fixture?: string; viewport?: WorkbenchOptions['viewport'] } = {},
  ): Promise<Workbench> {
    const folder = join(this.#home, `workspace-${Date.now().toString(36)}`);
    cpSync(join(repository, 'test/fixtures', fixture), folder, { recursive: true });
    const context = await this.#browser.newContext({ viewport });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    const path = join(folder, file);
    await page.goto(
      workbenchAddress(this.#server, { folder, payload: [['openFile', remoteUri(this.#server, path)]] }),
    );
    const workbench = new Workbench(page, path);
    await page.waitForSelector('.monaco-editor .view-line');
    return workbench;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.stop();
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Packs the extension in a folder under test/fixtures. @returns the package's path */
async function packed(fixture: string, home: string): Promise<string> {
  const vsix = join(home, `${fixture}.vsix`);
  await createVSIX({
    cwd: join(repository, 'test/fixtures', fixture),
    packagePath: vsix,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return vsix;
}

export class Workbench {
  readonly page: Page;
  readonly path: string;

  constructor(page: Page, path: string) {
    this.page = page;
    this.path = path;
  }

  /** The zone under the text. */
  get zone(): Locator {
    return this.page.locator('.review-widget');
  }

  /** The item of the status bar, there once the extension is active. */
  get status(): Locator {
    return this.page.locator('.statusbar-item a[aria-label^="Second Draft"]');
  }

  /** Waits until everything about the review is written. */
  async written(): Promise<void> {
    await this.zone.locator('.review-comment').filter({ hasText: 'Leader' }).first().waitFor();
    await this.page.waitForFunction(
      () => !/writing…|improving/.test(document.querySelector('.review-widget')?.textContent ?? 'writing…'),
    );
  }

  /** Accepts by the key, which is deaf in the first moments after a candidate appears. */
  async accept(): Promise<void> {
    await this.page.keyboard.press('Alt+Enter');
    try {
      await this.zone.waitFor({ state: 'detached', timeout: 5_000 });
    } catch {
      await this.page.keyboard.press('Alt+Enter');
      await this.zone.waitFor({ state: 'detached' });
    }
  }

  /** Presses a key that opens something, and again where the editor closed it at once: what it looks for of its own closes a menu. */
  async opens(key: string, opened: Locator): Promise<void> {
    await this.page.keyboard.press(key);
    try {
      await opened.waitFor({ timeout: 5_000 });
    } catch {
      await this.page.keyboard.press(key);
      await opened.waitFor();
    }
  }

  /** Milliseconds from a key to the moment when the zone is gone, as the page sees it. */
  async goneAfter(key: string): Promise<number> {
    // Watching before the key: a key overtakes a script that is still on its way to the page.
    const watch = await this.page.evaluateHandle(() => {
      let pressed: number | undefined;
      window.addEventListener('keydown', () => (pressed ??= performance.now()), { capture: true });
      const gone = new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (pressed === undefined || document.querySelector('.review-widget')) return;
          observer.disconnect();
          resolve(performance.now() - pressed);
        });
        observer.observe(document.body, { childList: true, subtree: true });
      });
      return { gone };
    });
    await this.page.keyboard.press(key);
    return await watch.evaluate(({ gone }) => gone);
  }

  /** Saves the file in the editor until it satisfies the condition, and gives its text. */
  async savedText(condition: (text: string) => boolean): Promise<string> {
    const end = Date.now() + 20_000;
    for (;;) {
      await this.page.keyboard.press('Control+S');
      await this.page.waitForSelector('.tab.active:not(.dirty)');
      const text = readFileSync(this.path, 'utf8');
      // An editor empties a file before it writes it: nothing is not yet what was saved.
      if ((text !== '' && condition(text)) || Date.now() > end) return text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Runs a command from the palette by its whole title; `opens`: it shows a list of its own. */
  async command(title: string, { opens = false } = {}): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: title })
      .first()
      .waitFor();
    await this.page.keyboard.press('Enter');
    if (!opens) await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Puts the caret at the start of a line, counted from 1. */
  async goToLine(line: number): Promise<void> {
    await this.page.click('.monaco-editor .view-lines');
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
