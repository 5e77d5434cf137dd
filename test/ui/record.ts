/**
 * @file Films a refine for the README: a paragraph, Alt+Enter, draft and refinement as they are written, accept.
 *
 *   npm run record      (after `npm run package`; writes docs/images/refine.gif)
 */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import gifenc from 'gifenc';
import { PNG } from 'pngjs';
import { UiHost } from '../support/workbench.ts';

const root = join(import.meta.dirname, '..', '..');
const [vsix] = globSync(`second-draft-${process.platform}-${process.arch}-*.vsix`, { cwd: root });
if (vsix === undefined) throw new Error('There is no package to film: run `npm run package` first.');
process.env.SECOND_DRAFT_VSIX ??= join(root, vsix);

const out = join(root, 'docs', 'images', 'refine.gif');
const frameMs = 200;
const viewport = { width: 960, height: 540 };

const host = await UiHost.start({
  theme: 'dark',
  settings: { 'editor.fontSize': 15, 'workbench.startupEditor': 'none' },
});
const window = await host.open('letter.md', { fixture: 'film', viewport });
await window.goToLine(3);

const frames: { readonly png: Buffer; readonly at: number }[] = [];
const camera = { on: true };
const film = (async () => {
  while (camera.on) {
    const at = performance.now();
    frames.push({ png: await window.page.screenshot(), at });
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, frameMs - (performance.now() - at))));
  }
})();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
await pause(1000);
await window.page.keyboard.press('Alt+Enter');
await window.zone.waitFor();
await window.written();
await pause(2000);
await window.accept();
await pause(1500);
camera.on = false;
await film;
await window.close();
await host.stop();

const gif = gifenc.GIFEncoder();
const pictures = frames
  .map(({ png, at }, i) => ({ png, ms: (frames[i + 1]?.at ?? at + 1500) - at }))
  .reduce<{ png: Buffer; ms: number }[]>((kept, frame) => {
    const last = kept.at(-1);
    if (last?.png.equals(frame.png)) last.ms += frame.ms;
    else kept.push({ ...frame });
    return kept;
  }, []);
for (const { png, ms } of pictures) {
  const { data, width, height } = PNG.sync.read(png);
  const palette = gifenc.quantize(data, 256);
  gif.writeFrame(gifenc.applyPalette(data, palette), width, height, { palette, delay: ms });
}
gif.finish();
writeFileSync(out, gif.bytes());
console.log(`${out}: ${pictures.length} pictures, ${Math.round(gif.bytes().length / 1024)} kB`);
process.exit(0);
