/** @file What leader and follower share: ask the model, clean what it says, try once more with another seed. */
import { changesFigure } from '../util/figures.ts';
import { cleanDraft } from './clean.ts';
import { streamedDraft } from './unwrap.ts';
import { withoutDoubtful } from './doubt.ts';
import { losesSmiley } from './marks.ts';
import type { ChatTurn, TextModel } from './textModel.ts';

export interface DraftRequest {
  readonly turns: readonly ChatTurn[];
  /** The text that is rewritten, and what the output mostly copies. */
  readonly source: string;
  readonly copyFrom: string;
  readonly role: 'leader' | 'follower';
  /** A ready style that the wish names. */
  readonly style: string | undefined;
  /** Mistakes are to be corrected, the tone is not to be changed. */
  readonly corrects: boolean;
  /** The writer's own words for what is to be done; '' for a wish of the list. */
  readonly instruction: string;
  /** What the follower was shown; the leader has none. */
  readonly previous?: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onText?: (text: string) => void;
}

export interface DraftTiming {
  readonly firstWordMs: number;
  readonly totalMs: number;
  readonly tokens: number;
}

/** `unchanged`: the model finds nothing to improve. `failed`: twice nothing that could be shown. */
export type DraftOutcome =
  | { readonly kind: 'draft'; readonly text: string; readonly timing: DraftTiming }
  | { readonly kind: 'unchanged'; readonly timing: DraftTiming }
  | { readonly kind: 'failed'; readonly timing: DraftTiming };

export const noTime: DraftTiming = { firstWordMs: 0, totalMs: 0, tokens: 0 };

/** Of one try after the other. */
export function addTimings(first: DraftTiming, second: DraftTiming): DraftTiming {
  return {
    firstWordMs: first.firstWordMs,
    totalMs: first.totalMs + second.totalMs,
    tokens: first.tokens + second.tokens,
  };
}

/** The second try draws: a first try that failed at temperature 0 would fail again. */
const retryTemperature = 0.7;

export async function writeDraft(model: TextModel, request: DraftRequest): Promise<DraftOutcome> {
  const { source, copyFrom, previous, signal, onText } = request;
  const isEditor = model.adapterFormat === 'edit-1';
  const asked = {
    turns: request.turns,
    role: request.role,
    template: isEditor ? 'bare' : 'model',
    signal,
    ...(request.style !== undefined && { style: request.style }),
  } as const;
  let timing: DraftTiming | undefined;
  for (const attempt of [0, 1]) {
    const generated = await model.generate({
      ...asked,
      copyFrom,
      maxTokens: Math.ceil(1.6 * model.countTokens(source)) + 24,
      temperature: attempt === 0 ? 0 : retryTemperature,
      seed: request.seed + attempt,
      ...(onText && {
        onText: (text: string) => {
          const words = streamedDraft(text, source);
          if (words !== '') onText(words);
        },
      }),
    });
    const { firstTokenMs: firstWordMs, totalMs, tokens } = generated;
    const own = { firstWordMs, totalMs, tokens };
    timing = timing ? addTimings(timing, own) : own;
    const cleaned = cleanDraft(generated, source, {
      previous,
      wish: request.instruction,
      corrects: request.corrects,
    });
    if (cleaned.ok) {
      const written = cleaned.text.trim();
      const started = performance.now();
      const kept = isEditor ? await surelyBetter(model, request, written, asked) : written;
      timing = { ...timing, totalMs: timing.totalMs + performance.now() - started };
      if (kept === source.trim() || kept === previous?.trim()) return { kind: 'unchanged', timing };
      return { kind: 'draft', text: cleaned.text.replace(written, () => kept), timing };
    }
    if (cleaned.refusal === 'identical') return { kind: 'unchanged', timing };
  }
  return { kind: 'failed', timing: timing ?? noTime };
}

/** Without what the model does not prefer, unless that would break what {@link cleanDraft} saw to. */
async function surelyBetter(
  model: TextModel,
  { source, copyFrom, corrects, instruction }: DraftRequest,
  written: string,
  asked: Parameters<typeof withoutDoubtful>[3],
): Promise<string> {
  const kept = await withoutDoubtful(model, copyFrom, written, asked);
  const breaks = changesFigure(source, kept, instruction) || (corrects && losesSmiley(copyFrom, kept));
  return breaks ? written : kept;
}
