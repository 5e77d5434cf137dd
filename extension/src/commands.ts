/** @file The commands: each is one line that calls what does the work; what it throws becomes words and buttons here. */
import * as vscode from 'vscode';
import type { AdapterPair } from '../../server/protocol/dashboardMessages.ts';
import type { Task } from '../../server/protocol/common.ts';
import type { DecisionFilter, WhyParams, WhyResult } from '../../server/protocol/decisions.ts';
import { method, serverCommand } from '../../server/protocol/messages.ts';
import type { RefineParams } from '../../server/protocol/refine.ts';
import { refineCommitMessage, type CommitMessageDependencies } from './commit/commitMessage.ts';
import {
  documentSettings,
  setInlineTrigger,
  setSetting,
  turnCopilotOff,
  yieldsToCopilotIn,
} from './settings/config.ts';
import type { Consent } from './decisions/consent.ts';
import type { EngineRestart } from './engine/engineRestart.ts';
import { failureOf, type FirstPart } from './messages/errors.ts';
import type { GhostText } from './ghost/ghostText.ts';
import { learningItems } from './learning/learningMenu.ts';
import type { ModelSetup } from './models/modelSetup.ts';
import { isProse } from './settings/prose.ts';
import type { ReviewController } from './review/reviewController.ts';
import { CandidateComment } from './review/reviewThread.ts';
import { say } from './messages/say.ts';
import { languageName } from './status/statusBar.ts';
import { targets, type RefineArguments } from './review/targets.ts';
import type { TrainingCommands } from './learning/trainingCommands.ts';
import { isOnOrTurnedOn } from './settings/turnOn.ts';

export interface CommandDependencies extends CommitMessageDependencies {
  readonly reviews: ReviewController;
  readonly ghost: GhostText;
  readonly models: ModelSetup;
  readonly training: TrainingCommands;
  readonly restart: EngineRestart;
  readonly consent: Consent;
  readonly openExplainLearning: () => void;
  readonly openDashboard: (pair?: AdapterPair) => void;
  readonly log: vscode.LogOutputChannel;
}

const t = vscode.l10n.t;

