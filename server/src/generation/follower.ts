/** @file The follower ω(y'|x,y): sees a draft, the latest one only, and answers with a better one. */
import { writeDraft, type DraftOutcome } from './draftWriter.ts';
import type { WriteOptions } from './leader.ts';
import { followerTurns, promptFormat, type Ask } from './prompts.ts';
import type { TextModel } from './textModel.ts';

export class Follower {
  readonly #model: TextModel;

  constructor(model: TextModel) {
    this.#model = model;
  }

  /** @throws CancelledError when the signal aborts */
  improve(ask: Ask, draft: string, options: WriteOptions): Promise<DraftOutcome> {
    return writeDraft(this.#model, {
      turns: followerTurns(promptFormat(this.#model), ask, draft),
      source: ask.text,
      copyFrom: draft,
      previous: draft,
      ...options,
    });
  }
}
