/**
 * @file As much of VS Code's API as the extension's own classes need, in memory: `vi.mock('vscode', () => fakeVscode())`. What a test
 * steers or looks at (the active editor, settings, commands that ran, messages) is in {@link host}.
 */
import { inEnglish } from '../../extension/src/messages/translate.ts';

type Listener<Value> = (value: Value) => unknown;

class Disposable {
  static from(...items: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const item of items) item.dispose();
    });
  }

  readonly #end: () => unknown;

  constructor(end: () => unknown) {
    this.#end = end;
  }

  dispose(): void {
    this.#end();
  }
}

class EventEmitter<Value> {
  readonly #listeners = new Set<Listener<Value>>();

  readonly event = (listener: Listener<Value>): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: Value): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

class Position {
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }

  isEqual(other: Position): boolean {
    return this.line === other.line && this.character === other.character;
  }
}

class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(start: Position | number, end: Position | number, endLine?: number, endCharacter?: number) {
    this.start = typeof start === 'number' ? new Position(start, end as number) : start;
    this.end = typeof end === 'number' ? new Position(endLine ?? 0, endCharacter ?? 0) : end;
  }

  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
}

export class Uri {
  static from({ scheme, path }: { scheme: string; path: string }): Uri {
    return new Uri(scheme, path);
  }

  static file(path: string): Uri {
    return new Uri('file', path);
  }

  static parse(text: string): Uri {
    const colon = text.indexOf(':');
    return new Uri(text.slice(0, colon), text.slice(colon + 1));
  }

  readonly scheme: string;
  readonly path: string;

  constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    return `${this.scheme}:${this.path}`;
  }
}

class CancellationTokenSource {
  readonly #cancelled = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event };

  cancel(): void {
    this.token.isCancellationRequested = true;
    this.#cancelled.fire();
  }

  dispose(): void {
    this.#cancelled.dispose();
  }
}

class TabInputTextDiff {
  readonly original: Uri;
  readonly modified: Uri;

  constructor(original: Uri, modified: Uri) {
    this.original = original;
    this.modified = modified;
  }
}

/** A text with `\n` line endings; {@link FakeDocument.replace} changes it as typing does. */
export class FakeDocument {
  readonly uri: Uri;
  readonly languageId = 'markdown';
  readonly isUntitled = true;
  readonly eol = 1;
  version = 1;
  isClosed = false;
  #text: string;

  constructor(uri: Uri, text: string) {
    this.uri = uri;
    this.#text = text;
  }

  close(): void {
    this.isClosed = true;
    closedDocument.fire(this);
  }

  /** The editor tells of it as of a closing and an opening. */
  changeLanguage(): void {
    closedDocument.fire(this);
  }

  get lineCount(): number {
    return this.#text.split('\n').length;
  }

  getText(range?: Range): string {
    return range ? this.#text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.#text;
  }

  lineAt(line: number): { text: string; range: Range } {
    const text = this.#text.split('\n')[line] ?? '';
    return { text, range: new Range(line, 0, line, text.length) };
  }

  offsetAt({ line, character }: Position): number {
    const before = this.#text.split('\n').slice(0, line);
    return before.reduce((sum, one) => sum + one.length + 1, 0) + character;
  }

  positionAt(offset: number): Position {
    const lines = this.#text.slice(0, offset).split('\n');
    return new Position(lines.length - 1, lines.at(-1)?.length ?? 0);
  }

  /** @param reason 1: undo, 2: redo */
  replace(offset: number, length: number, text: string, reason?: 1 | 2): void {
    this.#text = this.#text.slice(0, offset) + text + this.#text.slice(offset + length);
    this.version++;
    changedDocument.fire({
      document: this,
      contentChanges: [{ rangeOffset: offset, rangeLength: length, text }],
      reason,
    });
  }
}

interface FakeTab {
  readonly input: TabInputTextDiff;
}

const changedDocument = new EventEmitter<{
  document: FakeDocument;
  contentChanges: { rangeOffset: number; rangeLength: number; text: string }[];
  reason: 1 | 2 | undefined;
}>();
const closedDocument = new EventEmitter<FakeDocument>();
const changedEditor = new EventEmitter<unknown>();
const changedTabs = new EventEmitter<{ closed: readonly FakeTab[] }>();
const changedSettings = new EventEmitter<{ affectsConfiguration(section: string): boolean }>();

