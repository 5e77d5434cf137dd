/** @file How the dashboard says things: kinds of decisions, numbers, dates. */
import type { ShownComparison } from '../../server/protocol/dashboardMessages.ts';
import type { AdapterId } from '../../server/protocol/common.ts';
import type { DecisionKind } from '../../server/protocol/decisions.ts';
import type { AdapterRow, RunRow } from '../../server/protocol/learning.ts';
import type { TrainingStatus } from '../../server/protocol/status.ts';

export const kindNames: Readonly<Record<DecisionKind, string>> = {
  accepted: 'Accepted',
  acceptedInPart: 'Accepted in part',
  rejected: 'Kept the original',
  refinedAgain: 'Refined again',
  edited: 'Edited after accepting',
  undone: 'Undone',
  ownWording: 'Own wording',
  ghostAccepted: 'Suggestion taken',
  ghostAcceptedInPart: 'Suggestion taken in part',
  ghostTypedAsOffered: 'Suggestion typed',
  ghostDismissed: 'Suggestion dismissed',
  compared: 'Compared',
};

/** The kinds as three groups, which a chart can tell apart. */
export const kindGroups: readonly { readonly title: string; readonly kinds: readonly DecisionKind[] }[] = [
  {
    title: 'Taken',
    kinds: ['accepted', 'acceptedInPart', 'ghostAccepted', 'ghostAcceptedInPart', 'ghostTypedAsOffered'],
  },
  { title: 'Not taken', kinds: ['rejected', 'refinedAgain', 'undone', 'ghostDismissed'] },
  { title: 'Own words or picks', kinds: ['edited', 'ownWording', 'compared'] },
];

export const percent = (share: number): string => `${Math.round(100 * share)} %`;
export const interval = (low: number, high: number): string => `${Math.round(100 * low)}–${percent(high)}`;
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const dayFormat = new Intl.DateTimeFormat('en', { dateStyle: 'long' });
const timeFormat = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
const momentFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
export const day = (time: number): string => dayFormat.format(time);
export const timeOfDay = (time: number): string => timeFormat.format(time);
export const moment = (time: number): string => momentFormat.format(time);

export function adapterName(id: AdapterId | null): string {
  if (id === null) return 'Plain model';
  return id === 0 ? 'Adapter 0 (shipped)' : `Adapter ${id}`;
}

/** As {@link adapterName}, inside a sentence. */
export function adapterInSentence(id: AdapterId | null): string {
  return id === null ? 'the plain model' : adapterName(id);
}

export function minutes(ms: number): string {
  const n = Math.max(1, Math.round(ms / 60_000));
  return n === 1 ? 'about a minute' : `about ${n} minutes`;
}

/** Without escapes; as it is where these are wrong. */
export function readableAddress(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** The last part of a document's address, for people. */
export function documentName(uri: string): string {
  if (uri === 'second-draft:comparison') return 'Comparison';
  return readableAddress(uri.split('/').at(-1) ?? uri);
}

/** Folders' names by their addresses, with as many of the folders above as tell them apart; '' is none. */
export function folderNames(uris: readonly string[]): Map<string, string> {
  const name = (uri: string, depth: number): string =>
    readableAddress(uri.replace(/\/+$/, '').split('/').slice(-depth).join('/'));
  return new Map(
    uris.map((uri) => {
      if (uri === '') return [uri, 'In no folder'];
      let depth = 1;
      const isShared = (other: string): boolean => other !== uri && name(other, depth) === name(uri, depth);
      while (depth < uri.split('/').length && uris.some(isShared)) depth += 1;
      return [uri, name(uri, depth)];
    }),
  );
}

export function verdictOf({ verdict, endedAt }: Pick<RunRow, 'verdict' | 'endedAt'>): string {
  if (!verdict) return endedAt === null ? 'Under way, or cut off' : '';
  return verdict.kind === 'cancelled' ? 'Cancelled.' : verdict.sentence;
}

export function sizeOf({ sizeBytes }: Pick<AdapterRow, 'sizeBytes'>): string {
  return `${(sizeBytes / 1e6).toFixed(1)}\u00a0MB`;
}

/** What more and less of a style is called. */
const styleNames: Readonly<Record<string, readonly [more: string, less: string]>> = {
  brief: ['briefer', 'longer'],
  formal: ['more formal', 'less formal'],
  keep: ['changes less', 'changes more'],
};
/** Less of a style than this is not seen in texts. */
const leastShare = 0.1;

/** An adapter's styles against its parent, and what its refinements have beside that where they have an adapter of their own. */
export function styleOf({ styles, followerStyles }: Pick<AdapterRow, 'styles' | 'followerStyles'>): string {
  const follower = sharesOf(followerStyles);
  return follower === '–' ? sharesOf(styles) : `${sharesOf(styles)}; refinements: ${follower}`;
}

/** The strongest first. */
function sharesOf(styles: AdapterRow['styles']): string {
  const parts = Object.entries(styles)
    .filter(([, share]) => Math.abs(share) >= leastShare)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([name, share]) => {
      const [more, less] = styleNames[name] ?? [`more ${name}`, `less ${name}`];
      return `${share > 0 ? more : less} (${Math.abs(share).toFixed(1)})`;
    });
  return parts.length === 0 ? '–' : parts.join(', ');
}

const pauseReasons = {
  battery: 'the machine runs on its battery',
  writing: 'you are writing',
  user: 'you paused it',
};

export function trainingLine(training: TrainingStatus): string {
  if (training.state === 'idle') return '';
  if (training.state === 'elsewhere') return 'Another window is learning.';
  const { step, steps, doing, etaMs, decisions } = training;
  const left = etaMs === null ? '' : `, ${minutes(etaMs)} left`;
  const paused =
    training.state === 'paused' ? `Paused${training.why ? `: ${pauseReasons[training.why]}` : ''}. ` : '';
  return `${paused}Learning from ${count(decisions, 'decision')}: step ${step} of ${steps}, ${doing}${left}`;
}

/** What all picks come to, once no text waits for one; '' before, and where there is only one text. */
export function sumOfPicks({ a, b, texts }: ShownComparison): string {
  const states = texts.map(({ state }) => state);
  if (states.some(({ kind }) => kind === 'waiting' || kind === 'writing' || kind === 'open')) return '';
  const judged = states.filter(({ kind }) => kind === 'picked' || kind === 'same').length;
  if (texts.length < 2 || judged === 0) return '';
  if (states.every(({ kind }) => kind !== 'picked')) return `Both write the same in all ${judged}.`;
  const picks = (side: 'a' | 'b'): number =>
    states.filter((state) => state.kind === 'picked' && state.picked === side).length;
  const [forA, forB] = [picks('a'), picks('b')];
  if (forA + forB === 0) return `You preferred neither in ${judged} of ${judged}.`;
  if (forA === forB) return `You preferred each in ${forA} of ${judged}.`;
  return `You preferred ${adapterInSentence(forA > forB ? a : b)} in ${Math.max(forA, forB)} of ${judged}.`;
}
