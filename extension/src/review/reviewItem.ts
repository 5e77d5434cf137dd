/** @file The targets of one refine and how far the writer has looked at each. */
import type * as vscode from 'vscode';
import type { CandidateId } from '../../../server/protocol/common.ts';
import type { Candidate } from '../../../server/protocol/refine.ts';
import type { Disposable } from '../host/disposable.ts';
import type { RefineRun, RunState } from './refineRun.ts';
import type { ReviewView } from './reviewSurface.ts';
import type { ReviewSurfaces } from './reviewSurfaces.ts';

/** What a review is at, for the status bar and for whoever drives the extension from outside. */
export interface ReviewSnapshot {
  readonly uri: string;
  readonly range: vscode.Range;
  readonly original: string;
  readonly state: RunState['kind'];
  readonly candidates: readonly Candidate[];
  /** Index of the candidate that Accept takes; -1 while there is none. */
  readonly current: number;
  readonly index: number;
  readonly total: number;
}

/** One target that is being reviewed. */
export interface Item {
  readonly run: RefineRun;
  current: number;
  /** The writer has chosen what to look at; a new candidate no longer becomes the current one by itself. */
  chosen: boolean;
  currentSince: number;
  /** The failure that the writer has been told of. */
  told: RunState | undefined;
  /** The text can't be changed, as far as is known. */
  readOnly: boolean;
  /** Candidates that were not good enough; that is said of each once. */
  readonly refinedAgain: Set<CandidateId>;
  /** What was taken of a candidate one change at a time. */
  taken: TakenInPart | undefined;
}

export class TakenInPart {
  readonly candidateId: CandidateId;
  /** All changes that the candidate was. */
  readonly of: number;
  /** It is a decision already, or part of one. */
  recorded = false;
  /** The text without a change, with one, with two … */
  readonly #texts: string[];
  #changes = 0;

  constructor(candidateId: CandidateId, of: number, text: string) {
    this.candidateId = candidateId;
    this.of = of;
    this.#texts = [text];
  }

  /** How many changes stand in the text. */
  get changes(): number {
    return this.#changes;
  }

  /** The text with them. */
  get text(): string {
    return this.#texts[this.#changes] ?? '';
  }

  /** One more change was taken. */
  take(text: string): void {
    this.#changes++;
    this.#texts.splice(this.#changes, Infinity, text);
  }

  /** Changes were undone or redone. @returns whether this text is one of those */
  follow(text: string): boolean {
    const at = this.#texts.indexOf(text);
    if (at >= 0) this.#changes = at;
    return at >= 0;
  }
}

export interface Session {
  readonly items: readonly Item[];
  index: number;
  /** Of the target that is under review. */
  surfaces: ReviewSurfaces;
  readonly subscriptions: Disposable[];
}

export function newItem(run: RefineRun): Item {
  return {
    run,
    current: -1,
    chosen: false,
    currentSince: 0,
    told: undefined,
    readOnly: false,
    refinedAgain: new Set(),
    taken: undefined,
  };
}

export function viewOf(session: Session, item: Item): ReviewView {
  return {
    text: item.run.currentText,
    inPart: item.run.currentText !== item.run.original,
    candidates: item.run.candidates,
    current: item.current,
    state: item.run.state,
    position: { index: session.index, total: session.items.length },
    readOnly: item.readOnly,
  };
}