/** Registers every command of package.json, and those that only buttons run. */
export function registerCommands(deps: CommandDependencies): vscode.Disposable {
  const { reviews, models, training, log, client, ghost, restart } = deps;
  const commands: Record<string, (...args: never[]) => unknown> = {
    refine: (args?: unknown) => refine(deps, refineArguments(args)),
    refineWith: () => refineWith(deps),
    copy: (comment?: unknown) =>
      reviews.accept(comment instanceof CandidateComment ? comment.index : undefined),
    refineFirst: (part: FirstPart) => reviews.refineFirst(part),
    refineAgain: () => reviews.refineAgain(),
    /** The button of a refine that failed: what was to be refined again, else the text at the caret. */
    tryAgain: async () => {
      if (!(await reviews.tryAgain())) await refine(deps, {});
    },
    accept: (comment?: unknown) =>
      reviews.accept(comment instanceof CandidateComment ? comment.index : undefined),
    acceptOneChange: () => reviews.acceptOneChange(),
    keepOriginal: () => reviews.keepOriginal(),
    stop: () => reviews.stop(),
    nextCandidate: () => reviews.move(1),
    previousCandidate: () => reviews.move(-1),
    showDiff: () => reviews.showDiff(),
    why: () => why(deps),
    refineCommitMessage: (sourceControl?: { rootUri?: vscode.Uri }) =>
      refineCommitMessage(deps, sourceControl),
    chooseModel: () => models.choose(),
    manageModels: () => models.manage(),
    importModel: () => models.importFile(),
    useBundledModel: () => models.useBundled(),
    useModel: (id: string) => models.useById(id),
    downloadModel: async (id: string) => {
      if (await models.download(id)) await models.select(id);
    },
    trainNow: () => training.train(),
    pauseLearning: () => training.pause(),
    resumeLearning: () => training.resume(),
    cancelLearning: () => training.cancel(),
    learnOnBattery: async () => {
      await setSetting('learning.onBattery', true);
      await training.resume();
    },
    goBack: () => training.goBack(),
    useAdapter: (id: number | null) => training.activate(id),
    exportDecisions: (filter?: DecisionFilter) => training.exportDecisions(filter),
    importDecisions: () => training.importDecisions(),
    deleteAllData: () => training.deleteAll(),
    whatIsKept: () => openWalkthrough(),
    refineSample: () => refineSample(reviews),
    keepDecisions: () => deps.consent.set('given'),
    snooze: () => snooze(ghost),
    resumeSuggestions: () => resumeSuggestions(ghost),
    explainLearning: () => deps.openExplainLearning(),
    openDashboard: () => deps.openDashboard(),
    compareAdapters: (a: number | null, b: number | null) => deps.openDashboard({ a, b }),
    showMenu: () => showMenu(deps),
    showLog: () => log.show(),
    restartEngine: () => client.restart(),
    restartOnCpu: () => restart.useGpu('off'),
    automaticGpu: () => restart.useGpu('auto'),
  };
  const registrations = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`secondDraft.${name}`, async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        deps.showFailure(failureOf(error));
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

/** The lightbulb's command of other editors opens our review instead of changing the text at once. */
export async function runServerCommand(
  command: string,
  args: readonly unknown[],
  next: (command: string, args: unknown[]) => unknown,
): Promise<unknown> {
  if (command !== serverCommand.refineAndApply) return await next(command, [...args]);
  const [params] = args as [RefineParams?];
  if (!params) return undefined;
  const { textDocument, range, task, instruction } = params;
  const refine: RefineArguments = {
    uri: textDocument.uri,
    range,
    task,
    ...(instruction === undefined ? {} : { instruction }),
  };
  return await vscode.commands.executeCommand('secondDraft.refine', refine);
}

/** Menus hand a Uri to every command; only our own objects are arguments. */
function refineArguments(args: unknown): RefineArguments {
  if (typeof args !== 'object' || args === null || args instanceof vscode.Uri) return {};
  return args;
}

async function refine({ reviews, dialogs }: CommandDependencies, what: RefineArguments): Promise<void> {
  const [first] = await targets(what);
  if (!first) {
    say(t('There is no prose to refine here.'));
    return;
  }
  // Asked again: the text may have changed while a question was open.
  if (await isOnOrTurnedOn(first.document, dialogs)) reviews.refine(await targets(what));
}

async function refineWith(deps: CommandDependencies): Promise<void> {
  const tasks: readonly (vscode.QuickPickItem & { task: Task })[] = [
    { label: t('Shorter'), task: 'shorten' },
    { label: t('Clearer'), task: 'clarify' },
    { label: t('Fix Grammar Only'), task: 'fixGrammar' },
    { label: t('More Formal'), task: 'formal' },
    { label: t('Friendlier'), task: 'friendly' },
    { label: t('Other…'), task: 'custom' },
  ];
  const picked = await vscode.window.showQuickPick(tasks, { placeHolder: t('How should it read?') });
  if (!picked) return;
  if (picked.task !== 'custom') {
    await refine(deps, { task: picked.task });
    return;
  }
  const instruction = await vscode.window.showInputBox({
    prompt: t('What should change?'),
    placeHolder: t('for example: in plain words, for a newcomer'),
  });
  if (instruction?.trim()) await refine(deps, { task: 'custom', instruction: instruction.trim() });
}

async function why({ reviews, client, dialogs }: CommandDependencies): Promise<void> {
  const shown = reviews.currentCandidate;
  if (!shown) return;
  const { text } = await client.request<WhyResult>(method.why, shown satisfies WhyParams);
  const message = text ?? t('Not enough is known of your taste yet.');
  await dialogs.ask({ severity: 'info', message, buttons: [] });
}

async function resumeSuggestions(ghost: GhostText): Promise<void> {
  ghost.resume();
  await vscode.commands.executeCommand('editor.action.inlineSuggest.cancelSnooze');
}

async function snooze(ghost: GhostText): Promise<void> {
  ghost.snooze();
  // Five minutes, for every provider of ghost text.
  await vscode.commands.executeCommand('editor.action.inlineSuggest.snooze', 5);
}

/** At the step on what is kept. */
async function openWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', {
    category: 'second-draft.second-draft#secondDraft.welcome',
    step: 'kept',
  });
}

