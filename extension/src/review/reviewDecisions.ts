/** @file What the writer decides in a review, kept as decisions, and what becomes of the text right after. */
import type { CandidateId } from '../../../server/protocol/common.ts';
import type { DecisionKind } from '../../../server/protocol/decisions.ts';
import { AfterAccept, type Aftermath } from './afterAccept.ts';
import type { RefineRequest, RefineRun } from './refineRun.ts';
import type { Decisions } from '../decisions/decisions.ts';

export class ReviewDecisions {
  readonly #decisions: Decisions;
  /** One for each text; several selections are accepted one after the other. */
  #after: readonly AfterAccept[] = [];

  constructor(decisions: Decisions) {
    this.#decisions = decisions;
  }

  record(
    run: RefineRun,
    kind: DecisionKind,
    candidateId: CandidateId,
    more: { readonly finalText?: string; readonly share?: number } = {},
  ): void {
    const { contextId, candidates, request } = run;
    if (contextId === undefined) return;
    const seen = candidates.map((candidate) => candidate.id);
    const about = run.retell(); // the review may be over when the server is asked
    this.#decisions.record(request.document, { contextId, candidateId, kind, seen, ...more }, about);
  }

  /** Looks at what the writer does to the text next: undoes it, or goes on with words of their own. */
  watch(
    run: RefineRun,
    candidateId: CandidateId,
    before: string,
    change: 'edited' | 'ownWording' = 'edited',
  ): void {
    const { offsets, contextId } = run;
    const { document } = run.request;
    if (!offsets || contextId === undefined) return;
    const about = run.retell();
    for (const one of this.#after) if (one.touches(document, offsets)) one.finish();
    const watch = new AfterAccept(
      { document, range: offsets, before, after: run.currentText },
      (aftermath: Aftermath) => {
        this.#decisions.record(
          document,
          aftermath.kind === 'undone'
            ? { contextId, candidateId, kind: 'undone' }
            : { contextId, candidateId, kind: change, finalText: aftermath.finalText },
          about,
        );
      },
    );
    this.#after = [...this.#after.filter(({ isOver }) => !isOver), watch];
  }

  /** What has been watched until now in these places is taken as it is. */
  finish(requests: readonly RefineRequest[]): void {
    for (const { document, range } of requests) {
      const offsets = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      for (const one of this.#after) if (one.touches(document, offsets)) one.finish();
    }
  }

  dispose(): void {
    for (const one of this.#after) one.dispose();
  }
}
