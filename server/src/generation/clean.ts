/**
 * @file From what a model wrote to a text that may be shown, or the reason why it may not. One small rule each, applied in order;
 * what can be mended is mended, what can't is refused. Used by leader and follower.
 */
import { changesFigure } from '../util/figures.ts';
import { isChatter, related } from './chatter.ts';
import { keepMarks } from './marks.ts';
import { collapseLines, dropRepeats, unwrapped, withoutThinking } from './unwrap.ts';

export type Refusal = 'unfinished' | 'empty' | 'identical' | 'chatter' | 'unrelated' | 'tooLong' | 'figure';

export type Cleaned =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly refusal: Refusal };

export interface RawDraft {
  readonly text: string;
  readonly stop: 'end' | 'length';
}

export interface CleanOptions {
  /** The draft that was shown to the follower; the leader has none. */
  readonly previous?: string | undefined;
  /** The writer's own words for what is to be done: figures that they name may stand in the text. */
  readonly wish?: string;
  /** Mistakes are to be corrected, the tone is not to be changed: smileys stay. */
  readonly corrects?: boolean;
  /** Figures and smileys that were changed are put back; else a changed figure is refused, and smileys may change. Default true. */
  readonly mends?: boolean;
}

/** @param source the text that was to be rewritten */
export function cleanDraft(
  raw: RawDraft,
  source: string,
  { previous, wish = '', corrects = false, mends = true }: CleanOptions = {},
): Cleaned {
  if (raw.stop === 'length') return { ok: false, refusal: 'unfinished' };
  let text = source.includes('</think>') ? raw.text.trim() : withoutThinking(raw.text).trim();
  text = collapseLines(unwrapped(text, source), source);
  text = dropRepeats(text, source);
  if (text === '') return { ok: false, refusal: 'empty' };
  if (isChatter(text, source)) return { ok: false, refusal: 'chatter' };
  if (text.length > 2.5 * source.length + 40) return { ok: false, refusal: 'tooLong' };
  if (!related(text, source)) return { ok: false, refusal: 'unrelated' };
  const shown = (previous ?? source).trim();
  const kept = mends ? keepMarks(text, shown, source, { wish, corrects }) : text;
  if (changesFigure(source, kept, wish) || (kept === shown && changesFigure(source, text, wish)))
    return { ok: false, refusal: 'figure' };
  text = kept;
  if (text === source.trim() || text === previous?.trim()) return { ok: false, refusal: 'identical' };
  return { ok: true, text: keepOuterSpace(text, source) };
}

function keepOuterSpace(text: string, source: string): string {
  const before = /^\s*/.exec(source)?.[0] ?? '';
  const after = /\s*$/.exec(source)?.[0] ?? '';
  return `${before}${text}${after}`;
}
