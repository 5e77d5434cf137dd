/**
 * @file The review zone: a comment thread under the text. It wraps, follows the theme, has toolbars and never takes the focus.
 * The thread sits on an empty range at the target's end, since one that covers text would split a wrapped paragraph.
 */
import * as vscode from 'vscode';
import { DrawnDiffs } from './drawnDiffs.ts';
import { paragraphLines } from '../text/rangeTracking.ts';
import type { RefineRun } from './refineRun.ts';
import {
  candidateLabel,
  reviewTitle,
  roleName,
  type ReviewSurface,
  type ReviewView,
} from './reviewSurface.ts';
import { throttle, type Throttled } from '../host/throttle.ts';
import { escapeMarkdown } from './wordDiffMarkdown.ts';

const updateEveryMs = 100;

/** Creates the zones; one for the whole extension. */
export class ReviewZones implements vscode.Disposable {
  readonly #controller = vscode.comments.createCommentController('secondDraft', 'Second Draft');
  readonly #removed = vscode.window.createTextEditorDecorationType({
    textDecoration: 'line-through',
    backgroundColor: new vscode.ThemeColor('diffEditor.removedTextBackground'),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

  open(run: RefineRun): ReviewSurface {
    return new ReviewThread(this.#controller, this.#removed, run);
  }

  dispose(): void {
    this.#controller.dispose();
    this.#removed.dispose();
  }
}

/** A comment of the zone, with the candidate that its toolbar acts on. */
export class CandidateComment implements vscode.Comment {
  readonly mode = vscode.CommentMode.Preview;
  readonly body: vscode.MarkdownString;
  readonly author: vscode.CommentAuthorInformation;
  readonly label: string;
  /** Which toolbar it has. */
  readonly contextValue: 'candidate' | 'readOnlyCandidate' | 'writing';
  /** -1 while it is being written. */
  readonly index: number;

  constructor(
    index: number,
    author: string,
    label: string,
    markdown: string,
    contextValue: CandidateComment['contextValue'],
  ) {
    this.index = index;
    this.author = { name: author };
    this.label = label;
    this.contextValue = contextValue;
    this.body = new vscode.MarkdownString(markdown);
    this.body.supportHtml = true;
  }
}

class ReviewThread implements ReviewSurface {
  readonly #removed: vscode.TextEditorDecorationType;
  readonly #run: RefineRun;
  readonly #thread: vscode.CommentThread;
  readonly #draw: Throttled<ReviewView>;
  readonly #drawn = new DrawnDiffs();
  readonly #subscription: vscode.Disposable;
  #view: ReviewView | undefined;

  constructor(
    controller: vscode.CommentController,
    removed: vscode.TextEditorDecorationType,
    run: RefineRun,
  ) {
    this.#removed = removed;
    this.#run = run;
    const end = expectedEnd(run);
    this.#thread = controller.createCommentThread(run.request.document.uri, new vscode.Range(end, end), []);
    this.#thread.canReply = false;
    this.#thread.contextValue = 'review';
    this.#thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    this.#draw = throttle(updateEveryMs, (view) => this.#redraw(view));
    this.#subscription = vscode.window.onDidChangeVisibleTextEditors(() => this.#strike());
  }

  update(view: ReviewView): void {
    this.#draw(view);
  }

  dispose(): void {
    this.#draw.cancel();
    this.#subscription.dispose();
    this.#view = undefined;
    this.#strike();
    this.#thread.dispose();
  }

  #redraw(view: ReviewView): void {
    this.#view = view;
    const end = expectedEnd(this.#run);
    if (!this.#thread.range?.end.isEqual(end)) this.#thread.range = new vscode.Range(end, end);
    this.#thread.label = reviewTitle(view, vscode.l10n.t);
    this.#thread.comments = comments(view, this.#drawn);
    this.#strike();
  }

  /** Strikes through in the text what the current candidate removes. */
  #strike(): void {
    const ranges = this.#view ? this.#removedRanges(this.#view) : [];
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document === this.#run.request.document) editor.setDecorations(this.#removed, ranges);
    }
  }

  #removedRanges(view: ReviewView): vscode.Range[] {
    const candidate = view.candidates[view.current];
    const offsets = this.#run.offsets;
    if (!candidate || !offsets) return [];
    const { document } = this.#run.request;
    return this.#drawn
      .of(view.text, candidate.text)
      .removed.map(
        (edit) =>
          new vscode.Range(
            document.positionAt(offsets.start + edit.start),
            document.positionAt(offsets.start + edit.end),
          ),
      );
  }
}

/**
 * Where the target will end, as far as is known before the server has answered: VS Code moves a zone to another line, but not
 * within one, and a zone at the caret would split a paragraph that is wrapped.
 */
function expectedEnd({ offsets, range, request: { document } }: RefineRun): vscode.Position {
  if (offsets !== undefined || !range.isEmpty) return range.end;
  const [, last] = paragraphLines((line) => document.lineAt(line).text, document.lineCount, range.end.line);
  return document.lineAt(last).range.end;
}

/** Newest first: the follower above the leader it improved on. */
function comments(view: ReviewView, drawn: DrawnDiffs): CandidateComment[] {
  const t = vscode.l10n.t;
  const list = view.candidates.map(
    (candidate, index) =>
      new CandidateComment(
        index,
        roleName(candidate.role, t),
        candidateLabel(view, index, t),
        drawn.of(view.text, candidate.text).markdown,
        view.readOnly ? 'readOnlyCandidate' : 'candidate',
      ),
  );
  if (view.state.kind === 'writing') {
    const { role, text } = view.state;
    list.push(new CandidateComment(-1, roleName(role, t), '', `${escapeMarkdown(text)} …`, 'writing'));
  }
  return list.reverse();
}
