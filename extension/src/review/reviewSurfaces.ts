/**
 * @file Where the target under review is drawn: in a zone under the text, or in a diff editor where zones can't be; and the diff editor
 * of **Show Diff** beside it.
 */
import * as vscode from 'vscode';
import type { CandidateDocuments } from '../host/candidateDocuments.ts';
import type { RefineRun } from './refineRun.ts';
import { ReviewDiff } from './reviewDiff.ts';
import type { ReviewSurface, ReviewView } from './reviewSurface.ts';
import type { ReviewZones } from './reviewThread.ts';

export interface ReviewSurfacesDependencies {
  readonly zones: ReviewZones;
  readonly documents: CandidateDocuments;
  onError(error: unknown): void;
  /** The writer closed the diff editor, which is all that shows this review. */
  onHidden(): void;
}

/** Draws one target; disposed of when its turn is over. */
export class ReviewSurfaces {
  readonly #deps: ReviewSurfacesDependencies;
  readonly #run: RefineRun;
  readonly #surface: ReviewSurface;
  /** That of **Show Diff**; the surface may be one itself. */
  #diff: ReviewDiff | undefined;

  constructor(dependencies: ReviewSurfacesDependencies, run: RefineRun) {
    this.#deps = dependencies;
    this.#run = run;
    if (hasZones(run.request.document)) {
      this.#surface = dependencies.zones.open(run);
    } else {
      this.#diff = this.#newDiff(() => dependencies.onHidden());
      this.#surface = this.#diff;
    }
  }

  update(view: ReviewView): void {
    this.#surface.update(view);
    if (this.#diff !== this.#surface) this.#diff?.update(view);
  }

  /** Opens the current candidate in a diff editor, which follows the review, or brings it to the front. */
  showDiff(view: ReviewView): void {
    this.#diff ??= this.#newDiff(() => undefined);
    this.#diff.show(view);
  }

  /** Whether a document is the text under review, or the candidate's side of a diff of it. */
  shows(document: vscode.TextDocument): boolean {
    return document === this.#run.request.document || (this.#diff?.shows(document) ?? false);
  }

  dispose(): void {
    this.#surface.dispose();
    if (this.#diff !== this.#surface) this.#diff?.dispose();
  }

  #newDiff(onClose: () => void): ReviewDiff {
    return new ReviewDiff(this.#deps.documents, this.#run, (error) => this.#deps.onError(error), onClose);
  }
}

function hasZones({ uri }: vscode.TextDocument): boolean {
  const areOff = vscode.workspace.getConfiguration('comments').get<boolean>('visible') === false;
  return !areOff && uri.scheme !== 'vscode-notebook-cell';
}
