import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UiHost, type Workbench } from '../support/workbench.ts';

/** Line on which a bad paragraph stands, for which both leader and follower find something. */
const paragraphLine = 3;
const paragraph = 'She go to the office every days and he always forget him keys on the kitchen table.';

describe.each([
  { name: 'dark', theme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light', theme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', theme: 'light', viewport: { width: 560, height: 800 } },
  { name: 'high-contrast', theme: 'highContrast', viewport: { width: 1280, height: 800 } },
] as const)('refining a paragraph as a person does ($name)', ({ name, theme, viewport }) => {
  let host: UiHost;
  let window: Workbench | undefined;

  beforeAll(async () => {
    host = await UiHost.start({ theme });
  });
  afterAll(() => host.stop());
  afterEach(async (context) => {
    if (context.task.result?.state === 'fail') await window?.screenshot(`${name}-failed`);
    await window?.close();
  });

  it('shows candidates in a zone under the text and changes nothing before they are accepted', async () => {
    window = await host.open('picture.md', { fixture: 'cases', viewport });
    await window.goToLine(paragraphLine);
    await window.command('Second Draft: Refine');
    await window.zone.waitFor();
    await window.written();
    await window.screenshot(`refine-${name}`);
    // A zone in the middle of a wrapped paragraph would be read as its end.
    const end = await window.page.locator('.view-line').filter({ hasText: 'holiday' }).last().boundingBox();
    expect(end?.y).toBeLessThan((await window.zone.boundingBox())?.y ?? 0);
    expect(await window.savedText(() => true)).toContain(paragraph);
    await window.accept();
    const after = await window.savedText((text) => !text.includes(paragraph));
    expect(after).not.toContain(paragraph);
    expect(after).toContain('# A first draft');
  });
});
