/** @file The leader π(y|x): commits to a first rewrite of a text. */
import { writeDraft, type DraftOutcome } from './draftWriter.ts';
import { leaderTurns, promptFormat, type Ask } from './prompts.ts';
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
  write(ask: Ask, options: WriteOptions): Promise<DraftOutcome> {
    return writeDraft(this.#model, {
      turns: leaderTurns(promptFormat(this.#model), ask),
      source: ask.text,
      copyFrom: ask.text,
      ...options,
    });
  }
}
