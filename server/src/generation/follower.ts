/** @file The follower ω(y'|x,y): sees a draft, the latest one only, and answers with a better one. */
import { noTime, writeDraft, type DraftOutcome } from './draftWriter.ts';
import type { WriteOptions } from './leader.ts';
import { corrects, followerTurns, otherLeaderTurns, promptFormat, wishStyle, type Ask } from './prompts.ts';
import type { TextModel } from './textModel.ts';

export class Follower {
  readonly #model: TextModel;

  constructor(model: TextModel) {
    this.#model = model;
  }

  /** @throws CancelledError when the signal aborts */
  async improve(ask: Ask, draft: string, options: WriteOptions): Promise<DraftOutcome> {
    const format = promptFormat(this.#model);
    const trimmed = { ...ask, text: ask.text.trim() };
    // What the leader left alone at its second try it left alone when asked the same.
    if (draft === ask.text && otherLeaderTurns(format, ask)) return { kind: 'unchanged', timing: noTime };
    return writeDraft(this.#model, {
      role: 'follower',
      turns: followerTurns(format, trimmed, draft.trim()),
      source: ask.text,
      copyFrom: draft.trim(),
      previous: draft,
      style: wishStyle(format, ask),
      corrects: corrects(ask),
      instruction: ask.instruction,
      ...options,
    });
  }
}
