/** @file Codes to words and buttons: every error a person can meet, and the way out that is offered. Pure; see UX of errors in docs. */
import { rpcErrorCode, type ErrorCode, type ErrorData } from '../../../server/protocol/errors.ts';
import { bytes } from './format.ts';
import type { Translate } from './translate.ts';

export interface ErrorButton {
  readonly title: string;
  readonly command: string;
  readonly args?: readonly unknown[];
}

export interface ErrorView {
  readonly message: string;
  readonly buttons: readonly ErrorButton[];
}

/** What failed, as the extension hands it on: a code, the server's sentence, the facts for the buttons. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number>>;
}

/** The part of a text that is short enough, in offsets of one version of the document. */
export interface FirstPart {
  readonly start: number;
  readonly end: number;
  readonly version: number;
}

/** Reads the protocol's error data from whatever a request was rejected with. */
export function failureOf(error: unknown): Failure {
  if (typeof error !== 'object' || error === null)
    return { code: 'internal', message: String(error), facts: {} };
  const { code, data, message } = error as { code?: unknown; data?: Partial<ErrorData>; message?: unknown };
  const text = typeof message === 'string' ? message : 'Unknown error';
  if (code === rpcErrorCode && data?.code !== undefined)
    return { code: data.code, message: text, facts: data.facts ?? {} };
  // LSP's RequestCancelled and ServerCancelled, and the editor's own cancellation.
  if (code === -32800 || code === -32802 || text === 'Canceled')
    return { code: 'cancelled', message: text, facts: {} };
  // LSP's ContentModified.
  if (code === -32801) return { code: 'staleDocument', message: text, facts: {} };
  // The connection ended while the request was under way (jsonrpc: PendingResponseRejected, ConnectionInactive; client: stopped).
  if (
    code === -32097 ||
    code === -32096 ||
    /connection (is|got) (closed|disposed)|is not running|not usable/i.test(text)
  ) {
    return { code: 'serverCrashed', message: text, facts: {} };
  }
  return { code: 'internal', message: text, facts: {} };
}

