/** @file What a review looks like, apart from where it is drawn: reviewThread.ts draws it as a zone, reviewDiff.ts as a diff editor. */
import type { Candidate } from '../../../server/protocol/refine.ts';
import { wordsChanged } from '../text/wordDiff.ts';
import type { RunState } from './refineRun.ts';
import type { Translate } from '../messages/translate.ts';

export interface ReviewView {
  /** What stands in the document now. */
  readonly text: string;
  /** Some of a candidate's changes stand there already. */
  readonly inPart: boolean;
  /** In the order in which they were written. */
  readonly candidates: readonly Candidate[];
  /** Index into {@link candidates}; -1 while none is complete. */
  readonly current: number;
  readonly state: RunState;
  /** `2 of 7` of several selections; total 1 otherwise. */
  readonly position: { readonly index: number; readonly total: number };
  /** The text can't be changed: a candidate can be copied only. */
  readonly readOnly: boolean;
}

/** The zone's or the diff editor's title. */
export function reviewTitle(view: ReviewView, t: Translate): string {
  const { index, total } = view.position;
  const where = total > 1 ? `${t('{0} of {1}', index + 1, total)} · ` : '';
  return where + reviewHeadline(view, t);
}

function reviewHeadline({ state, candidates }: ReviewView, t: Translate): string {
  switch (state.kind) {
    case 'waiting':
      return candidates.length === 0 ? t('Leader is writing…') : t('Follower is improving it…');
    case 'writing':
      return state.role === 'leader' ? t('Leader is writing…') : t('Follower is improving it…');
    case 'failed':
    case 'textChanged':
    case 'finished':
      return candidates.length === 1 ? t('1 suggestion') : t('{0} suggestions', candidates.length);
  }
}

export function roleName(role: Candidate['role'], t: Translate): string {
  return role === 'leader' ? t('Leader') : t('Follower');
}

/** `round 1 · 14 words changed`; the current one of several says so. */
export function candidateLabel(view: ReviewView, index: number, t: Translate): string {
  const candidate = view.candidates[index];
  if (!candidate) return '';
  const count = view.inPart ? wordsChanged(view.text, candidate.text) : candidate.wordsChanged;
  const words = count === 1 ? t('1 word changed') : t('{0} words changed', count);
  const parts = candidate.role === 'follower' ? [t('round {0}', candidate.round), words] : [words];
  if (index === view.current && view.candidates.length > 1) parts.unshift(t('shown in the text'));
  return parts.join(' · ');
}

/** Where a review is drawn. */
export interface ReviewSurface {
  update(view: ReviewView): void;
  dispose(): void;
}
