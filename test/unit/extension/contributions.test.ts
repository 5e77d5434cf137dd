import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { words as translatable } from '../../../scripts/l10n.mjs';
import { proseLanguages } from '../../../extension/src/settings/prose.ts';
import { defaultSettings } from '../../../server/protocol/settings.ts';

interface Manifest {
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string }[];
    keybindings: { command: string; key: string; when: string }[];
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { properties: Record<string, { default: unknown; scope: string; order: number }> };
    walkthroughs: { steps: { media: { svg: string } }[] }[];
  };
}

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const words = JSON.parse(read('package.nls.json')) as Record<string, string>;
const { commands, keybindings, menus, configuration, walkthroughs } = manifest.contributes;

/** `{a: {b: 1}}` → `{'a.b': 1}`; lists are values. */
function flat(value: object, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.entries(flat(inner, `${prefix}${key}.`))
        : [[prefix + key, inner]],
    ),
  );
}

/** What the palette offers. */
const designed = [
  ...['Refine', 'Refine With…', 'Refine Again', 'Accept', 'Accept One Change', 'Keep Original'],
  ...['Next Candidate', 'Previous Candidate', 'Show Diff', 'Why This?', 'Refine Commit Message'],
  ...[
    'Choose Model…',
    'Manage Models',
    'Import a GGUF File…',
    'Train Now',
    'Pause Learning',
    'Resume Learning',
  ],
  ...[
    'Cancel Learning',
    'Open Dashboard',
    'Go Back to Previous Adapter',
    'Export Decisions…',
    'Import Decisions…',
  ],
  ...['Delete All Data…', 'Show Log', 'Restart Engine'],
];

describe('the manifest', () => {
  it('has the defaults of the protocol, no more and no fewer', () => {
    const contributed = Object.fromEntries(
      Object.entries(configuration.properties).map(([key, property]) => [key, property.default]),
    );
    expect(contributed).toEqual(flat(defaultSettings, 'secondDraft.'));
  });

  it('orders the settings and gives each a scope', () => {
    const properties = Object.values(configuration.properties);
    expect(properties.map((property) => property.order)).toEqual(properties.map((_, index) => index + 1));
    for (const property of properties)
      expect(property.scope).toMatch(/^(machine|window|resource|language-overridable)$/);
  });

  it('activates for prose languages, and for a dashboard that was open when the window closed', () => {
    expect(manifest.activationEvents).toEqual([
      'onWebviewPanel:secondDraft.dashboard',
      ...proseLanguages.map((language) => `onLanguage:${language}`),
    ]);
  });

  it('puts only contributed commands on keys and menus', () => {
    const known = new Set(commands.map((command) => command.command));
    const used = [...keybindings, ...Object.values(menus).flat()].map((entry) => entry.command);
    for (const command of used) {
      expect(known.has(command) || command.startsWith('editor.action.'), command).toBe(true);
    }
  });

  it('binds no key without saying when', () => {
    // The box of a commit message is a simple widget, in which `editorTextFocus` is never true.
    const focus = /editorTextFocus|^textInputFocus && editorLangId == scminput/;
    for (const binding of keybindings) expect(binding.when, binding.key).toMatch(focus);
  });

  it('lets menus show the key for prose: VS Code takes the last one that fits', () => {
    for (const command of ['secondDraft.refine', 'secondDraft.accept'])
      expect(keybindings.findLast((binding) => binding.command === command)?.key).toBe('alt+enter');
  });

  it('refines prose with a key that works before the extension is active, and leaves LaTeX its own', () => {
    const { when } = keybindings.find(
      ({ command, key }) => command === 'secondDraft.refine' && key === 'alt+enter',
    )!;
    const languages = /editorLangId =~ \/\^\(([^)]*)\)\$\//.exec(when)?.[1]?.split('|');
    expect(languages).toEqual(
      proseLanguages.filter((language) => language !== 'latex' && language !== 'tex'),
    );
    expect(when).not.toContain('secondDraft.inProse');
  });

  it('leaves Escape to whatever else of the editor it closes', () => {
    const closedByEscape = [
      ...['findWidgetVisible', 'suggestWidgetVisible', 'inlineSuggestionVisible', 'parameterHintsVisible'],
      ...['editorHoverVisible', 'referenceSearchVisible', 'inReferenceSearchEditor', 'dirtyDiffVisible'],
      ...['markersNavigationVisible', 'renameInputVisible', 'messageVisible', 'inSnippetMode'],
      'editorHasMultipleSelections',
    ];
    const escapes = keybindings.filter(({ key }) => key === 'escape');
    expect(escapes.map(({ command }) => command)).toEqual(['secondDraft.stop', 'secondDraft.keepOriginal']);
    for (const { when } of escapes) {
      for (const key of closedByEscape) expect(when.split(' && ')).toContain(`!${key}`);
    }
  });

  it('takes no key and no place in the menu of a text where it is off', () => {
    const refining = ['secondDraft.refine', 'secondDraft.refineWith', 'editor.action.inlineSuggest.trigger'];
    const places = [...keybindings, ...(menus['editor/context'] ?? [])].filter(({ command }) =>
      refining.includes(command),
    );
    expect(places).toHaveLength(5);
    for (const { when } of places) expect(when.split(' && ')).toContain('!secondDraft.offHere');
  });

  it('offers the commit message only where the Git extension can be reached', () => {
    const places = [...keybindings, ...Object.values(menus).flat()].filter(
      ({ command }) => command === 'secondDraft.refineCommitMessage',
    );
    expect(places).toHaveLength(3);
    for (const { when } of places) expect(when).toContain('(!remoteName || secondDraft.git)');
  });

  it('spells no key in a title', () => {
    for (const command of commands) {
      expect(words[command.title.slice(1, -1)], command.command).not.toMatch(/\b(Ctrl|Alt|Cmd|Shift)\b/);
    }
  });

  it('has words for every placeholder, and no words without one', () => {
    const placeholders = new Set(
      Array.from(read('package.json').matchAll(/"%([^"%]+)%"/g), (match) => match[1]),
    );
    expect([...placeholders].sort()).toEqual(Object.keys(words).sort());
  });

  it('hands translators every word of the code', () => {
    const bundle: unknown = JSON.parse(read('l10n/bundle.l10n.json'));
    expect(bundle, 'run `npm run l10n`').toEqual(translatable());
    expect(bundle, 'words of more than one folder').toMatchObject({
      'Nothing to improve here.': expect.any(String) as string,
      'Open Dashboard': expect.any(String) as string,
    });
  });

  it('has every command of the design under its name', () => {
    const titles = commands.map(({ title }) => words[title.replaceAll('%', '')]);
    for (const title of designed) expect(titles, title).toContain(title);
  });

  it('carries the pictures of the walkthrough', () => {
    for (const step of walkthroughs.flatMap((walkthrough) => walkthrough.steps)) {
      expect(read(step.media.svg)).toMatch(/^<svg/);
    }
  });
});