const sample =
  'Due to the fact that the weather was bad, we was not able to go on the trip that we had planned to go on. ' +
  'The guide he told us that it is basically possible to going next week instead.\n';

async function refineSample(reviews: ReviewController): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: sample });
  await vscode.window.showTextDocument(document);
  reviews.refine(await targets());
}

interface MenuItem extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

async function showMenu(deps: CommandDependencies): Promise<void> {
  const command = (label: string, name: string): MenuItem => ({
    label,
    run: () => vscode.commands.executeCommand(`secondDraft.${name}`),
  });
  const items: MenuItem[] = [
    command(t('$(pencil) Refine'), 'refine'),
    command(t('$(wand) Refine With…'), 'refineWith'),
    ...suggestionItems(deps),
    separator(t('Learning')),
    command(t('$(graph) Open Dashboard'), 'openDashboard'),
    ...learningItems(deps.training.state, t).map(({ label, name }) => command(label, name)),
    ...recordingItems(deps),
    separator(t('Engine')),
    command(t('$(chip) Choose Model…'), 'chooseModel'),
    command(t('$(output) Show Log'), 'showLog'),
    command(t('$(debug-restart) Restart Engine'), 'restartEngine'),
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Second Draft' });
  await picked?.run?.();
}

function suggestionItems(deps: CommandDependencies): MenuItem[] {
  const { ghost } = deps;
  const document = vscode.window.activeTextEditor?.document;
  const items: MenuItem[] = [separator(t('Suggestions'))];
  items.push(
    ghost.pausedUntil === null
      ? { label: t('$(bell-slash) Snooze'), description: t('5 minutes'), run: () => snooze(ghost) }
      : {
          label: t('$(bell) Resume Suggestions'),
          run: () => resumeSuggestions(ghost),
        },
  );
  if (!document || !isProse(document.languageId)) return items;
  const { languageId } = document;
  const language = languageName(languageId);
  const { inlineTrigger } = documentSettings(document);
  if (yieldsToCopilotIn(document)) {
    items.push({
      label: t('$(arrow-swap) Use Second Draft Here'),
      description: t('Turns Copilot off in {0}', language),
      run: () => useSecondDraft(deps, languageId),
    });
  }
  if (inlineTrigger !== 'onPause') {
    items.push({
      label: t('$(check) Suggest in {0}', language),
      run: () => setInlineTrigger(languageId, 'onPause'),
    });
  }
  if (inlineTrigger !== 'onDemand') {
    items.push({
      label: t('$(keyboard) Only When I Ask'),
      run: () => setInlineTrigger(languageId, 'onDemand'),
    });
  }
  if (inlineTrigger !== 'off') {
    items.push({
      label: t('$(circle-slash) Off in {0}', language),
      run: () => setInlineTrigger(languageId, 'off'),
    });
  }
  return items;
}

/** Another extension's setting is changed only when the writer says so. */
async function useSecondDraft({ dialogs }: CommandDependencies, languageId: string): Promise<void> {
  const turnOff = t('Turn Off');
  const answer = await dialogs.ask({
    severity: 'info',
    message: t('Turn Copilot off in {0}, so that Second Draft suggests there?', languageName(languageId)),
    buttons: [turnOff],
  });
  if (answer === turnOff) await turnCopilotOff(languageId);
}

function recordingItems({ consent }: CommandDependencies): MenuItem[] {
  return consent.answer === 'given'
    ? [{ label: t("$(eye-closed) Don't Keep My Decisions"), run: () => consent.set('refused') }]
    : [
        {
          label: t('$(eye) Keep My Decisions'),
          description: t('on this computer'),
          run: () => vscode.commands.executeCommand('secondDraft.keepDecisions'),
        },
      ];
}

function separator(label: string): MenuItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