/** The words and buttons for a failure; null for what is never shown. */
export function errorView(failure: Failure, t: Translate): ErrorView | null {
  const { code, facts } = failure;
  const text = (key: string, otherwise: string) => String(facts[key] ?? otherwise);
  const size = (key: string) => (typeof facts[key] === 'number' ? bytes(facts[key]) : text(key, '?'));
  const choose: ErrorButton = { title: t('Choose'), command: 'secondDraft.chooseModel' };
  const useBundled: ErrorButton = {
    title: t('Use the Bundled Model'),
    command: 'secondDraft.useBundledModel',
  };
  const importFile: ErrorButton = { title: t('Import a GGUF File'), command: 'secondDraft.importModel' };
  const openDashboard: ErrorButton = { title: t('Open Dashboard'), command: 'secondDraft.openDashboard' };
  const showLog: ErrorButton = { title: t('Show Log'), command: 'secondDraft.showLog' };
  const refineAgain: ErrorButton = { title: t('Refine Again'), command: 'secondDraft.tryAgain' };
  switch (code) {
    case 'cancelled':
      return null;
    case 'modelMissing':
      return {
        message:
          facts.id !== undefined
            ? t('The model "{0}" is not installed.', facts.id)
            : facts.path !== undefined
              ? t('There is no model at {0}.', facts.path)
              : t('No model is installed.'),
        buttons: [useBundled, choose],
      };
    case 'modelCorrupt': {
      const download: ErrorButton[] =
        facts.id === undefined
          ? []
          : [{ title: t('Download Again'), command: 'secondDraft.downloadModel', args: [facts.id] }];
      return {
        message:
          facts.setAside === undefined
            ? failure.message
            : t('{0} is damaged and was set aside.', text('model', t('The model'))),
        buttons: [...download, choose],
      };
    }
    case 'modelUnsupported':
      return { message: failure.message, buttons: [useBundled, choose] };
    case 'outOfMemory': {
      const fitting: ErrorButton[] =
        facts.fits === undefined
          ? []
          : [
              {
                title: t('Use {0}', text('fitsTitle', text('fits', ''))),
                command: 'secondDraft.useModel',
                args: [facts.fits],
              },
            ];
      return {
        message:
          facts.neededBytes === undefined
            ? failure.message
            : t(
                '{0} needs {1}; {2} is free.',
                text('model', t('The model')),
                size('neededBytes'),
                size('freeBytes'),
              ),
        buttons: [...fitting, choose],
      };
    }
    case 'downloadFailed': {
      const resume: ErrorButton[] =
        facts.id === undefined
          ? []
          : [{ title: t('Resume'), command: 'secondDraft.downloadModel', args: [facts.id] }];
      return {
        message:
          facts.percent === undefined
            ? failure.message
            : t('Download stopped at {0} %: {1}.', text('percent', '?'), text('reason', failure.message)),
        buttons: [...resume, importFile],
      };
    }
    case 'storageFull':
      return {
        message:
          facts.neededBytes === undefined
            ? failure.message
            : t('{0} is needed, {1} is free.', size('neededBytes'), size('freeBytes')),
        buttons: [{ title: t('Manage Models'), command: 'secondDraft.manageModels' }],
      };
    case 'storageUnavailable':
      return { message: failure.message, buttons: [showLog] };
    case 'staleDocument':
      return { message: t('The text changed while Second Draft was writing.'), buttons: [refineAgain] };
    case 'nothingToRefine':
      return { message: t('There is no prose to refine here.'), buttons: [] };
    case 'selectionTooLong': {
      if (facts.words === undefined) {
        return {
          message: t('This passage is too long for the model; select less of it.'),
          buttons: [choose],
        };
      }
      const limit = Number(facts.limit ?? 0);
      return {
        message: t('That is {0} words; the limit is {1}.', grouped(Number(facts.words)), grouped(limit)),
        buttons: [
          {
            title: t('Refine the First {0}', grouped(limit)),
            command: 'secondDraft.refineFirst',
            args: [
              {
                start: Number(facts.start ?? 0),
                end: Number(facts.end ?? 0),
                version: Number(facts.version ?? -1),
              } satisfies FirstPart,
            ],
          },
          {
            title: t('Change Limit'),
            command: 'workbench.action.openSettings',
            args: ['secondDraft.refine.maxWords'],
          },
        ],
      };
    }
    case 'notEnoughDecisions': {
      const needed = facts.needed ?? facts.minDecisions;
      const has = facts.has ?? facts.decisions;
      return {
        message:
          needed === undefined || has === undefined
            ? failure.message
            : t('Learning starts at {0} decisions; you have {1}.', needed, has),
        buttons: [openDashboard],
      };
    }
    case 'trainingBusy':
      return facts.where === 'here'
        ? { message: t('Second Draft is learning already.'), buttons: [openDashboard] }
        : {
            message: t('Another window is learning.'),
            buttons: [
              { title: t('Pause It'), command: 'secondDraft.pauseLearning' },
              { title: t('Cancel It'), command: 'secondDraft.cancelLearning' },
            ],
          };
    case 'learningOff':
      return {
        message: t('Learning is off in your settings.'),
        buttons: [
          {
            title: t('Open Setting'),
            command: 'workbench.action.openSettings',
            args: ['secondDraft.learning.train'],
          },
        ],
      };
    case 'onBattery':
      return {
        message: t('Learning stays paused while this computer runs on its battery.'),
        buttons: [{ title: t('Learn on Battery'), command: 'secondDraft.learnOnBattery' }],
      };
    case 'trainingFailed':
    case 'adapterRefused':
      return { message: failure.message, buttons: [openDashboard, showLog] };
    case 'serverCrashed':
      return {
        message: t('The writing engine stopped three times.'),
        buttons: [{ title: t('Restart on CPU'), command: 'secondDraft.restartOnCpu' }, showLog],
      };
    case 'unsupportedPlatform':
      return {
        message: t('There is no engine for {0}.', text('system', t('this system'))),
        buttons: [
          {
            title: t('Use a Server'),
            command: 'workbench.action.openSettings',
            args: ['secondDraft.server.url'],
          },
        ],
      };
    case 'gpuUnavailable':
      return {
        message: t(
          'The setting secondDraft.engine.gpu asks for {0}, which does not work here.',
          text('gpu', t('a graphics processor')),
        ),
        buttons: [
          { title: t('Automatic'), command: 'secondDraft.automaticGpu' },
          { title: t('Restart on CPU'), command: 'secondDraft.restartOnCpu' },
        ],
      };
    case 'remoteFailed':
      return {
        message: failure.message,
        buttons: [
          {
            title: t('Change Address'),
            command: 'workbench.action.openSettings',
            args: ['secondDraft.server.url'],
          },
          useBundled,
        ],
      };
    case 'badRequest':
    case 'internal':
      return { message: failure.message, buttons: [showLog] };
  }
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