interface ContentProvider {
  readonly onDidChange?: (listener: Listener<Uri>) => Disposable;
  provideTextDocumentContent(uri: Uri): string;
}

/** What a test steers and looks at. */
class Host {
  settings: Record<string, unknown> = {};
  /** What `inspect` says of any setting; the user's value otherwise. */
  inspected: Record<string, unknown> | undefined;
  /** The arguments of every change of a setting. */
  readonly updates: unknown[][] = [];
  readonly contexts = new Map<string, unknown>();
  readonly messages: string[] = [];
  readonly commands: { readonly id: string; readonly args: readonly unknown[] }[] = [];
  readonly copies: { readonly from: string; readonly to: string }[] = [];
  readonly tabs: FakeTab[] = [];
  readonly providers = new Map<string, ContentProvider>();
  readonly #contents = new Map<string, string>();
  extensions: Record<string, unknown> = {};
  readonly statusItem = { text: '', tooltip: '', show: () => undefined, dispose: () => undefined };
  activeEditor:
    | {
        readonly document: FakeDocument;
        readonly selection: { readonly active: Position };
        revealRange(): void;
      }
    | undefined;
  /** What is picked from a list: the item's label; undefined closes it. */
  pick: (labels: readonly string[]) => string | undefined = () => undefined;
  /** In a picker, the label of the line whose button is pressed. */
  pressButton: string | undefined;
  /** The writer presses Cancel in every progress notification. */
  cancelsProgress = false;
  /** What a file dialog returns. */
  file: Uri | undefined;

  reset(): void {
    this.#contents.clear();
    this.settings = {};
    this.inspected = undefined;
    this.updates.length = 0;
    this.contexts.clear();
    for (const list of [this.messages, this.commands, this.copies, this.tabs]) list.length = 0;
    this.extensions = {};
    this.activeEditor = undefined;
    this.pick = () => undefined;
    this.pressButton = undefined;
    this.cancelsProgress = false;
    this.file = undefined;
  }

  /** The writer looks at this text now. */
  activate(document: FakeDocument | undefined): void {
    this.activeEditor = document && {
      document,
      selection: { active: new Position(0, 0) },
      revealRange: () => undefined,
    };
    changedEditor.fire(this.activeEditor);
  }

  closeTab(tab: FakeTab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    changedTabs.fire({ closed: [tab] });
  }

  /** The text of a virtual document as it was read when it was opened, and again whenever its provider said that it changed. */
  contentOf(uri: Uri): string {
    const known = this.#contents.get(uri.toString());
    if (known !== undefined) return known;
    this.readAgain(uri);
    return this.#contents.get(uri.toString()) ?? '';
  }

  readAgain(uri: Uri): void {
    this.#contents.set(uri.toString(), this.providers.get(uri.scheme)?.provideTextDocumentContent(uri) ?? '');
  }

  changeSettings(settings: Record<string, unknown>): void {
    this.settings = { ...this.settings, ...settings };
    changedSettings.fire({
      affectsConfiguration: (section) =>
        Object.keys(settings).some((key) => key === section || key.startsWith(`${section}.`)),
    });
  }
}

export const host = new Host();

function settingsOf(section: string) {
  return {
    get: (key: string, otherwise?: unknown) => host.settings[`${section}.${key}`] ?? otherwise,
    inspect: (key: string) => host.inspected ?? { globalValue: host.settings[`${section}.${key}`] },
    update: (key: string, value: unknown, target: unknown, forLanguage: unknown) => {
      host.updates.push([`${section}.${key}`, value, target, forLanguage]);
      host.changeSettings({ [`${section}.${key}`]: value });
      return Promise.resolve();
    },
  };
}

function runCommand(id: string, ...args: unknown[]): Promise<undefined> {
  host.commands.push({ id, args });
  if (id === 'setContext') host.contexts.set(String(args[0]), args[1]);
  if (id === 'vscode.diff') {
    const input = new TabInputTextDiff(args[0] as Uri, args[1] as Uri);
    const isSame = (tab: FakeTab) => tab.input.modified.toString() === input.modified.toString();
    if (!host.tabs.some(isSame)) host.tabs.push({ input });
    host.contentOf(input.modified);
  }
  return Promise.resolve(undefined);
}

