/** @file Opens a page of media/ in a browser as VS Code's webviews do: its policy, its themes' variables, its API. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What VS Code's default themes set of the variables that the pages read. */
const themes = {
  dark: { 'foreground': '#cccccc', 'editor-background': '#1f1f1f', 'descriptionForeground': '#9d9d9d', 'charts-blue': '#59a4f9', 'charts-yellow': '#cca700', 'charts-green': '#89d185', 'charts-purple': '#b180d7', 'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'focusBorder': '#0078d4', 'textLink-foreground': '#4daafc', 'badge-background': '#616161', 'badge-foreground': '#f8f8f8', 'input-background': '#313131', 'input-foreground': '#cccccc', 'panel-border': '#2b2b2b', 'diffEditor-removedTextBackground': 'rgba(255,0,0,0.2)', 'diffEditor-insertedTextBackground': 'rgba(156,204,44,0.2)' },
  light: { 'foreground': '#3b3b3b', 'editor-background': '#ffffff', 'descriptionForeground': '#3b3b3b', 'charts-blue': '#1a85ff', 'charts-yellow': '#bf8803', 'charts-green': '#388a34', 'charts-purple': '#652d90', 'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'focusBorder': '#005fb8', 'textLink-foreground': '#005fb8', 'badge-background': '#cccccc', 'badge-foreground': '#3b3b3b', 'input-background': '#ffffff', 'input-foreground': '#3b3b3b', 'panel-border': '#e5e5e5', 'diffEditor-removedTextBackground': 'rgba(255,0,0,0.2)', 'diffEditor-insertedTextBackground': 'rgba(156,204,44,0.25)' },
} as const; // prettier-ignore
export type Theme = keyof typeof themes;

export interface Bundle {
  readonly script: string;
  readonly style: string;
}

/** Bundles media/`name` as the build does. */
export async function bundlePage(name: string): Promise<Bundle> {
  const entry = {
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
  } as const;
  const [js, css] = await Promise.all([
    build({ ...entry, entryPoints: [`media/${name}/index.ts`] }),
    build({ ...entry, entryPoints: [`media/${name}/style.css`] }),
  ]);
  return { script: js.outputFiles[0]!.text, style: css.outputFiles[0]!.text };
}

export interface OpenedPage {
  readonly page: Page;
  readonly errors: string[];
  /** What the page posted to the extension so far. */
  readonly sent: () => Promise<{ type: string }[]>;
  /** As the extension posts to the page; resolves when the page has heard it. */
  readonly tell: (message: unknown) => Promise<void>;
  /** Rules of accessibility that the page breaks. */
  readonly violations: () => Promise<string[]>;
}

/** Stands in for VS Code's end of the channel: keeps what is posted, and the state. */
const api = `
const posted = [];
let state = JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined;
window.posted = posted;
window.acquireVsCodeApi = () => ({
  postMessage: (message) => posted.push(message),
  getState: () => state,
  setState: (next) => { state = next; sessionStorage.setItem('state', JSON.stringify(next)); },
});`;

export async function openWebview(
  browser: Browser,
  { script, style }: Bundle,
  theme: Theme,
  viewport = { width: 900, height: 900 },
): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const variables = Object.entries(themes[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
  const root = `:root { ${variables.join(' ')} --vscode-font-family: "DejaVu Sans"; --vscode-font-size: 13px; }`;
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Second Draft</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'nonce-abc'">
<link rel="stylesheet" href="/style.css"></head><body class="vscode-${theme}"><main id="app"></main>
<script nonce="abc" src="/api.js"></script><script nonce="abc" src="/script.js"></script></body></html>`;
  const files: Record<string, { contentType: string; body: string }> = {
    '/': { contentType: 'text/html', body: html },
    '/style.css': { contentType: 'text/css', body: root + style },
    '/script.js': { contentType: 'text/javascript; charset=utf-8', body: script },
    '/api.js': { contentType: 'text/javascript; charset=utf-8', body: api },
  };
  await page.route('http://page.test/**', (route) =>
    route.fulfill(files[new URL(route.request().url()).pathname] ?? { status: 204 }),
  );
  await page.goto('http://page.test/');
  return {
    page,
    errors,
    sent: () => page.evaluate<{ type: string }[]>('window.posted'),
    tell: (message) =>
      page.evaluate(
        (data) =>
          new Promise<void>((resolve) => {
            // Behind the page's own listener, which has then shown what it was told.
            window.addEventListener('message', () => resolve(), { once: true });
            window.postMessage(data, '*');
          }),
        message,
      ),
    violations: async () => {
      // evaluate() runs outside the page's policy, which allows no script but the page's own.
      await page.evaluate(axeSource);
      return page.evaluate<string[]>(
        `axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
      );
    },
  };
}
