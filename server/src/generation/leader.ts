/** @file The leader π(y|x): commits to a first rewrite of a text. */
import { addTimings, writeDraft, type DraftOutcome } from './draftWriter.ts';
import { corrects, leaderTurns, otherLeaderTurns, promptFormat, wishStyle, type Ask } from './prompts.ts';
import type { TextModel } from './textModel.ts';

export interface WriteOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onText?: (text: string) => void;
}

export class Leader {
  readonly #model: TextModel;

  constructor(model: TextModel) {
    this.#model = model;
  }

  /** @throws CancelledError when the signal aborts */
  async write(ask: Ask, options: WriteOptions): Promise<DraftOutcome> {
    const format = promptFormat(this.#model);
    const trimmed = { ...ask, text: ask.text.trim() };
    const request = {
      role: 'leader' as const,
      source: ask.text,
      copyFrom: trimmed.text,
      style: wishStyle(format, ask),
      corrects: corrects(ask),
      instruction: ask.instruction,
      ...options,
    };
    const first = await writeDraft(this.#model, { turns: leaderTurns(format, trimmed), ...request });
    const turns = first.kind === 'unchanged' ? otherLeaderTurns(format, trimmed) : null;
    if (!turns) return first;
    const second = await writeDraft(this.#model, { turns, ...request });
    return { ...second, timing: addTimings(first.timing, second.timing) };
  }
}
