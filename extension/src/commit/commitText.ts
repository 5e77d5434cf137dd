/** @file Where a candidate for a commit message goes, and whose message it is. Pure; commitMessage.ts asks and shows. */
import { withLineEndings } from '../text/edits.ts';
import type { OffsetRange } from '../text/rangeTracking.ts';

/**
 * The message with the candidate in the place of the prose that was refined: what stands before and after it (trailers, comments,
 * a diff) stays as it is.
 * @param refined where the candidate's original stands in `message`, UTF-16 offsets
 */
export function splicedMessage(message: string, refined: OffsetRange, candidate: string): string {
  const eol = message.includes('\r\n') ? '\r\n' : '\n';
  return message.slice(0, refined.start) + withLineEndings(candidate, eol) + message.slice(refined.end);
}

/** What choosing among repositories needs of one. */
export interface Selectable {
  readonly rootUri: { toString(): string };
  readonly ui: { readonly selected: boolean };
}

/** The repository at this root; without a root the one that is selected in the Source Control view, else the first. */
export function repositoryAt<Repository extends Selectable>(
  repositories: readonly Repository[],
  root: { toString(): string } | undefined,
): Repository | undefined {
  if (root !== undefined) {
    return repositories.find(({ rootUri }) => rootUri.toString() === root.toString());
  }
  return repositories.find(({ ui }) => ui.selected) ?? repositories[0];
}