/** A picker in which the button of {@link Host.pressButton} is pressed, or which is closed. */
function quickPick() {
  const pressed = new EventEmitter<{ item: { label: string } }>();
  const hidden = new EventEmitter<void>();
  const picker = {
    items: [] as { label: string }[],
    selectedItems: [] as { label: string }[],
    onDidAccept: new EventEmitter<void>().event,
    onDidTriggerItemButton: pressed.event,
    onDidHide: hidden.event,
    show: () => {
      const item = picker.items.find(({ label }) => label === host.pressButton);
      if (item) pressed.fire({ item });
      else picker.hide();
    },
    hide: () => {
      hidden.fire();
    },
    dispose: () => undefined,
  };
  return picker;
}

/** The module that stands in for `vscode`. */
export function fakeVscode() {
  return {
    CancellationTokenSource,
    Disposable,
    EventEmitter,
    Position,
    Range,
    TabInputTextDiff,
    Uri,
    ConfigurationTarget: { Global: 1, Workspace: 2, WorkspaceFolder: 3 },
    EndOfLine: { LF: 1, CRLF: 2 },
    ProgressLocation: { Notification: 15 },
    QuickPickItemKind: { Separator: -1, Default: 0 },
    TextEditorRevealType: { InCenterIfOutsideViewport: 2 },
    TextDocumentChangeReason: { Undo: 1, Redo: 2 },
    StatusBarAlignment: { Left: 1, Right: 2 },
    ThemeIcon: String,
    l10n: { t: inEnglish },
    commands: { executeCommand: runCommand },
    env: { clipboard: { writeText: () => Promise.resolve() } },
    extensions: { getExtension: (id: string) => host.extensions[id], onDidChange: new EventEmitter().event },
    languages: {
      setTextDocumentLanguage: (document: FakeDocument) => Promise.resolve(document),
      match: () => 0,
    },
    window: {
      get activeTextEditor() {
        return host.activeEditor;
      },
      get visibleTextEditors() {
        return host.activeEditor ? [host.activeEditor] : [];
      },
      onDidChangeActiveTextEditor: changedEditor.event,
      onDidChangeTextEditorSelection: new EventEmitter().event,
      setStatusBarMessage: (message: string) => host.messages.push(message),
      withProgress: (_options: unknown, task: (progress: unknown, token: unknown) => Promise<unknown>) => {
        const source = new CancellationTokenSource();
        const end = task({ report: () => undefined }, source.token);
        if (host.cancelsProgress) source.cancel();
        return end;
      },
      createQuickPick: quickPick,
      createStatusBarItem: () => host.statusItem,
      showQuickPick: (items: readonly { label: string }[]) => {
        const label = host.pick(items.map((item) => item.label));
        return Promise.resolve(items.find((item) => item.label === label));
      },
      showOpenDialog: () => Promise.resolve(host.file && [host.file]),
      showSaveDialog: () => Promise.resolve(host.file),
      tabGroups: {
        get all() {
          return [{ tabs: [...host.tabs] }];
        },
        onDidChangeTabs: changedTabs.event,
        close: (tabs: readonly FakeTab[]) => {
          for (const tab of tabs) host.closeTab(tab);
          return Promise.resolve(true);
        },
        activeTabGroup: { activeTab: undefined },
      },
    },
    workspace: {
      getConfiguration: settingsOf,
      onDidChangeConfiguration: changedSettings.event,
      onDidChangeTextDocument: changedDocument.event,
      onDidCloseTextDocument: closedDocument.event,
      onDidOpenTextDocument: new EventEmitter().event,
      openTextDocument: (uri: Uri) => Promise.resolve(new FakeDocument(uri, host.contentOf(uri))),
      registerTextDocumentContentProvider: (scheme: string, provider: ContentProvider) => {
        host.providers.set(scheme, provider);
        provider.onDidChange?.((uri) => {
          host.readAgain(uri);
        });
        return new Disposable(() => host.providers.delete(scheme));
      },
      fs: {
        copy: (from: Uri, to: Uri) => {
          host.copies.push({ from: from.toString(), to: to.toString() });
          return Promise.resolve();
        },
      },
    },
  };
}
