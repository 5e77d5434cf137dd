/** @file What the writer decides in a review, kept as decisions, and what becomes of the text right after. */
import type { CandidateId, DecisionKind } from '../../server/protocol/messages.ts';
import { AfterAccept, type Aftermath } from './afterAccept.ts';
import type { Decisions } from './decisions.ts';
import type { RefineRun } from './refineRun.ts';

export class ReviewDecisions {
  readonly #decisions: Decisions;
  #after: AfterAccept | undefined;

  constructor(decisions: Decisions) {
    this.#decisions = decisions;
  }

  record(
    { contextId, candidates, request }: RefineRun,
    kind: DecisionKind,
    candidateId: CandidateId,
    more: { readonly finalText?: string; readonly share?: number } = {},
  ): void {
    if (contextId === undefined) return;
    const seen = candidates.map((candidate) => candidate.id);
    this.#decisions.record(request.document, { contextId, candidateId, kind, seen, ...more });
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
    this.#after?.finish();
    this.#after = new AfterAccept(
      { document, range: offsets, before, after: run.currentText },
      (aftermath: Aftermath) => {
        this.#decisions.record(
          document,
          aftermath.kind === 'undone'
            ? { contextId, candidateId, kind: 'undone' }
            : { contextId, candidateId, kind: change, finalText: aftermath.finalText },
        );
      },
    );
  }

  /** What has been watched until now is taken as it is. */
  finish(): void {
    this.#after?.finish();
  }

  dispose(): void {
    this.#after?.dispose();
  }
}
