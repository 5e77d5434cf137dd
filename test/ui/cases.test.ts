import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UiHost, type Workbench } from '../support/workbench.ts';

/** The cases of a refine that are seen and not only done; one window after the other on one host. */
describe('refining, case by case', () => {
  let host: UiHost;
  let window: Workbench | undefined;

  beforeAll(async () => {
    host = await UiHost.start({
      theme: 'dark',
      settings: { 'files.readonlyInclude': { '**/read-only.md': true } },
    });
  });
  afterAll(() => host.stop());
  afterEach(async (context) => {
    if (context.task.result?.state === 'fail') await window?.screenshot(`cases-failed-${context.task.id}`);
    await window?.close();
    window = undefined;
  });

  async function open(file: string, line = 1, viewport = { width: 1280, height: 800 }): Promise<Workbench> {
    window = await host.open(file, { fixture: 'cases', viewport });
    await window.goToLine(line);
    await window.status.waitFor();
    return window;
  }

  it('opens the zone below the last line of a wrapped paragraph, streams, and leaves the focus in the text', async () => {
    const { page, zone } = await open('long-line.md');
    await page.keyboard.press('Alt+Enter');
    await zone.getByText(/Leader is writing…|Follower is improving it…/).waitFor();
    await page
      .locator('.statusbar')
      .getByText(/Leader|Follower/)
      .waitFor();
    await zone.locator('.review-comment').first().waitFor();
    await window?.screenshot('zone-streaming');
    const end = await page.locator('.view-line').filter({ hasText: 'ends' }).last().boundingBox();
    const top = (await zone.boundingBox())?.y ?? 0;
    expect(end?.y).toBeLessThan(top);
    expect(await page.evaluate(() => document.activeElement?.closest('.review-widget') ?? null)).toBeNull();
    await window?.written();
    await window?.screenshot('zone-finished');
  });

  it('is gone at once with Escape, while it writes and when it is done', async () => {
    const workbench = await open('long-line.md');
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.zone.getByText('Leader is writing…').waitFor();
    const writing = await workbench.goneAfter('Escape');
    await workbench.goToLine(3);
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.written();
    const done = await workbench.goneAfter('Escape');
    console.log(`Escape: ${writing.toFixed(0)} ms while it writes, ${done.toFixed(0)} ms when it is done`);
    // The goal is 100 ms; a machine that does other work beside the tests needs more.
    expect(Math.max(writing, done)).toBeLessThan(1_000);
    expect(await workbench.savedText(() => true)).toContain('She go to the office every days');
  });

  it('counts several selections and shows the next when one is decided', async () => {
    const workbench = await open('paragraphs.md');
    for (let line = 0; line < 2; line++) await workbench.command('Add Cursor Below');
    await workbench.command('Second Draft: Refine');
    await workbench.zone.getByText('1 of 2').waitFor();
    await workbench.written();
    await workbench.screenshot('several-first');
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Second Draft: Keep Original');
    await workbench.zone.getByText('2 of 2').waitFor();
  });

  it('offers Copy where a text is read-only', async () => {
    const workbench = await open('read-only.md');
    await workbench.command('Second Draft: Refine');
    await workbench.written();
    const copy = workbench.zone.getByRole('button', { name: /^Copy/ }).first();
    await workbench.screenshot('read-only');
    await copy.click();
    await workbench.zone.waitFor({ state: 'detached' });
    await workbench.page.locator('.statusbar').getByText('the suggestion was copied').waitFor();
    expect(await workbench.page.evaluate(() => navigator.clipboard.readText())).toMatch(/office/);
  });

  it('names the limit of a long text, with both ways out, and refines the first words', async () => {
    const workbench = await open('five-thousand-words.md');
    await workbench.page.keyboard.press('Control+A');
    await workbench.command('Second Draft: Refine');
    const toast = workbench.page.locator('.notification-toast');
    await toast.getByText('That is 5,000 words; the limit is 2,000.').waitFor();
    await toast.getByRole('button', { name: 'Change Limit' }).waitFor();
    await workbench.screenshot('too-long');
    await toast.getByRole('button', { name: 'Refine the First 2,000' }).click();
    await workbench.zone.waitFor();
    await workbench.command('Second Draft: Stop Writing');
  });

  it('says in the status bar when nothing was found, and when the text changed under it', async () => {
    const workbench = await open('fine.md');
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.page
      .locator('.statusbar')
      .getByText(/Nothing to improve here\.|No improvement was found\./)
      .waitFor();
    await workbench.screenshot('nothing-to-improve');
    await workbench.goToLine(3);
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.zone.waitFor();
    await workbench.page.keyboard.press('Control+ArrowRight');
    await workbench.page.keyboard.type('x');
    await workbench.page.locator('.statusbar').getByText('Refine stopped: the text changed.').waitFor();
    await workbench.screenshot('text-changed');
    await workbench.goToLine(5);
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.page.locator('.statusbar').getByText('There is no prose to refine here.').waitFor();
  });

  it('refines between scripts that run the other way, have no spaces, or are pictures', async () => {
    const workbench = await open('scripts.md', 5);
    await workbench.page.keyboard.press('Alt+Enter');
    await workbench.written();
    await workbench.screenshot('scripts');
    await workbench.accept();
    const text = await workbench.savedText((saved) => !saved.includes('every days'));
    expect(text).toContain('השלום עליכם');
    expect(text).toContain('家族がいます。');
    expect(text).toContain('👩‍👩‍👧🎉');
  });

  it('has a menu behind its status item, a list of tasks and a list of models', async () => {
    const workbench = await open('paragraphs.md');
    expect(await workbench.status.getAttribute('aria-label')).toMatch(/^Second Draft: /);
    await workbench.status.click();
    await workbench.page.locator('.quick-input-list').getByText('Open Dashboard').waitFor();
    await workbench.screenshot('status-menu');
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Second Draft: Refine With…', { opens: true });
    await workbench.page.locator('.quick-input-list').getByText('Fix Grammar Only').waitFor();
    await workbench.screenshot('refine-with');
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Second Draft: Choose Model…', { opens: true });
    await workbench.page.locator('.quick-input-list').getByText('SmolLM2 135M').waitFor();
    await workbench.screenshot('choose-model');
  });

  it('is in the context menu and behind the light bulb of a selection', async () => {
    const workbench = await open('paragraphs.md');
    await workbench.page.keyboard.press('Shift+End');
    await workbench.page
      .locator('.view-line')
      .first()
      .click({ button: 'right', position: { x: 60, y: 8 } });
    await workbench.page.locator('.context-view').getByText('Refine With…').waitFor();
    await workbench.screenshot('context-menu');
    await workbench.page.keyboard.press('Escape');
    await workbench.goToLine(1);
    await workbench.page.keyboard.press('Shift+End');
    await workbench.page.locator('.lightBulbWidget').waitFor();
    await workbench.opens('Control+.', workbench.page.getByText('Refine with Second Draft'));
    await workbench.screenshot('light-bulb');
  });

  it('explains itself in a walkthrough', async () => {
    const workbench = await open('paragraphs.md');
    await workbench.page.keyboard.press('Control+B');
    await workbench.command('Second Draft: What Is Kept?');
    await workbench.page.getByText('Write With a Second Draft').first().waitFor();
    await workbench.page.getByText('If you agree, your decisions are kept').waitFor();
    const picture = workbench.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await picture.locator('svg').waitFor();
    expect(await picture.locator('svg').getAttribute('aria-label')).not.toBe('');
    await workbench.screenshot('walkthrough');
  });
});
