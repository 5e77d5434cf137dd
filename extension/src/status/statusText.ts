/** @file What the status item says in each state. Pure; statusBar.ts shows it. */
import type { Status, StatusParams } from '../../../server/protocol/status.ts';
import { bytesOf, clockTime, percent, timeLeft } from '../messages/format.ts';
import type { Translate } from '../messages/translate.ts';

export interface StatusFacts {
  /** null before the server has said anything. */
  readonly server: StatusParams | null;
  /** A refine of this window; it is known here before the server says so. */
  readonly writing: 'leader' | 'follower' | null;
  /** Why ghost text keeps quiet here: the language's name, or the time until which it is paused. */
  readonly quiet: { readonly language: string } | { readonly until: number } | null;
  /** It keeps quiet for Copilot's sake only. */
  readonly yieldsToCopilot: boolean;
  /** Of a download; null while it is too young to tell. */
  readonly downloadLeftMs: number | null;
}

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  readonly isError: boolean;
}

export function statusText(facts: StatusFacts, t: Translate): StatusText {
  const { server, writing } = facts;
  const status = server?.status;
  const training = server?.training;
  const say = (text: string, tooltip: string, isError = false): StatusText => ({ text, tooltip, isError });
  if (status?.state === 'broken') return say(`$(error) Second Draft`, status.message, true);
  if (writing !== null) {
    return say(
      `$(loading~spin) ${writing === 'leader' ? t('Leader') : t('Follower')}`,
      t('Writing. Escape stops it.'),
    );
  }
  if (status?.state === 'downloading') {
    return say(
      `$(cloud-download) ${percent(status.doneBytes, status.totalBytes)}%`,
      bytesOf(status.doneBytes, status.totalBytes, t) +
        (facts.downloadLeftMs === null ? '' : `, ${timeLeft(facts.downloadLeftMs, t)}`),
    );
  }
  if (status?.state === 'loading') return say('$(loading~spin)', t('Loading {0}…', status.model));
  if (training?.state === 'running') {
    const left = training.etaMs === null ? '' : `, ${timeLeft(training.etaMs, t)}`;
    return say(
      `$(mortar-board) ${percent(training.step, training.steps)}%`,
      t('Learning from {0} decisions', training.decisions) + left,
    );
  }
  if (training?.state === 'paused') {
    return say(
      `$(debug-pause) ${percent(training.step, training.steps)}%`,
      t('Learning paused: {0}', pauseReason(training.why, t)),
    );
  }
  if (training?.state === 'elsewhere') return say('$(mortar-board)', t('Another window is learning.'));
  if (facts.quiet !== null) {
    if ('until' in facts.quiet)
      return say('$(bell-slash)', t('Suggestions off until {0}', clockTime(facts.quiet.until)));
    return say(
      '$(bell-slash)',
      facts.yieldsToCopilot
        ? t('Off in {0}: Copilot is on here', facts.quiet.language)
        : t('Suggestions off in {0}', facts.quiet.language),
    );
  }
  return say('$(pencil)', readyTooltip(server, t));
}

function readyTooltip(server: StatusParams | null, t: Translate): string {
  const lines = [loadedText(server?.status, t)];
  if (server) {
    lines.push(
      server.recording ? t('Your decisions are kept on this computer.') : t('Your decisions are not kept.'),
    );
  }
  return lines.join('\n');
}

/** Before a model was loaded the server is ready without one. */
function loadedText(status: Status | undefined, t: Translate): string {
  if (status?.state !== 'ready' || status.model === '') return t('The model loads when it is first needed.');
  const { model, adapter } = status;
  return adapter === null ? t('Ready: {0}', model) : t('Ready: {0}, adapter {1}', model, adapter);
}

function pauseReason(why: 'battery' | 'writing' | 'user' | undefined, t: Translate): string {
  switch (why) {
    case 'battery':
      return t('on battery');
    case 'writing':
      return t('you are writing');
    case 'user':
    case undefined:
      return t('by you');
  }
}
